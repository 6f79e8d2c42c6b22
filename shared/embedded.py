"""The embedded sandbox: found or started by the face that needs it, gone soon after the last one.

A face holds one request to the sandbox open, its lease. The connection ends with the face, however
that dies, and a sandbox without leases ends by itself.
"""

import asyncio
import contextlib
import importlib.util
import json
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from shared.database import state_folder
from shared.errors import OpsError
from shared.text import one_line

_log = logging.getLogger(__name__)

# What the extra brings and the sandbox cannot start without.
_EXTRA = ("fastapi", "sse_starlette", "temporalio")
_PATIENCE_SECONDS = 60.0
# The sandbox pings every five seconds: a silence of four pings means that it is gone.
_TIMEOUT = httpx.Timeout(5, read=20)
_PAUSE_SECONDS = 0.2
_MANY_FAILURES = 3


class SandboxUnavailable(OpsError):
    """The embedded sandbox cannot be started or used."""


@contextlib.asynccontextmanager
async def embedded_sandbox(state: Path | None = None) -> AsyncGenerator[str]:
    """The address of the sandbox that lives in the folder, held for the length of the block.

    A sandbox that dies meanwhile is started again at the same address. Raises SandboxUnavailable.
    """
    async with _Tenancy((state or state_folder() / "sandbox").absolute()) as url:
        yield url


def sandbox_key() -> str | None:
    """The key that a sandbox of this environment wants, if any."""
    return os.environ.get("WORKFLOW_OPS_SANDBOX_KEY") or None


class _Tenancy:
    """One face's use of the sandbox in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        key = sandbox_key()
        headers = {"authorization": f"Bearer {key}"} if key else {}
        # The environment's proxies are for the world outside; this is a program of this machine.
        self._client = httpx.AsyncClient(headers=headers, timeout=_TIMEOUT, trust_env=False)

    async def __aenter__(self) -> str:
        try:
            url, lease = await self._move_in()
        except BaseException:
            await self._client.aclose()
            raise
        self._keeper = asyncio.create_task(self._stay(url, lease))
        return url

    async def __aexit__(self, *_: object) -> None:
        self._keeper.cancel()
        await asyncio.wait({self._keeper})
        await self._client.aclose()

    async def _move_in(self) -> tuple[str, httpx.Response]:
        failures, deadline = 0, time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < deadline:
            url = _address(self._folder)
            if url and (lease := await self._lease(url)):
                if await self._works(url, deadline):
                    return url, lease
                await lease.aclose()
            # After a crash the old address is wanted, for whoever still uses it.
            port = urlsplit(url).port if url and not failures else None
            words = await _started(self._folder, port or 0)
            if words is not None and not _is_owned(self._folder):
                failures += 1
                if failures == _MANY_FAILURES:
                    raise SandboxUnavailable(f"The embedded sandbox does not start: {words}")
            await asyncio.sleep(_PAUSE_SECONDS if words is not None else 0)
        raise SandboxUnavailable(
            f"The embedded sandbox in {self._folder} does not answer. "
            f"What it says is in {self._folder / 'sandbox.err'}."
        )

    async def _lease(self, url: str) -> httpx.Response | None:
        """The open answer, or None where no sandbox answers."""
        request = self._client.build_request("GET", f"{url}/sandbox/lease")
        try:
            lease = await self._client.send(request, stream=True)
        except httpx.TransportError:
            return None
        if lease.status_code == httpx.codes.OK:
            return lease
        await lease.aclose()
        if lease.status_code == httpx.codes.UNAUTHORIZED:
            raise SandboxUnavailable(
                f"The sandbox at {url} wants a key. Set WORKFLOW_OPS_SANDBOX_KEY to it, "
                "or use another folder with --sandbox-state."
            )
        return None

    async def _works(self, url: str, deadline: float) -> bool:
        """Wait until a worker has registered its workflows; before that, nothing can start."""
        while time.monotonic() < deadline:
            with contextlib.suppress(httpx.TransportError, ValueError):
                answer = await self._client.get(f"{url}/v1/workflows?active_only=true")
                if answer.is_success and answer.json().get("workflows"):
                    return True
            await asyncio.sleep(_PAUSE_SECONDS)
        return False

    async def _stay(self, url: str, lease: httpx.Response) -> None:
        while True:
            with contextlib.suppress(httpx.TransportError):
                async for _ in lease.aiter_raw():
                    pass
            await lease.aclose()
            _log.warning("The embedded sandbox at %s is gone and is looked for again", url)
            url, lease = await self._move_back_in(url)

    async def _move_back_in(self, url: str) -> tuple[str, httpx.Response]:
        while True:
            try:
                found, lease = await self._move_in()
            except SandboxUnavailable as error:
                _log.warning("%s", error)
                await asyncio.sleep(_PATIENCE_SECONDS / 10)
                continue
            if found != url:
                _log.error("The sandbox moved from %s to %s: start this program again", url, found)
            return found, lease


async def _started(folder: Path, port: int) -> str | None:
    """Start a sandbox; None when it is ready, or its last words when it ended instead."""
    _check_extra()
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[str | None] = loop.create_future()

    def tell(words: str | None) -> None:
        # The face may have given up meanwhile, and its loop with it.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(_resolve, outcome, words)

    # A thread, because an asyncio process is killed together with the loop that started it.
    threading.Thread(target=_attend, args=(folder, port, tell), daemon=True).start()
    return await outcome


def _attend(folder: Path, port: int, tell: Callable[[str | None], None]) -> None:
    """Start a sandbox, tell how that went, and stay with it until it ends."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (folder / "sandbox.err").open("ab") as errors:
            before = errors.tell()
            process = _spawn(folder, port, errors.fileno())
    except OSError as error:
        tell(str(error))
        return
    assert process.stdout is not None
    with process.stdout as lines:
        if ready := lines.readline().startswith("ready "):
            tell(None)
        for _ in lines:
            pass
    process.wait()
    if not ready:
        tell(_last_words(folder / "sandbox.err", before))


