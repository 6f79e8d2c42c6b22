"""Questions that wait for a person."""

from collections.abc import Iterator, Mapping
from typing import Any

from bot.blocks import actions
from bot.buttons import Style, confirmation
from bot.message import Block
from bot.render import rich
from bot.render.dispatch import page
from bot.render.executions import fewer, pages
from bot.render.offers import Offer, offer
from bot.render.page import Page, View
from bot.render.words import dotted, fields_words, many, since
from shared.operation import Effect
from shared.results import PendingInput, PendingInputs
from shared.text import one_line

_CHOICES = 4
_YES = ("accept", "approve", "approved", "yes", "ok", "confirm", "continue")
_NO = ("decline", "deny", "reject", "rejected", "no", "refuse", "abort", "cancel")


@page.register
def _(result: PendingInputs, view: View) -> Page:
    checked = many(result.checked, "execution")
    if not result.pending_inputs:
        words = f"Nothing waits for a person ({checked} checked)."
        return Page(
            text=words,
            head=[rich.paragraph(rich.text(f"✅ {words}"))],
            offers=pages(view, result.cursor),
        )
    count = len(result.pending_inputs)
    title = f"{many(count, 'question')} {'waits' if count == 1 else 'wait'} for a person"
    return Page(
        text=f"{title} ({checked} checked).",
        head=[rich.paragraph(rich.strong(f"🟡 {title}"), rich.text(f" · {checked} checked"))],
        rows=[pending_blocks(pending, view) for pending in result.pending_inputs],
        offers=pages(view, result.cursor),
        rest=lambda shown: fewer(shown, count, view),
    )


def pending_blocks(pending: PendingInput, view: View, *, named: bool = True) -> list[Block]:
    """The question, what it is about, and buttons to answer it for those who may."""
    question = _question(pending.input_schema)
    label = pending.label or question or pending.task_id
    pieces = [rich.text("🟡 "), rich.strong(one_line(label))]
    if question and question != label:
        pieces += [rich.text(f"\n{one_line(question, 500)}")]
    if about := fields_words(pending.input):
        pieces += [rich.text("\n"), rich.prose(about)]
    pieces += _small(pending, view, named=named)
    asked = [rich.paragraph(*pieces)]
    if not view.offers(Effect.WRITE):
        return asked
    return [*asked, actions(*(each.button(str(at)) for at, each in enumerate(answers(pending))))]


def answers(pending: PendingInput) -> list[Offer]:
    """A button for each choice of a small decision, which asks first; else one for the form."""
    given = {"execution_id": pending.execution_id, "task_id": pending.task_id}
    found = choices(pending.input_schema)
    about = fields_words(pending.input, 150)
    asked = dotted((pending.label or "", _question(pending.input_schema) or "", about))
    asked = asked or "The execution goes on with this answer."
    if not found:
        return [offer("submit_input", given, style="primary")]
    return [
        Offer(
            label,
            "submit_input",
            {**given, "input": value},
            _style(label, value),
            confirmation(f"{label}?", asked, label),
        )
        for label, value in found
    ]


def choices(schema: Any) -> list[tuple[str, dict[str, Any]]]:
    """Label and input of each answer, where the schema leaves no more than a few of them."""
    properties = schema.get("properties") if isinstance(schema, Mapping) else None
    if not isinstance(properties, Mapping) or len(properties) != 1:
        return []
    [(name, field)] = properties.items()
    if not isinstance(field, Mapping):
        return []
    values = list(_values(field))
    small = 0 < len(values) <= _CHOICES
    return [(label[:70], {str(name): value}) for label, value in values] if small else []


def _values(field: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    options, listed = field.get("oneOf"), field.get("enum")
    if isinstance(options, list) and all(isinstance(o, Mapping) and "const" in o for o in options):
        for option in reversed(options):
            yield _label(option.get("description") or option.get("title"), option["const"])
    elif isinstance(listed, list):
        yield from (_label(None, value) for value in listed)
    elif field.get("type") == "boolean":
        yield from (("Yes", True), ("No", False))


def _label(said: object, value: object) -> tuple[str, Any]:
    words = said if isinstance(said, str) and said.strip() else str(value).replace("_", " ")
    return words[:1].upper() + words[1:], value


def _style(label: str, value: Mapping[str, Any]) -> Style | None:
    said = {label.lower(), *(str(each).lower() for each in value.values())}
    if said & {*_YES, "true"}:
        return "primary"
    return "danger" if said & {*_NO, "false"} else None


def _question(schema: Any) -> str | None:
    """A confirmation asks its question in the description of its only field."""
    properties = schema.get("properties") if isinstance(schema, Mapping) else None
    if not isinstance(properties, Mapping) or len(properties) != 1:
        return None
    [field] = properties.values()
    said = field.get("description") if isinstance(field, Mapping) else None
    return said if isinstance(said, str) and said.strip() else None


def _small(pending: PendingInput, view: View, *, named: bool) -> Iterator[rich.Piece]:
    """Whose question it is, and since when it waits."""
    asked = f"asked {since(pending.asked_at, view.now)} ago" if pending.asked_at else ""
    if named or asked:
        yield rich.text("\n")
    if named and pending.workflow:
        yield rich.code(pending.workflow, 80)
        yield rich.text(" · ")
    if named:
        yield rich.code(pending.execution_id)
    if asked:
        yield rich.text(f" · {asked}" if named else asked)
