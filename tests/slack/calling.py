"""An app that calls the Web API of a running workspace."""

import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import httpx
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack.local import LocalSlack
from sandbox.slack.model import App, Channel, ChannelKind, Json
from sandbox.slack.workspace import Workspace
from tests.slack.workspace import MANIFEST, local_slack


@dataclass(frozen=True, slots=True)
class Caller:
    """An installed app with its client; it is in #ops and nowhere else."""

    slack: LocalSlack
    app: App
    client: AsyncWebClient
    http: httpx.AsyncClient

    @property
    def workspace(self) -> Workspace:
        """The workspace."""
        return self.slack.workspace

    @property
    def ops(self) -> str:
        """The id of the channel that the app is in."""
        return self.workspace.channel_named("ops").id

    def person(self, name: str) -> str:
        """The id of a person."""
        return next(each.id for each in self.workspace.users.values() if each.name == name)

    def channel(self, name: str, kind: ChannelKind = "channel", *members: str) -> Channel:
        """A new channel."""
        made = Channel(self.workspace.new_id("C"), name, kind, set(members))
        self.workspace.channels[made.id] = made
        return made

    def other_app(self, name: str = "Other", without: str | None = None) -> AsyncWebClient:
        """The client of another app in the same channel; it may lack a scope."""
        app = self.workspace.install(manifest(name, without))
        self.workspace.channel_named("ops").members.add(app.user)
        return client_of(self.workspace, app.bot_token)


@contextlib.asynccontextmanager
async def calling() -> AsyncIterator[Caller]:
    """An app in a workspace of its own, where time passes only when told to."""
    async with local_slack() as slack:
        slack.workspace.clock.freeze()
        app = slack.workspace.install(manifest("Ops"))
        slack.workspace.channel_named("ops").members.add(app.user)
        client = client_of(slack.workspace, app.bot_token)
        base = f"{slack.workspace.base_url}/api/"
        # Reading the certificates of the machine takes longer than a test.
        unread = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        async with httpx.AsyncClient(
            base_url=base, timeout=90, trust_env=False, verify=unread
        ) as http:
            yield Caller(slack, app, client, http)


def client_of(workspace: Workspace, token: str | None) -> AsyncWebClient:
    """A client that repeats nothing on its own."""
    base_url = f"{workspace.base_url}/api/"
    return AsyncWebClient(token, base_url=base_url, timeout=90, retry_handlers=[])


def manifest(name: str, without: str | None = None) -> Json:
    """The manifest of an app, less one scope."""
    changed = deepcopy(MANIFEST)
    changed["display_information"]["name"] = name
    changed["features"]["bot_user"]["display_name"] = name
    scopes = changed["oauth_config"]["scopes"]
    scopes["bot"] = [scope for scope in scopes["bot"] if scope != without]
    return changed


async def refusal(call: Awaitable[object]) -> Json:
    """The answer of a call that Slack refuses."""
    try:
        await call
    except SlackApiError as error:
        answer: Any = error.response.data
        return dict(answer)
    raise AssertionError("Slack accepted this call.")


async def error(call: Awaitable[object]) -> str:
    """Slack's name for why it refuses a call."""
    return str((await refusal(call))["error"])


def section(text: str) -> Json:
    """A block."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}
