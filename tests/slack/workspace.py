"""A running local workspace, and people in it who act through its control API."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Self

import httpx

from sandbox.slack.elements import Element, elements
from sandbox.slack.local import LocalSlack
from sandbox.slack.model import App, Json
from sandbox.slack.served import serve_slack

MANIFEST: Json = {
    "display_information": {"name": "Ops"},
    "features": {
        "bot_user": {"display_name": "Ops"},
        "app_home": {"home_tab_enabled": True, "messages_tab_enabled": True},
        "slash_commands": [
            {"command": "/ops", "description": "Operate", "should_escape": True},
            {"command": "/raw", "description": "Say it as it is"},
        ],
        "shortcuts": [
            {"name": "Start", "type": "global", "callback_id": "start", "description": "Start"},
            {"name": "Watch", "type": "message", "callback_id": "watch", "description": "Watch"},
        ],
        "unfurl_domains": ["console.example"],
    },
    "oauth_config": {
        "scopes": {
            "bot": [
                "app_mentions:read",
                "channels:history",
                "channels:join",
                "channels:read",
                "chat:write",
                "chat:write.public",
                "commands",
                "files:read",
                "files:write",
                "groups:history",
                "groups:read",
                "im:history",
                "im:read",
                "im:write",
                "links:read",
                "links:write",
                "metadata.message:read",
                "reactions:read",
                "reactions:write",
                "team:read",
                "usergroups:read",
                "users:read",
                "users:read.email",
                "assistant:write",
            ]
        }
    },
    "settings": {
        "socket_mode_enabled": True,
        "interactivity": {"is_enabled": True},
        "event_subscriptions": {
            "bot_events": [
                "app_home_opened",
                "app_mention",
                "channel_archive",
                "channel_rename",
                "link_shared",
                "member_left_channel",
                "message.channels",
                "message.im",
                "tokens_revoked",
            ]
        },
    },
}


@contextlib.asynccontextmanager
async def local_slack(slack: LocalSlack | None = None) -> AsyncIterator[LocalSlack]:
    """A workspace that answers at `slack.workspace.base_url`."""
    slack = slack or LocalSlack()
    async with serve_slack(slack):
        yield slack


@contextlib.asynccontextmanager
async def installed(
    manifest: Json = MANIFEST, slack: LocalSlack | None = None
) -> AsyncIterator[tuple[LocalSlack, App]]:
    """A workspace with the app, which is a member of #ops; its time passes only when told to."""
    async with local_slack(slack) as slack:
        slack.workspace.clock.freeze()
        app = slack.workspace.install(manifest)
        slack.workspace.channel_named("ops").members.add(app.user)
        yield slack, app


class Refused(AssertionError):
    """The control API said no; `error` is its name for it."""

    def __init__(self, answer: Json) -> None:
        super().__init__(f"{answer.get('error')}: {answer.get('hint', answer)}")
        self.error = str(answer.get("error"))


class Control:
    """The control API of a workspace."""

    def __init__(self, slack_url: str) -> None:
        # Certificates take a while to load, and there are none on the loopback. The server ends
        # idle connections after five seconds; one must not be used again in that very moment.
        self._client = httpx.AsyncClient(
            base_url=f"{slack_url}/control/",
            timeout=90,
            limits=httpx.Limits(keepalive_expiry=2),
            trust_env=False,
            verify=False,
        )

    async def post(self, path: str, **body: Any) -> Json:
        """Do it; raises `Refused`."""
        return _accepted(await self._client.post(path, json=body))

    async def get(self, path: str, **query: str) -> Json:
        """Read it; raises `Refused`."""
        return _accepted(await self._client.get(path, params=query))

    async def delete(self, path: str) -> Json:
        """Undo it."""
        return _accepted(await self._client.delete(path))

    async def close(self) -> None:
        """End its connections."""
        await self._client.aclose()


