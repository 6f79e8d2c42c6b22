"""What an act leaves to say: it is done, whatever becomes of the words about it."""

import contextlib
import logging
from collections.abc import AsyncGenerator, Callable

from bot.blocks import MESSAGE_BLOCKS, section
from bot.delivery import SlackUnreachable
from bot.message import Message
from bot.mrkdwn import line
from bot.visit import Visit
from shared.errors import OpsError

_log = logging.getLogger(__name__)

_WHY = 300


@contextlib.asynccontextmanager
async def done(visit: Visit, shows: Callable[[], Message]) -> AsyncGenerator[None]:
    """The block shows what an act did; what fails in it is not told as a failure of the act.

    Whoever reads of a failure does it again. `shows` is what there is to see of the act.
    """
    try:
        yield
    except OpsError as error:
        _log.warning("%s was done, and cannot be shown: %s", visit.request.name, error)
        await _tell(visit, all_the_same(shows(), "It could not be shown here", error))


def all_the_same(message: Message, trouble: str, error: OpsError) -> Message:
    """The answer, below a note that something about it went wrong."""
    note = f"✅ It was done: do not send it again. {trouble}: {why(error)}"
    # Slack shows the blocks alone, so that the note has to be one of them.
    blocks = (section(note), *(message.blocks or (section(message.text),)))
    return Message(f"{note} {message.text}", blocks[:MESSAGE_BLOCKS], message.files)


def why(error: OpsError) -> str:
    """What went wrong with the words, in markup: that of Slack says to try again."""
    if isinstance(error, SlackUnreachable):
        return f"Slack did not answer {line(error.method)}."
    return line(str(error), _WHY)


async def _tell(visit: Visit, message: Message) -> None:
    try:
        await visit.modal.conclude("Done", message.text)
        await visit.whisper(message)
    except OpsError as error:
        _log.error("%s was done, and nobody could be told: %s", visit.request.name, error)
