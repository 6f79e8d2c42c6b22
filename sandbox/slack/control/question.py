"""What a request to the control API asks, with people, channels and apps named freely."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.slack.acknowledgement import NotAcknowledged
from sandbox.slack.local import LocalSlack, slack_of
from sandbox.slack.model import App, Channel, Json, User
from sandbox.slack.refusals import Refusal


@dataclass(frozen=True, slots=True)
class Question:
    """The body or the query of a request."""

    slack: LocalSlack
    given: Json

    def text(self, name: str) -> str | None:
        """A word; None when it was left out."""
        value = self.given.get(name)
        if value is not None and not isinstance(value, str):
            raise invalid(f"{name!r} must be a string, not {json.dumps(value)}.")
        return value

    def required(self, name: str) -> str:
        """A word that must be there."""
        value = self.text(name)
        if not value:
            raise invalid(f"Say {name!r}. Given: {', '.join(self.given) or 'nothing'}.")
        return value

    def number(self, name: str, default: float = 0) -> float:
        """A number that is not negative."""
        value = self.given.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            raise invalid(f"{name!r} must be a number from 0 on, not {json.dumps(value)}.")
        return value

    def user(self, name: str = "user") -> User:
        """A person by name or id."""
        word = self.required(name).removeprefix("@")
        for user in self.slack.workspace.users.values():
            if word in (user.id, user.name):
                return user
        known = ", ".join(user.name for user in self.slack.workspace.users.values())
        raise invalid(f"Nobody is called {word!r}; there is: {known}.", "user_not_found")

    def channel(self, name: str = "channel") -> Channel:
        """A conversation by name or id."""
        return channel_called(self.slack, self.required(name))

    def app(self, name: str = "app") -> App:
        """An app by name or id; the newest when none is named."""
        apps = list(self.slack.workspace.apps.values())
        word = self.given.get(name)
        for app in reversed(apps):
            if word in (None, True, app.id, app.name, app.user):
                return app
        known = ", ".join(app.name for app in apps) or "none; install one at control/apps"
        raise invalid(f"No app {word!r} is installed; there is: {known}.", "app_not_found")


type Asked = Callable[[Question], Awaitable[Json]]


def route(verb: str, path: str, run: Asked) -> Route:
    """The endpoint of a function that answers with JSON."""

    async def endpoint(request: Request) -> Response:
        try:
            question = Question(slack_of(request), await _given(request))
            return JSONResponse({"ok": True} | await run(question))
        except Refusal as refusal:
            answer: Json = {"ok": False, "error": refusal.error}
            return JSONResponse(answer | refusal.details, 400)

    return Route(f"/control/{path}", endpoint, methods=[verb])


def failed(missed: NotAcknowledged, shown: str) -> Json:
    """What a person gets to see when the app did not answer."""
    return {"ack": None, "error": missed.error, "reason": missed.reason, "shown": shown}


def invalid(hint: str, error: str = "invalid_arguments") -> Refusal:
    """A refusal with advice."""
    return Refusal(error, hint=hint)


def channel_called(slack: LocalSlack, word: str) -> Channel:
    """A conversation by name or id."""
    bare = word.removeprefix("#")
    for channel in slack.workspace.channels.values():
        if bare in (channel.id, channel.name):
            return channel
    known = ", ".join(each.name for each in slack.workspace.channels.values())
    raise invalid(f"No channel is called {word!r}; there is: {known}.", "channel_not_found")


async def _given(request: Request) -> Json:
    if request.method in ("GET", "HEAD"):
        return dict(request.query_params)
    raw = await request.body()
    try:
        body: Any = json.loads(raw or b"{}")
    except ValueError:
        raise invalid("The body must be JSON.") from None
    if not isinstance(body, dict):
        raise invalid("The body must be a JSON object.")
    return body