def _spawn(folder: Path, port: int, errors: int) -> "subprocess.Popen[str]":
    command = (sys.executable, "-m", "sandbox", "--state", str(folder), "--port", str(port))
    return subprocess.Popen(
        (*command, "--while-used"),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=errors,
        text=True,
        # It outlives this process as long as somebody else uses it.
        start_new_session=True,
    )


def _resolve(outcome: "asyncio.Future[str | None]", words: str | None) -> None:
    if not outcome.done():
        outcome.set_result(words)


def _check_extra() -> None:
    missing = [name for name in ("sandbox", *_EXTRA) if importlib.util.find_spec(name) is None]
    if missing:
        raise SandboxUnavailable(
            f"The embedded sandbox is not installed ({', '.join(missing)} is missing). "
            "Install workflow-ops[sandbox], or set MISTRAL_API_KEY to use the hosted API."
        )


def _address(folder: Path) -> str | None:
    return note[0] if (note := _note(folder)) else None


def _is_owned(folder: Path) -> bool:
    """Whether a living process says that the folder is its own; it may be coming up or going."""
    if not (note := _note(folder)):
        return False
    try:
        os.kill(note[1], 0)
    except OSError:
        return False
    return True


def _note(folder: Path) -> tuple[str, int] | None:
    """The address and the process id that the sandbox of the folder wrote down."""
    try:
        note = json.loads((folder / "address.json").read_text())
        return str(note["url"]), int(note["pid"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _last_words(errors: Path, offset: int) -> str:
    with errors.open("rb") as file:
        file.seek(offset)
        lines = file.read().decode(errors="replace").strip().splitlines()
    return one_line(" ".join(lines[-3:]), 500) or f"it said nothing. See {errors}."
