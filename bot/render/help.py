"""Help: every command on one page, and one of them in full."""

from collections.abc import Iterable, Iterator, Sequence

from pydantic_core import PydanticUndefined

from bot.blocks import section, small_print
from bot.grammar import Route, Routes, spell, usage
from bot.message import Block, Message
from bot.mrkdwn import code, line
from bot.render import rich
from bot.render.offers import Offer
from bot.render.page import Page, View, assemble
from bot.render.spoken import spoken
from bot.render.words import many, short_json
from shared.operation import Effect
from shared.text import one_line

_COMMAND = "/workflows"
_EXAMPLES = 2
_SHORT_USAGE = 60
_GROUPS = (
    "Executions",
    "Acts on executions",
    "Questions to people",
    "Workflows",
    "Schedules",
    "Alerts",
    "Here",
)
_UNSHOWN = ("cursor",)


def render_help(routes: Routes, view: View, command: str = _COMMAND) -> Message:
    """Every command that the person may use, in groups."""
    usable = [route for route in routes if view.offers(route.effect)]
    hidden = len(routes) - len(usable)
    more = f" {many(hidden, 'command')} need more rights than you have." if hidden else ""
    page = Page(
        text=f"Workflow Ops knows {many(len(usable), 'command')}; {code(command + ' help VERB')} "
        "shows how one is written.",
        head=[
            section(
                f"*Workflow Ops* · type {code(command + ' …')} anywhere, mention me in a thread, "
                "or write to me directly."
            ),
            *(_group(name, usable) for name in _GROUPS),
            small_print(
                f"{command} help VERB shows all its options and examples. An execution is named "
                "by its id, the first 6 characters of it, #3 of your last list, last, or this in "
                f"the thread of its card.{more}"
            ),
        ],
        offers=[
            Offer("Start…", "start_workflow"),
            Offer("Running", "list_executions", {"status": ["RUNNING"]}),
            Offer("Failed today", "list_executions", {"status": ["FAILED"], "since": "24h"}),
            Offer("Waiting for a person", "list_pending_inputs"),
            Offer("Who am I?", "whoami"),
        ],
    )
    return assemble(page, view)


def render_verb_help(route: Route, routes: Routes, view: View, command: str = _COMMAND) -> Message:
    """One command: what it does, how it is written, its options and two examples."""
    examples = [
        spell(route.name, each.model_dump(mode="json", exclude_unset=True), routes)
        for each in route.examples[:_EXAMPLES]
    ]
    needs = None if view.offers(route.effect) else f"🔒 It needs the level {route.effect}."
    page = Page(
        text=f"{code(route.verb)}: {line(spoken(route.summary))}",
        head=[
            section(f"*{line(route.verb)}* · {line(spoken(route.summary))}"),
            rich.preformatted(f"{command} {usage(route.name, routes)}"),
            rich.lines(_arguments(route), "Options"),
            rich.lines(([rich.code(f"{command} {each}", 400)] for each in examples), "Examples"),
            small_print(needs) if needs else None,
        ],
        offers=[Offer("All commands", "help")],
    )
    return assemble(page, view)


def render_group_help(words: Sequence[str], found: Iterable[Route], view: View) -> Message:
    """The commands that begin with the same words."""
    members = sorted(found, key=lambda route: route.words)
    shown = [route for route in members if view.offers(route.effect)]
    title = f"{' '.join(words)} · {many(len(shown), 'command')}"
    page = Page(
        text=f"{line(title)}.",
        head=[section(f"*{line(title)}*"), rich.lines(map(_line, shown))],
        offers=[Offer("All commands", "help")],
    )
    return assemble(page, view)


def _group(name: str, routes: Iterable[Route]) -> Block | None:
    members = sorted((r for r in routes if _group_of(r) == name), key=lambda route: route.words)
    return rich.lines(map(_line, members), name)


def _line(route: Route) -> Iterator[rich.Piece]:
    # No marks before the lines: all commands have to fit into one message.
    yield rich.code(_short_usage(route), 80)
    yield rich.text(f" {one_line(spoken(route.summary), 120)}")


def _short_usage(route: Route) -> str:
    """The verb and what must follow; the whole is in its own help."""
    shown = [name for name in route.positional if route.fields[name].required]
    last = " …" if route.takes_rest and shown else ""
    words = [route.verb, *(name.removesuffix("s").removesuffix("_id").upper() for name in shown)]
    return one_line(" ".join(words), _SHORT_USAGE) + last


def _group_of(route: Route) -> str:
    first = route.words[0]
    if first == "schedules":
        return "Schedules"
    if first == "alerts":
        return "Alerts"
    if first in ("inputs", "approvals"):
        return "Questions to people"
    if first in ("workflow", "workflows", "start"):
        return "Workflows"
    if first in ("help", "whoami", "audit", "doctor", "watch", "unwatch", "watches"):
        return "Here"
    return "Executions" if route.effect is Effect.READ else "Acts on executions"


def _if_left_out(default: object) -> str:
    said = default not in (None, (), False, PydanticUndefined)
    return f"{short_json(default, 40)} if not given" if said else ""


def _arguments(route: Route) -> Iterator[list[rich.Piece]]:
    for name, field in route.params.model_fields.items():
        if name in _UNSHOWN or name not in route.fields:
            continue
        told = [
            "required" if field.is_required() else "",
            f"one of {', '.join(choices)}" if (choices := route.fields[name].choices) else "",
            field.description or "",
            _if_left_out(field.default) if not field.is_required() else "",
        ]  # fmt: skip
        words = "; ".join(part.rstrip(".") for part in told if part)
        yield [rich.text("• "), rich.code(name, 60), rich.text(f" {one_line(words, 200)}")]
