"""The commands as a list to choose from."""

from dataclasses import dataclass

from bot.grammar.routes import Routes, all_routes
from bot.grammar.usage import usage_line
from shared.call import Effect


@dataclass(frozen=True, slots=True)
class Verb:
    """A command as a completion shows it."""

    name: str
    words: str
    summary: str
    usage: str
    effect: Effect


def verbs(prefix: str = "", routes: Routes | None = None) -> tuple[Verb, ...]:
    """The commands whose words begin like that, in the order of the words."""
    found = all_routes() if routes is None else routes
    begun = " ".join(prefix.casefold().split())
    return tuple(
        Verb(route.name, route.verb, route.summary, usage_line(route), route.effect)
        for route in sorted(found, key=lambda route: route.words)
        if route.verb.startswith(begun)
    )
