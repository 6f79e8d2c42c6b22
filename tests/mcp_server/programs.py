"""`workflow-mcp` as a program of its own, as a host starts it."""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

# Where it is set, every start would compile everything anew.
_SLOW_START = "PYTHONDONTWRITEBYTECODE"
SERVER = (sys.executable, "-m", "mcp_server")


def environment(home: Path, **variables: str) -> dict[str, str]:
    """Our environment without our own settings, and with a state folder of its own."""
    ours = ("MISTRAL_", "WORKFLOW_OPS_", "DATABASE_URL", "SLACK_", _SLOW_START)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return kept | {"WORKFLOW_OPS_STATE_DIR": str(home)} | variables


class Talk:
    """The protocol over a program's pipes, line by line."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self._number = 0

    def send(self, method: str, **params: Any) -> None:
        """A notification."""
        self._write({"jsonrpc": "2.0", "method": method, "params": params})

    def begin(self, method: str, **params: Any) -> int:
        """A request, whose answer is read later."""
        self._number += 1
        self._write({"jsonrpc": "2.0", "id": self._number, "method": method, "params": params})
        return self._number

    def read(self) -> Any:
        """The next message."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "the server closed its stdout"
        return json.loads(line)

    def ask(self, method: str, **params: Any) -> Any:
        """The result of a request."""
        number = self.begin(method, **params)
        while (message := self.read()).get("id") != number:
            pass
        return message["result"]

    def call(self, tool: str, **arguments: Any) -> Any:
        """The result of a tool call."""
        return self.ask("tools/call", name=tool, arguments=arguments)

    def hello(self) -> Any:
        """The handshake."""
        client = {"name": "test", "version": "1"}
        answer = self.ask(
            "initialize", protocolVersion="2025-11-25", capabilities={}, clientInfo=client
        )
        self.send("notifications/initialized")
        return answer

    def _write(self, message: Mapping[str, Any]) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(message) + "\n")
        self.process.stdin.flush()


@contextlib.contextmanager
def talking(
    variables: Mapping[str, str], *options: str, command: tuple[str, ...] = SERVER
) -> Iterator[Talk]:
    """A server over stdio; its stderr goes into the pipe of the process."""
    process = subprocess.Popen(
        (*command, *options),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=dict(variables),
    )
    with process:
        try:
            yield Talk(process)
        finally:
            process.kill()


def run(variables: Mapping[str, str], *options: str) -> subprocess.CompletedProcess[str]:
    """The server with nobody at stdin, to its end."""
    return subprocess.run(
        (*SERVER, *options),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env=dict(variables),
        timeout=120,
        check=False,
    )
