"""Where the story is played: calls tools, shows what they answer, and checks that it is true."""

import json
import sys
from collections.abc import Mapping
from typing import Any

import httpx
from mcp import Client
from mcp.types import CallToolResult, TextContent

from scripts.demo.terminal import BOLD, DIM, GREEN, OFF, RED, paint


class StepFailed(Exception):
    """A step of the story did not really happen."""


class Stage:
    """An MCP client on a terminal, with the API beside it to read back what tools claim."""

    def __init__(self, client: Client, api: httpx.AsyncClient) -> None:
        self._client = client
        self._api = api
        self.checks = 0

    def title(self, text: str) -> None:
        """Begin a chapter."""
        print(f"\n{paint(BOLD, text)}")

    async def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """Call a tool as an assistant would; shows its text and answers its structured content."""
        shown = json.dumps(arguments, ensure_ascii=False) if arguments else ""
        print(f"  {paint(DIM, 'assistant calls')} {tool} {paint(DIM, shown)}")
        answer = await self._client.call_tool(tool, arguments, progress_callback=self._progress)
        if not isinstance(answer, CallToolResult) or answer.is_error:
            raise StepFailed(f"{tool} failed: {_text(answer)}")
        for line in _text(answer).splitlines():
            print(f"    {line}")
        return answer.structured_content or {}

    async def read(self, path: str) -> Any:
        """Ask the API itself."""
        answer = await self._api.get(f"/v1/workflows{path}")
        return answer.json() if answer.is_success else {"http_status": answer.status_code}

    def check(self, claim: str, seen: Any, expected: Any) -> None:
        """Compare what the API says with what the story claims; raises StepFailed."""
        if seen != expected:
            raise StepFailed(f"{claim}: the API says {seen!r}, not {expected!r}")
        self.checks += 1
        print(f"  {paint(GREEN, '✓')} read back from the API: {claim}")

    def connect(self, environment: Mapping[str, str], command: str) -> None:
        """Say how anybody's MCP client connects to what runs here."""
        server = {"command": command, "args": ["--allow", "destructive"], "env": {**environment}}
        print("\nConnect your own MCP client with this block:\n")
        print(json.dumps({"mcpServers": {"workflow-ops": server}}, indent=2))

    async def _progress(self, progress: float, total: float | None, message: str | None) -> None:
        part = f"{progress:g}/{total:g}" if total else f"{progress:g}"
        print(f"    {paint(DIM, f'… {part} {message or str()}')}")


def failed(error: Exception) -> str:
    """The last word of a story that broke."""
    return f"{RED}✗{OFF} {error}" if sys.stderr.isatty() else f"✗ {error}"


def _text(answer: Any) -> str:
    content = getattr(answer, "content", [])
    return "\n".join(part.text for part in content if isinstance(part, TextContent))