class Person:
    """Somebody in the workspace; use it as `async with Person(...) as ana`."""

    def __init__(self, slack_url: str, name: str) -> None:
        self.name = name
        self.control = Control(slack_url)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.control.close()

    async def say(self, channel: str, text: str, thread_ts: str | None = None) -> str:
        """Write a message; returns its ts."""
        body = {"channel": channel, "text": text, "thread_ts": thread_ts}
        return str((await self._act("say", **body))["ts"])

    async def direct(self, text: str, app: str | None = None) -> Json:
        """Write to the app; returns channel and ts."""
        return await self._act("direct", text=text, app=app)

    async def command(self, channel: str, text: str, thread_ts: str | None = None) -> Json:
        """Type a slash command."""
        return await self._act("command", channel=channel, text=text, thread_ts=thread_ts)

    async def click(self, message: Json, which: str, **choice: Any) -> Json:
        """Use the element with this action_id or label in a message or a view."""
        element = _element(message, which)
        named = {"action_id": element.action_id, "block_id": element.block_id}
        if "value" in element.body:
            named["value"] = element.body["value"]
        return await self._act("click", **_place(message), **(named | choice))

    async def fill(self, view: Json, values: dict[str, dict[str, Any]]) -> Json:
        """Fill in a form: {block_id: {action_id: value}}."""
        return await self._act("fill", view_id=view["id"], values=values)

    async def submit(self, view: Json) -> Json:
        """Press submit."""
        return await self._act("submit", view_id=view["id"])

    async def close(self, view: Json, everything: bool = False) -> Json:
        """Close a modal."""
        return await self._act("close", view_id=view["id"], all=everything)

    async def shortcut(self, callback_id: str, message: Json | None = None) -> Json:
        """Use a global shortcut, or one of a message."""
        place = _place(message) if message is not None else {}
        return await self._act("shortcut", callback_id=callback_id, **place)

    async def home(self) -> Json:
        """Open the App Home; returns its view."""
        return (await self._act("home"))["view"] or {}

    async def options(self, message: Json, action_id: str, typed: str) -> Json:
        """Type into an external select."""
        place = _place(message)
        return await self._act("options", action_id=action_id, typed=typed, **place)

    async def messages(
        self, channel: str, thread_ts: str | None = None, oldest: str | None = None
    ) -> list[Json]:
        """What is to be seen in a channel, or in a thread of it."""
        where = {"user": self.name, "channel": channel, "thread_ts": thread_ts, "oldest": oldest}
        query = {name: value for name, value in where.items() if value is not None}
        answer = await self.control.get("messages", **query)
        return [each | {"channel": answer["channel"]} for each in answer["messages"]]

    async def views(self) -> list[Json]:
        """The open modals, the topmost last."""
        stack: list[Json] = (await self.control.get("views", user=self.name))["stack"]
        return stack

    async def state(self) -> Json:
        """The workspace as this person knows it."""
        return await self.control.get("state", user=self.name)

    async def until[T](
        self,
        look: Callable[[], Awaitable[T]],
        good: Callable[[T], object] = bool,
        deadline: float = 60,
    ) -> T:
        """Look again and again until it is good."""
        return await until(look, good, deadline)

    async def _act(self, path: str, **body: Any) -> Json:
        given = {name: value for name, value in body.items() if value is not None}
        return await self.control.post(path, user=self.name, **given)


async def until[T](
    look: Callable[[], Awaitable[T]], good: Callable[[T], object] = bool, deadline: float = 60
) -> T:
    """Look again and again until it is good; what was last seen is in the error."""
    ends, wait = time.monotonic() + deadline, 0.01
    while not good(seen := await look()):
        if time.monotonic() > ends:
            raise AssertionError(f"It never came; last seen: {seen!r}")
        await asyncio.sleep(wait)
        # Who looks often slows down what is looked for, which may run in this process.
        wait = min(1.5 * wait, 0.15)
    return seen


def _accepted(response: httpx.Response) -> Json:
    answer: Json = response.json()
    if not answer["ok"]:
        raise Refused(answer)
    return answer


def _place(shown: Json) -> Json:
    if "ts" in shown:
        return {"channel": shown["channel"], "ts": shown["ts"]}
    return {"view_id": shown["id"]}


def _element(shown: Json, which: str) -> Element:
    attached = [each.get("blocks") for each in shown.get("attachments") or ()]
    found = list(elements([shown.get("blocks"), *attached]))
    for element in found:
        label = element.body.get("text")
        if which in (element.action_id, label.get("text") if isinstance(label, dict) else label):
            return element
    raise AssertionError(f"There is no {which!r} among {[each.action_id for each in found]}.")
