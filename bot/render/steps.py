"""Steps of an execution as lines."""

from collections.abc import Iterable, Iterator

from bot.message import Block
from bot.render import rich, states
from bot.render.rich import Piece
from bot.render.words import span
from shared.results import Step

_SHOWN = 12


def steps_block(steps: Iterable[Step], title: str, shown: int = _SHOWN) -> Block | None:
    """The last steps under a title, and how many there are before them."""
    listed = list(steps)
    hidden = len(listed) - shown
    before = f" (the last {shown} of {len(listed)})" if hidden > 0 else ""
    return rich.lines(map(_line, listed[-shown:]), title + before)


def _line(step: Step) -> Iterator[Piece]:
    yield rich.text(f"{states.emoji(step.state)} ")
    yield rich.code(step.name, 60)
    told = [states.word(step.state), span(step.duration_ms)]
    if step.attempts > 1:
        told.append(f"attempt {step.attempts}")
    if step.progress:
        told.append(step.progress[:80])
    if step.message:
        told.append(rich.prose(step.message, 160)["text"])
    yield rich.text(" " + " · ".join(part for part in told if part))
    if step.execution_id:
        yield rich.text(" · in ")
        yield rich.code(step.execution_id, 60)
