"""The real sandbox as a separate process: the program that users run, on free ports."""

import contextlib
import fcntl
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import httpx

# The demo workflows run this much faster than in real life.
SPEED = 20

# Far beyond what anything here takes: reached only when something is broken.
PATIENCE_SECONDS = 180.0


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A `workflow-sandbox` to use."""

    url: str
    state: Path


@dataclass(frozen=True, slots=True)
class OwnSandbox(Sandbox):
    """One that its owner may also kill."""

    process: subprocess.Popen[str]

    def kill(self) -> None:
        """End it as a crash would: no handler runs."""
        self.process.kill()
        self.process.wait()


@contextlib.contextmanager
def running_sandbox(
    state: Path, *arguments: str, api_key: str | None = None
) -> Iterator[OwnSandbox]:
    """Start the command, wait for its ready line, and stop it at the end."""
    environment = os.environ | ({"WORKFLOW_OPS_SANDBOX_KEY": api_key} if api_key else {})
    command = [sys.executable, "-m", "sandbox", "--speed", str(SPEED), "--state", str(state)]
    process = subprocess.Popen(
        [*command, *arguments], stdout=subprocess.PIPE, text=True, env=environment
    )
    try:
        assert process.stdout is not None
        with process.stdout:
            word, _, url = process.stdout.readline().strip().partition(" ")
            assert word == "ready", "the sandbox did not come up; what it said is above"
            yield OwnSandbox(url, state, process)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE_SECONDS)


@contextlib.contextmanager
def shared_sandbox(folder: Path) -> Iterator[Sandbox]:
    """The sandbox of all processes of a test run: the first starts it, and stays until the last.

    Each of them holds a lease of it: when they are killed, the sandbox ends by itself.
    """
    note = folder / "sandbox.json"
    with (folder / "sandbox.users").open("a") as users, contextlib.ExitStack() as stack:
        with _turn(folder):
            fcntl.flock(users, fcntl.LOCK_SH)
            if not note.exists():
                own = Path(tempfile.mkdtemp(prefix="sandbox-", dir=folder))
                started = stack.enter_context(running_sandbox(own, "--while-used"))
                note.write_text(json.dumps([started.url, str(own)]))
                stack.callback(_see_the_others_off, users, note)
        url, state = json.loads(note.read_text())
        lease = httpx.stream(
            "GET", f"{url}/sandbox/lease", timeout=PATIENCE_SECONDS, trust_env=False
        )
        with lease:
            yield Sandbox(url, Path(state))


@contextlib.contextmanager
def _turn(folder: Path) -> Iterator[None]:
    with (folder / "sandbox.turn").open("a") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        yield


def _see_the_others_off(users: IO[str], note: Path) -> None:
    fcntl.flock(users, fcntl.LOCK_EX)
    note.unlink()
