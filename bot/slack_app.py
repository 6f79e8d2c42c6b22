"""Which Slack app we are: a real one by its tokens, or one in the local workspace of a sandbox."""

import contextlib
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

import httpx
from aiohttp import ClientSession, ClientTimeout, TCPConnector
from slack_sdk.web.async_client import AsyncWebClient

from bot.delivery import Priority, SlackCalls
from bot.manifest import manifest
from shared.settings import NotConfigured, Settings

HOSTED = "https://slack.com/api/"
_CHANNEL = "ops"
_PATIENCE_SECONDS = 10
# Claims of the outbox are renewed for as long as a call takes.
_CALL_SECONDS = 30
_IDLE_SECONDS = 4


@dataclass(frozen=True, slots=True)
class SlackApp:
    """The credentials of an app; `page` is where people find a local workspace."""

    api_url: str
    bot_token: str
    app_token: str | None
    signing_secret: str | None
    page: str | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """Who we are, and in which workspace; `url` is the address of its messages."""

    team_id: str
    team: str
    url: str
    user_id: str
    bot_id: str


def configured_app(settings: Settings, *, http: bool) -> SlackApp:
    """The app of the environment; raises NotConfigured naming each token that is missing."""
    wanted = {
        "SLACK_BOT_TOKEN": settings.slack_bot_token,
        **(
            {"SLACK_SIGNING_SECRET": settings.slack_signing_secret}
            if http
            else {"SLACK_APP_TOKEN": settings.slack_app_token}
        ),
    }
    missing = [name for name, value in wanted.items() if value is None]
    if missing:
        raise NotConfigured(
            f"Set {' and '.join(missing)}, or use --sandbox for a local Slack workspace. "
            "README.md says how to create the app from manifest.yaml."
        )
    return SlackApp(
        api_url=api_url(settings.slack_api_url or HOSTED),
        bot_token=_secret(settings.slack_bot_token) or "",
        app_token=_secret(settings.slack_app_token),
        signing_secret=_secret(settings.slack_signing_secret),
    )


async def local_app(root: str, command: str, request_url: str | None = None) -> SlackApp:
    """Install the app in a local workspace, again and again with the same tokens, and in #ops."""
    body: dict[str, Any] = {"manifest": manifest(command)}
    if request_url is not None:
        body["request_url"] = request_url
        body["manifest"]["settings"]["socket_mode_enabled"] = False
    async with httpx.AsyncClient(trust_env=False, timeout=_PATIENCE_SECONDS) as client:
        try:
            answer = await client.post(f"{root}/control/apps", json=body)
            made = answer.raise_for_status().json()
            invitation = {"invite": _CHANNEL, "user": made["bot_user_id"]}
            (await client.post(f"{root}/control/channels", json=invitation)).raise_for_status()
        except httpx.HTTPError as error:
            raise NotConfigured(f"The local Slack workspace at {root} failed: {error}") from error
    return SlackApp(
        api_url=api_url(f"{root}/api"),
        bot_token=made["bot_token"],
        app_token=made["app_token"],
        signing_secret=made["signing_secret"],
        page=f"{root}/",
    )


@contextlib.asynccontextmanager
async def web_client(app: SlackApp) -> AsyncGenerator[AsyncWebClient]:
    """A client whose connections stay open.

    It never repeats a call by itself: it cannot know what may be repeated.
    """
    # Closed by us before any server does: a post on a connection that just went is a post in doubt.
    connector = TCPConnector(keepalive_timeout=_IDLE_SECONDS)
    timeout = ClientTimeout(total=_CALL_SECONDS)
    async with ClientSession(connector=connector, timeout=timeout) as session:
        yield AsyncWebClient(
            token=app.bot_token, base_url=app.api_url, session=session, retry_handlers=[]
        )


async def identity(calls: SlackCalls) -> Identity:
    """Who the bot token says we are; raises SlackRefused or SlackUnreachable."""
    found = await calls.call("auth.test", {}, Priority.INTERACTIVE)
    return Identity(
        team_id=str(found["team_id"]),
        team=str(found.get("team", "")),
        url=str(found.get("url", "")),
        user_id=str(found["user_id"]),
        bot_id=str(found.get("bot_id", "")),
    )


def api_url(written: str) -> str:
    """The address with the slash at its end that the SDK wants."""
    return written.rstrip("/") + "/"


def _secret(value: Any) -> str | None:
    return None if value is None else str(value.get_secret_value())
