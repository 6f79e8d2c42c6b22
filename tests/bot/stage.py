"""The bot at work between a local Slack workspace and the sandbox, with people who act in it."""

import contextlib
import socket
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
from bot.transport.http import PATH
from sandbox.slack.local import LocalSlack
from sandbox.slack.model import App, Json
from shared.api import open_api
from tests.slack.steady_clock import steady_slack
from tests.slack.workspace import Person, local_slack, until

PATIENCE_SECONDS = 90.0


@dataclass(frozen=True, slots=True)
class BotStage:
    """A workspace with the bot in it; #ops has the bot as a member, #general has not."""

    slack: LocalSlack
    parts: Parts
    app: App
    api_url: str

    async def read(self, path: str) -> Any:
        """Ask the Workflows API itself."""
        async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
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
        steady = slack or await stack.enter_async_context(steady_slack())
        workspace = await stack.enter_async_context(local_slack(steady))
        port = free_port() if http else None
        made = await installed_app(workspace, port)
        api = await stack.enter_async_context(open_api(api_url, None))
        parts = await stack.enter_async_context(
            running(
                api,
                made,
                rights,
                f"sqlite+aiosqlite:///{database}",
                listen=("127.0.0.1", port) if port is not None else None,
            )
        )
        app = next(iter(workspace.workspace.apps.values()))
        yield BotStage(workspace, parts, app, api_url)


async def installed_app(slack: LocalSlack, port: int | None = None) -> SlackApp:
    """The app from its manifest, invited to #ops; Slack posts to the port where there is one."""
    url = f"http://127.0.0.1:{port}{PATH}" if port is not None else None
    made = await local_app(slack.workspace.base_url, "/workflows", url)
    app = next(iter(slack.workspace.apps.values()))
    slack.workspace.channel_named("ops").members.add(app.user)
    return made


def free_port() -> int:
    """A port that nobody listens on: Slack has to be told it before the bot is there."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def people_of_acme(**changes: Any) -> BotSettings:
    """Everybody may write, those on call may destroy."""
    given = {"writers": frozenset({ANYONE}), "admins": frozenset({"@oncall"}), **changes}
    return BotSettings().model_copy(update=given)


async def seen(
    person: Person,
    words: str,
    channel: str = "ops",
    thread: str | None = None,
    patience: float = PATIENCE_SECONDS,
) -> Json:
    """The latest message in which these words are to be read, when it has come."""

    async def look() -> Json | None:
        shown = await person.messages(channel, thread)
        return next((each for each in reversed(shown) if words in text_of(each)), None)

    found = await until(look, deadline=patience)
    assert found is not None
    return found


async def answer(person: Person, typed: str, words: str, channel: str = "ops") -> Json:
    """What a slash command brings that has these words in it."""
    before = await newest(person, channel)
    await person.command(channel, f"/workflows {typed}")
    return await after(person, before, words, channel)


async def newest(person: Person, channel: str = "ops") -> str:
    """The time stamp of the last message so far."""
    return max((each["ts"] for each in await person.messages(channel)), default="0")


async def after(person: Person, before: str, words: str, channel: str = "ops") -> Json:
    """The first message since then in which these words are to be read."""

    async def look() -> list[Json]:
        return await person.messages(channel, oldest=before)

    def has_words(each: Json) -> bool:
        return words in text_of(each).replace("`", "")

    shown = await until(look, lambda all: any(map(has_words, all)), deadline=PATIENCE_SECONDS)
    return next(filter(has_words, shown))


async def started(stage: BotStage, card: Json) -> str:
    """The execution of a card; the bot hears a moment after us where its message is."""

    async def look() -> str | None:
        return await stage.parts.live.execution_at(card["channel"], card["ts"])

    found = await until(look, deadline=PATIENCE_SECONDS)
    assert found is not None
    return found


async def listed(stage: BotStage, *executions: str, **asked: Any) -> None:
    """Return once the first page of a list of runs has these executions."""

    async def look() -> set[str]:
        page = await stage.parts.api.list_runs(**asked)
        return {each.execution_id for each in page.executions}

    await until(look, lambda found: found.issuperset(executions), deadline=PATIENCE_SECONDS)


async def form(person: Person, words: str) -> Json:
    """The topmost open modal, when these words are to be read in it."""

    async def look() -> list[Json]:
        return await person.views()

    def good(views: list[Json]) -> bool:
        return bool(views) and words in text_of(views[-1])

    return (await until(look, good, deadline=PATIENCE_SECONDS))[-1]


async def fill(person: Person, view: Json, **typed: Any) -> Json:
    """Type into the fields of these labels (`_` for a space); returns the view after it."""
    for label, choice in typed.items():
        block = field(view, label.replace("_", " "))
        await person.fill(view, {block["block_id"]: {block["element"]["action_id"]: choice}})
    return (await person.views())[-1]


def field(view: Json, label: str) -> Json:
    """The input block of this label."""
    inputs = {text_of(each["label"]): each for each in view["blocks"] if each["type"] == "input"}
    found: Json = inputs[label]
    return found


async def close_all(person: Person) -> None:
    """Close every modal."""
    for view in reversed(await person.views()):
        await person.close(view)


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


__all__ = [
    "BotStage",
    "after",
    "answer",
    "bot_stage",
    "close_all",
    "field",
    "fill",
    "form",
    "installed_app",
    "listed",
    "manifest",
    "newest",
    "people_of_acme",
    "seen",
    "text_of",
]
