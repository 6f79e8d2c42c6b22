"""The real sandbox as a separate process: the program that users run, on free ports."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# The demo workflows run this much faster than in real life.
SPEED = 20


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A running `workflow-sandbox`."""

    url: str
    state: Path
    process: subprocess.Popen[str]
    api_key: str | None = None

    def kill(self) -> None:
        """End it as a crash would: no handler runs."""
        self.process.kill()
        self.process.wait()


@contextlib.contextmanager
def running_sandbox(state: Path, *arguments: str, api_key: str | None = None) -> Iterator[Sandbox]:
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
            yield Sandbox(url, state, process, api_key)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=20)
