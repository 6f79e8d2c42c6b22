"""The workspace on disk: what a sandbox with a state folder remembers across restarts."""

import asyncio
import contextlib
import logging
import os
import time
from pathlib import Path

from sandbox.slack.snapshot import Snapshot
from sandbox.slack.workspace import Happening, Workspace, seeded

_log = logging.getLogger(__name__)

_NAME = "slack.json"
# After a change, for those that come together to be written together.
_PAUSE_SECONDS = 1.0


def remembered(folder: Path) -> Workspace:
    """The workspace that the folder holds, or a new one; what cannot be read is set aside."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / _NAME
    try:
        return Snapshot.restored(path.read_text("utf-8"))
    except FileNotFoundError:
        return seeded()
    except ValueError as error:
        aside = path.with_name(f"{_NAME}.damaged-{time.time_ns()}")
        path.replace(aside)
        [complaint, *_] = str(error).splitlines() or [""]
        told = "%s is damaged (%s); it is now %s, and a new workspace begins"
        _log.warning(told, path, complaint, aside.name)
        return seeded()


class Memory:
    """Writes a workspace down soon after each change, and when it ends."""

    def __init__(self, folder: Path, workspace: Workspace) -> None:
        self._path = folder / _NAME
        self._workspace = workspace
        self._changed = asyncio.Event()
        self._closing = asyncio.Event()
        workspace.listen(self._hear)
        self._writing = asyncio.create_task(self._write_changes())

    async def aclose(self) -> None:
        """Write it down for the last time."""
        self._closing.set()
        self._changed.set()
        await self._writing

    def _hear(self, _: Happening) -> None:
        self._changed.set()

    async def _write_changes(self) -> None:
        while not self._closing.is_set():
            await self._changed.wait()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_PAUSE_SECONDS):
                    await self._closing.wait()
            self._changed.clear()
            await self._write()

    async def _write(self) -> None:
        text = Snapshot.of(self._workspace)
        try:
            await asyncio.to_thread(_replace, self._path, text)
        except OSError as error:
            _log.warning("the workspace cannot be written to %s: %s", self._path, error)


def _replace(path: Path, text: str) -> None:
    """Whoever dies meanwhile leaves the old file as it was."""
    new = path.with_suffix(".new")
    with new.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
