"""One running workspace with all its parts."""

from starlette.requests import HTTPConnection

from sandbox.slack.call_log import CallLog
from sandbox.slack.clients import Clients
from sandbox.slack.delivery import Delivery
from sandbox.slack.events import Events
from sandbox.slack.faults import Faults
from sandbox.slack.limits import Limits
from sandbox.slack.responses import Responses
from sandbox.slack.sockets import Sockets
from sandbox.slack.triggers import Triggers
from sandbox.slack.workspace import Workspace, seeded


class LocalSlack:
    """A workspace, what it hands out and what it sends to apps; close it when done."""

    def __init__(self, workspace: Workspace | None = None) -> None:
        self.workspace = workspace or seeded()
        clock = self.workspace.clock
        self.triggers = Triggers(clock)
        self.limits = Limits(clock)
        self.faults = Faults(clock)
        self.calls = CallLog()
        self.clients = Clients()
        self.responses = Responses(self.workspace)
        self.sockets = Sockets(self.workspace, self.faults)
        self.delivery = Delivery(self.workspace, self.sockets, self.faults)
        self.events = Events(self.workspace, self.delivery)
        self.clients.hear(self.workspace)

    async def close(self) -> None:
        """End every connection and what is still under way."""
        self.clients.close()
        await self.delivery.close()
        await self.sockets.close()


def slack_of(connection: HTTPConnection) -> LocalSlack:
    """The workspace that a request or a WebSocket came to."""
    slack: LocalSlack = connection.app.state.slack
    return slack
