"""What an act leaves to say: what came of it, whatever becomes of the words about it."""

import contextlib
import logging
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass

from bot.blocks import MESSAGE_BLOCKS, section
from bot.delivery import SlackUnreachable
from bot.message import Message
from bot.mrkdwn import line
from bot.visit import Visit
from shared.errors import OpsError

_log = logging.getLogger(__name__)

_WHY = 300


@dataclass(frozen=True, slots=True)
class _Words:
    """What a note says first, and the title of a view that says it."""

    first: str
    title: str


_DONE = _Words("✅ It was done: do not send it again. It could not be shown here", "Done")
_TRIED = _Words(
    "⚠️ It was tried, and what came of it is below. It could not be shown where you asked", "Tried"
)


@contextlib.asynccontextmanager
async def done(
    visit: Visit, shows: Callable[[], Message], *, wholly: bool = True
) -> AsyncGenerator[None]:
    """The block shows what an act did; what fails in it is not told as a failure of the act.

    Whoever reads of a failure does it again. `shows` is what there is to see of the act, and
    `wholly` whether all of it was done.
    """
    try:
        yield
    except OpsError as error:
        _log.warning("%s cannot be shown: %s", visit.request.name, error)
        words = _DONE if wholly else _TRIED
        await _tell(visit, words.title, _all_the_same(shows(), words.first, error))


def _all_the_same(message: Message, first: str, error: OpsError) -> Message:
    """The answer, below a note that something about it went wrong."""
    note = f"{first}: {why(error)}"
    # Slack shows the blocks alone, so that the note has to be one of them.
    blocks = (section(note), *(message.blocks or (section(message.text),)))
    return Message(f"{note} {message.text}", blocks[:MESSAGE_BLOCKS], message.files)


def why(error: OpsError) -> str:
    """What went wrong with the words, in markup: that of Slack says to try again."""
    if isinstance(error, SlackUnreachable):
        return f"Slack did not answer {line(error.method)}."
    return line(str(error), _WHY)


async def _tell(visit: Visit, title: str, message: Message) -> None:
    try:
        await visit.modal.conclude(title, message.text)
        await visit.whisper(message)
    except OpsError as error:
        _log.error("nobody could be told what came of %s: %s", visit.request.name, error)
