"""Writes the tables of tools and commands into the README: `python -m scripts.readme`."""

from collections.abc import Callable
from itertools import takewhile
from pathlib import Path

from bot.grammar import Route, all_routes, usage
from bot.render.spoken import spoken
from shared.operation import Effect
from shared.operations import OPERATIONS

_README = Path(__file__).parent.parent / "README.md"


def main() -> None:
    """Bring the README up to date."""
    _README.write_text(with_tables(_README.read_text()))


def with_tables(text: str) -> str:
    """The README with its tables as the registry has them."""
    for name, table in _TABLES.items():
        begin, end = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->"
        before, rest = text.split(begin)
        _, after = rest.split(end)
        text = f"{before}{begin}{table()}{end}{after}"
    return text


def _tools() -> str:
    rows = ["| effect | tool | what it does |", "|---|---|---|"]
    for effect in Effect:
        rows += [
            f"| {effect} | `{each.name}` | {each.summary} |"
            for each in OPERATIONS
            if each.effect is effect
        ]
    return "\n".join(rows) + "\n"


def _commands() -> str:
    rows = ["| needs | command | what it does |", "|---|---|---|"]
    for effect in Effect:
        rows += [
            f"| {effect} | `{_short(each)}` | {spoken(each.summary)} |"
            for each in all_routes()
            if each.effect is effect
        ]
    return "\n".join(rows) + "\n"


def _short(route: Route) -> str:
    """The usage up to its first key; `help VERB` shows the rest."""
    return " ".join(takewhile(lambda word: "=" not in word, usage(route.name).split()))


_TABLES: dict[str, Callable[[], str]] = {"tools": _tools, "commands": _commands}


if __name__ == "__main__":
    main()
