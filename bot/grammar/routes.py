"""What can be asked for: operations and the bot's own commands, each under its route."""

import functools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from bot.grammar.fields import Field, fields_of
from shared.call import Effect
from shared.errors import InvalidArguments
from shared.explain import explain
from shared.operation import Operation, Params

_PART = re.compile(r"\{(?P<field>\w+)(?P<rest>\.\.\.)?\}|(?P<word>\S+)")
# The values of these, where nothing else claims a key, are what a workflow takes.
_INPUT = "input"
# What people call a field; never for commands that take an input, whose keys it would steal.
_ALERTS = {
    "in": "channel",
    "key": "search_key",
    "tag": "tags",
    "slow": "slower_than",
    "group": "group_by",
}
_ALIASES: dict[str, dict[str, str]] = {
    "list_workflows": {"tag": "tags"},
    "list_executions": {"key": "search_key", "tag": "tags", "sort": "sort_by"},
    "get_execution_logs": {"activity": "activity_id", "tail": "limit"},
    "list_execution_events": {"kind": "types", "type": "types"},
    "reset_execution": {"to": "event_id"},
    "watch": {"in": "where"},
    "create_alert_subscription": _ALERTS,
    "edit_alert_subscription": _ALERTS,
    "list_alert_subscriptions": {"in": "channel"},
    "list_alerts": {"in": "channel"},
    "mute_alert_subscription": {"for": "duration", "in": "channel"},
    "acknowledge_alert": {"for": "mute_for", "mute": "mute_for"},
}
# Shorter and other words for a route; `{}` keeps its positional fields.
_SHORT: tuple[tuple[str, str], ...] = (
    ("inputs {}", "list_pending_inputs"),
    ("approvals {}", "list_pending_inputs"),
    ("approvals list {}", "list_pending_inputs"),
    ("approvals answer {}", "submit_input"),
    ("schedules", "list_schedules"),
    ("alerts", "list_alerts"),
)


@dataclass(frozen=True, slots=True)
class BotCommand[P: Params]:
    """A command of the bot itself, which no operation stands behind."""

    name: str
    command: str
    params: type[P]
    summary: str
    make_examples: Callable[[], tuple[P, ...]] = lambda: ()
    effect: Effect = Effect.READ

    @property
    def examples(self) -> tuple[P, ...]:
        """Parameters that show it at work."""
        return self.make_examples()

    def validate(self, arguments: Mapping[str, Any]) -> P:
        """The parameters, or InvalidArguments in words for the person."""
        try:
            return self.params.model_validate(dict(arguments))
        except ValidationError as error:
            raise InvalidArguments(explain(self.name, self.params, error)) from error


type Command = Operation[Any, Any] | BotCommand[Any]


class Route:
    """The words of a command and the fields behind them."""

    def __init__(self, command: Command) -> None:
        parts = list(_PART.finditer(command.command))
        self.command = command
        self.name = command.name
        self.summary = command.summary
        self.effect = command.effect
        self.params: type[Params] = command.params
        self.words = tuple(part["word"] for part in parts if part["word"])
        self.positional = tuple(part["field"] for part in parts if part["field"])
        self.takes_rest = bool(parts and parts[-1]["rest"])
        self.aliases = _ALIASES.get(command.name, {})

    @property
    def verb(self) -> str:
        """The fixed words, such as `schedules pause`."""
        return " ".join(self.words)

    @property
    def examples(self) -> tuple[Params, ...]:
        """Parameters that show it at work."""
        return self.command.examples

    @functools.cached_property
    def fields(self) -> dict[str, Field]:
        """What each argument takes."""
        return fields_of(self.params)

    @functools.cached_property
    def is_loose(self) -> bool:
        """Whether keys that are no fields of the command are those of a workflow's input."""
        found = self.fields.get(_INPUT)
        return found is not None and found.kind == "object"


@dataclass(frozen=True, slots=True)
class Path:
    """Words that lead to a route, and the fields that may follow them by position."""

    words: tuple[str, ...]
    route: Route
    positional: tuple[str, ...]

    @property
    def verb(self) -> str:
        """The words as text."""
        return " ".join(self.words)


class Routes:
    """Every route there is."""

    def __init__(self, commands: Sequence[Command]) -> None:
        self._routes = {command.name: Route(command) for command in commands}
        self.paths = (*self._own(), *self._shortened())

    def __iter__(self) -> Iterator[Route]:
        return iter(self._routes.values())

    def __len__(self) -> int:
        return len(self._routes)

    def __contains__(self, name: object) -> bool:
        return name in self._routes

    def named(self, name: str) -> Route:
        """The route of an operation or command; KeyError is a bug of the caller."""
        return self._routes[name]

    def _own(self) -> Iterator[Path]:
        for route in self._routes.values():
            yield Path(route.words, route, route.positional)

    def _shortened(self) -> Iterator[Path]:
        for written, name in _SHORT:
            if route := self._routes.get(name):
                words = tuple(word for word in written.split() if word != "{}")
                yield Path(words, route, route.positional if "{}" in written else ())


@functools.cache
def all_routes() -> Routes:
    """The routes of all operations and of the bot's own commands."""
    # The commands are built of what this package offers, so that it knows them only when asked.
    from bot.own_commands import OWN_COMMANDS
    from shared.operations import OPERATIONS

    return Routes((*OPERATIONS, *OWN_COMMANDS))
