"""Text that a person typed, read as a request."""

from dataclasses import dataclass
from itertools import islice
from typing import Any

from bot.grammar.bind import bind
from bot.grammar.errors import NotUnderstood
from bot.grammar.normalise import normalise
from bot.grammar.routes import Routes, all_routes
from bot.grammar.scan import Token, scan
from bot.grammar.values import is_loose
from bot.grammar.verbs import find_path

LAUNCHER = "launcher"
_MOST_PARTS = 500


@dataclass(frozen=True, slots=True)
class Asked:
    """A request; where it is loose, words in its input wait for `fit` to give them types."""

    name: str
    arguments: dict[str, Any]
    loose: bool = False


def read(text: str, routes: Routes | None = None, *, plain: bool = False) -> Asked:
    """The request in a text as Slack delivers it, or in `plain` text such as a suggestion.

    Raises NotUnderstood, whose suggestions are plain text.
    """
    typed = text if plain else normalise(text)
    tokens = list(islice(scan(typed), _MOST_PARTS + 1))
    if len(tokens) > _MOST_PARTS:
        raise NotUnderstood(
            f"That has more than {_MOST_PARTS} parts. Put text with spaces in quotes."
        )
    if not tokens:
        return Asked(LAUNCHER, {})
    path = find_path(typed, tokens, all_routes() if routes is None else routes)
    rest = tokens[len(path.words) :]
    if any(_asks_for_help(token) for token in rest) and "help" not in path.route.fields:
        return Asked("help", {"words": list(path.route.words)})
    arguments = bind(typed, rest, path)
    return Asked(path.route.name, arguments, loose=is_loose(arguments.get("input")))


def _asks_for_help(token: Token) -> bool:
    return token.bare and token.key == "help"
