"""The message of a question: what is asked, then who answered what, or why nobody can any more."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.blocks import actions, context, section
from bot.buttons import button, confirmation
from bot.forms import Choice, choices, decided
from bot.message import Block, Message
from bot.mrkdwn import bold, code, date, link, user
from bot.questions.rows import Asked, Stand
from bot.questions.words import quoted, said, values
from shared.text import ago_words, json_text, one_line

_MOST_FIELDS = 5
_LONGEST_VALUE = 1_500
_NOTES: Mapping[Stand, str] = {
    Stand.ELSEWHERE: "✅ answered elsewhere",
    Stand.EXPIRED: "⏱️ not answered in time, or cancelled",
    Stand.CANCELLED: "⛔ cancelled with its execution",
    Stand.SUPERSEDED: "↪️ no longer asked: its run is over",
    Stand.GONE: "↪️ no longer asked",
}


def question_card(asked: Asked, card_url: str | None = None) -> Message:
    """The message of a question as it stands, with a way back to the card of its execution."""
    label = bold(quoted(asked.label or "An answer is wanted", 200))
    where = f"{code(asked.workflow, 80)} · {code(asked.execution_id, 120)}"
    where += f" · {link(card_url, 'its card')}" if card_url else ""
    match asked.state:
        case Stand.OPEN:
            return _open(asked, label, where)
        case Stand.ANSWERING:
            text = f"⏳ {label} · {_person(asked)} is answering…"
            return Message(text, (section(f"{text}\n{where}"),))
        case Stand.ANSWERED:
            return _answered(asked, label, where)
        case Stand.ELSEWHERE if asked.answered_by:
            return _interrupted(asked, label, where)
    text = f"{label} · {_NOTES[asked.state]}"
    return Message(text, (section(f"{text}\n{where}"), *_note(asked)))


def _open(asked: Asked, label: str, where: str) -> Message:
    text = f"🟡 {said(asked.workflow, 80)} waits for an answer: {label}"
    about = [values(asked.input)] if asked.input else []
    lines = [f"🟡 {label}", *about, where, *_explained(asked.schema)]
    small = context(f"asked {date(asked.created_at)}")
    blocks = [section("\n".join(lines)), *_note(asked), small, actions(*_buttons(asked))]
    return Message(text, tuple(blocks))


def _answered(asked: Asked, label: str, where: str) -> Message:
    when = f" {date(asked.answered_at)}" if asked.answered_at else ""
    chosen = decided(asked.pending, asked.answer) if isinstance(asked.answer, dict) else None
    text = f"✅ {label} · {bold(chosen) if chosen else 'answered'} by {_person(asked)}{when}"
    given = values(asked.answer)
    lines = [text, given, where] if given else [text, where]
    return Message(text, (section("\n".join(lines)), *_note(asked)))


def _interrupted(asked: Asked, label: str, where: str) -> Message:
    """It is answered, and nobody can tell by whom: somebody's answer was on its way."""
    when = f" {date(asked.answered_at)}" if asked.answered_at else ""
    text = f"✅ {label} · answered, it seems by {_person(asked)}{when}"
    why = context("This bot was interrupted while it sent that answer, and did not hear the reply.")
    given = values(asked.answer)
    return Message(text, (section("\n".join(filter(None, (text, given, where)))), why))


def ago(moment: datetime, now: datetime) -> str:
    """How long ago somebody did something, which was a moment ago at least."""
    words = ago_words(moment, now)
    return words if words.endswith("ago") else "just now"


def _person(asked: Asked) -> str:
    if asked.answered_by:
        return user(asked.answered_by)
    return said(asked.answered_name or "somebody", 80)


def _explained(schema: Any) -> list[str]:
    """What the schema says of the answer and its fields."""
    if not isinstance(schema, dict):
        return []
    lines = [said(schema["description"], 300)] if isinstance(schema.get("description"), str) else []
    fields = schema.get("properties")
    for name, field in list(fields.items() if isinstance(fields, dict) else ())[:_MOST_FIELDS]:
        if isinstance(field, dict) and isinstance(field.get("description"), str):
            lines.append(f"• {said(str(name), 60)}: {said(field['description'], 200)}")
    return lines


def _note(asked: Asked) -> list[Block]:
    return [context(said(asked.note, 400))] if asked.note else []


def _buttons(asked: Asked) -> list[Block]:
    """A button for each choice, where there are few and they fit; one opens the form."""
    shown = choices(asked.pending) or []
    if any(len(json_text(choice.input)) > _LONGEST_VALUE for choice in shown):
        shown = []
    buttons = [_choice(asked, choice, str(number)) for number, choice in enumerate(shown)]
    opens = button(
        "Answer…",
        "open_answer",
        {"question": asked.id},
        style=None if buttons else "primary",
    )
    return [*buttons, opens]


def _choice(asked: Asked, choice: Choice, tag: str) -> Block:
    asks = confirmation(
        one_line(choice.label, 90),
        f"“{one_line(asked.label or asked.workflow, 120)}” can be answered once.",
        "Send",
    )
    return button(
        choice.label,
        "answer_question",
        {"question": asked.id, "input": choice.input},
        style=choice.style,
        confirm=asks,
        tag=tag,
    )
