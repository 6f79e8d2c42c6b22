"""What a method of the Web API is, and how it reads what it was called with."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from sandbox.slack.limits import Tier
from sandbox.slack.model import App, Json
from sandbox.slack.refusals import Refusal
from sandbox.slack.workspace import Workspace

if TYPE_CHECKING:
    from sandbox.slack.local import LocalSlack

MAX_DEPTH = 100


@dataclass(frozen=True, slots=True)
class MethodCall:
    """One call: by which app, with which arguments (the token is not among them)."""

    slack: "LocalSlack"
    app: App
    arguments: Json

    @property
    def workspace(self) -> Workspace:
        """The workspace it concerns."""
        return self.slack.workspace

    def text(self, name: str) -> str | None:
        """An argument as text; None when it was left out."""
        value = self.arguments.get(name)
        if value is None or isinstance(value, str):
            return value
        if isinstance(value, dict | list):
            raise invalid(f"must be a string [json-pointer:/{name}]")
        return json.dumps(value)

    def required(self, name: str) -> str:
        """An argument as text; raises invalid_arguments without it."""
        value = self.text(name)
        if not value:
            raise invalid(f"missing required field: {name}")
        return value

    def number(self, name: str, default: int, error: str = "invalid_arguments") -> int:
        """An argument as a whole number."""
        value = self.text(name)
        if not value:
            return default
        try:
            return int(value)
        except ValueError:
            raise invalid(f"must be a number [json-pointer:/{name}]", error) from None

    def flag(self, name: str, default: bool = False) -> bool:
        """An argument as yes or no."""
        value = self.text(name)
        return default if not value else value.lower() in ("true", "1")

    def json(self, name: str, error: str = "invalid_arguments") -> Any:
        """An argument that is JSON, sent as such or as a string of it; None when left out."""
        value = self.arguments.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return load_json(value)
        except ValueError:
            raise invalid(f"must be valid JSON [json-pointer:/{name}]", error) from None

    def words(self, name: str) -> list[str]:
        """An argument that is a list: JSON, or words with commas between them."""
        value = self.arguments.get(name)
        if isinstance(value, list):
            return [str(each) for each in value]
        text = self.text(name) or ""
        return [word for each in text.split(",") if (word := each.strip())]


@dataclass(frozen=True, slots=True)
class Method:
    """A method: what it does, the scope it needs, how often, and with which kind of token."""

    run: Callable[[MethodCall], Awaitable[Json]]
    scope: str | None
    tier: Tier
    token: Literal["bot", "app"] = "bot"


def invalid(message: str, error: str = "invalid_arguments") -> Refusal:
    """A refusal that says what is wrong in `response_metadata`, as Slack does."""
    return Refusal(error, response_metadata={"messages": [f"[ERROR] {message}"]})


def load_json(text: str | bytes) -> Any:
    """Strict JSON; raises ValueError, also for what no answer could hold or no walk could end."""
    try:
        value = json.loads(text, parse_constant=_no_constant)
        json.dumps(value, ensure_ascii=False).encode()
    except RecursionError:
        raise ValueError("too deep") from None
    _check_depth(value)
    return value


def _check_depth(value: Any) -> None:
    level = [value]
    for _ in range(MAX_DEPTH):
        nested = [each for each in level if isinstance(each, dict | list)]
        level = [part for each in nested for part in _parts(each)]
        if not level:
            return
    raise ValueError("too deep")


def _parts(value: dict[str, Any] | list[Any]) -> list[Any]:
    return list(value.values()) if isinstance(value, dict) else value


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")
