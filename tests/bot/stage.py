"""The bot at work between a local Slack workspace and the sandbox, with people who act in it."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from bot.manifest import manifest
from bot.parts import Parts
from bot.serve import running
from bot.settings import ANYONE, BotSettings
from bot.slack_app import SlackApp, local_app
from sandbox.slack.local import LocalSlack
from sandbox.slack.model import App, Json
from shared.api import open_api
from tests.slack.workspace import Person, local_slack, until

PATIENCE_SECONDS = 40.0


@dataclass(frozen=True, slots=True)
class BotStage:
    """A workspace with the bot in it; #ops has the bot as a member, #general has not."""

    slack: LocalSlack
    parts: Parts
    app: App
    api_url: str

    async def read(self, path: str) -> Any:
        """Ask the Workflows API itself."""
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.get(f"{self.api_url}/v1/workflows{path}")
            return answer.json()

    @contextlib.asynccontextmanager
    async def person(self, name: str) -> AsyncIterator[Person]:
        """Somebody of the workspace."""
        async with Person(self.slack.workspace.base_url, name) as person:
            yield person


@contextlib.asynccontextmanager
async def bot_stage(
    api_url: str,
    database: Path,
    *,
    slack: LocalSlack | None = None,
    settings: BotSettings | None = None,
    http: bool = False,
) -> AsyncIterator[BotStage]:
    """Everything up, in this process; Slack's deliveries come by sockets unless `http`."""
    rights = settings or people_of_acme()
    async with contextlib.AsyncExitStack() as stack:
        workspace = await stack.enter_async_context(local_slack(slack))
        made = await installed_app(workspace)
        api = await stack.enter_async_context(open_api(api_url, None))
        parts = await stack.enter_async_context(
            running(
                api,
                made,
                rights,
                f"sqlite+aiosqlite:///{database}",
                listen=("127.0.0.1", 0) if http else None,
            )
        )
        app = next(iter(workspace.workspace.apps.values()))
        yield BotStage(workspace, parts, app, api_url)


async def installed_app(slack: LocalSlack) -> SlackApp:
    """The app from its manifest, invited to #ops."""
    made = await local_app(slack.workspace.base_url, "/workflows")
    app = next(iter(slack.workspace.apps.values()))
    slack.workspace.channel_named("ops").members.add(app.user)
    return made


def people_of_acme(**changes: Any) -> BotSettings:
    """Everybody may write, those on call may destroy."""
    given = {"writers": frozenset({ANYONE}), "admins": frozenset({"@oncall"}), **changes}
    return BotSettings().model_copy(update=given)


async def seen(person: Person, words: str, channel: str = "ops", thread: str | None = None) -> Json:
    """The latest message in which these words are to be read, when it has come."""

    async def look() -> Json | None:
        shown = await person.messages(channel, thread)
        return next((each for each in reversed(shown) if words in text_of(each)), None)

    found = await until(look, deadline=PATIENCE_SECONDS)
    assert found is not None
    return found


def text_of(shown: Any) -> str:
    """Every text that a message or a view shows, in a row."""
    match shown:
        case str():
            return shown
        case dict():
            hidden = ("type", "value", "action_id", "block_id", "ts", "private_metadata", "confirm")
            parts = (part for name, part in shown.items() if name not in hidden)
            return " ".join(filter(None, map(text_of, parts)))
        case list():
            return " ".join(filter(None, map(text_of, shown)))
    return ""


__all__ = ["BotStage", "bot_stage", "installed_app", "manifest", "people_of_acme", "seen", "text_of"]
