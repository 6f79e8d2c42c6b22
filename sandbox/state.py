"""The state folder: owned by one sandbox at a time, and where its address is found."""

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from pathlib import Path


class StateTaken(Exception):
    """Another sandbox owns the folder; `.url` is where it answers."""

    def __init__(self, folder: Path, url: str) -> None:
        super().__init__(f"A sandbox already uses {folder}: {url or 'it is just starting'}")
        self.url = url


@contextlib.contextmanager
def claim(folder: Path, url: str) -> Iterator[None]:
    """Own the folder until the end of the block or of the process; raises StateTaken."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StateTaken(folder, _address(folder)) from None
        note = folder / "address.json"
        note.write_text(json.dumps({"url": url, "pid": os.getpid()}))
        yield
        note.unlink(missing_ok=True)


def _address(folder: Path) -> str:
    try:
        return str(json.loads((folder / "address.json").read_text())["url"])
    except (OSError, ValueError, KeyError):
        return ""
