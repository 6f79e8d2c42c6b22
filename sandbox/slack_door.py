"""The local Slack workspace inside the gateway, opened by the first who comes."""

from pathlib import Path
from typing import TYPE_CHECKING

from starlette.types import ASGIApp, Receive, Scope, Send

if TYPE_CHECKING:
    from sandbox.slack.local import LocalSlack
    from sandbox.slack.memory import Memory

PATH = "/slack"


class SlackDoor:
    """An application that builds the workspace at its first request: starting costs nothing."""

    def __init__(self, url: str, folder: Path) -> None:
        self._url = url
        self._folder = folder
        self._app: ASGIApp | None = None
        self._slack: LocalSlack | None = None
        self._memory: Memory | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer like the workspace."""
        app = self._app or self._open()
        await app(scope, receive, send)

    async def aclose(self) -> None:
        """End its connections, where there are any."""
        if self._slack is not None:
            await self._slack.close()
        if self._memory is not None:
            await self._memory.aclose()

    def _open(self) -> ASGIApp:
        from sandbox.slack.app import build_slack
        from sandbox.slack.local import LocalSlack
        from sandbox.slack.memory import Memory, remembered

        self._slack = LocalSlack(remembered(self._folder))
        self._memory = Memory(self._folder, self._slack.workspace)
        self._slack.workspace.base_url = f"{self._url}{PATH}"
        self._app = build_slack(self._slack)
        return self._app
