"""Where executions, steps and tasks stand, as a card or a thread shows it."""

from dataclasses import dataclass
from enum import StrEnum

from bot.render.states import emoji, word
from shared.models import ExecutionStatus, is_terminal
from shared.timeline import Picture, State


@dataclass(frozen=True, slots=True)
class Sign:
    """An emoji and the word that goes with it."""

    emoji: str
    word: str

    def __str__(self) -> str:
        return f"{self.emoji} {self.word}"


class Standing(StrEnum):
    """Where an execution stands, as a person sees it."""

    RUNNING = "running"
    RETRYING = "retrying"
    WAITING = "waiting"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    TERMINATED = "terminated"
    TIMED_OUT = "timed out"
    CONTINUED = "continued"

    @property
    def sign(self) -> Sign:
        """As it is shown."""
        return Sign(emoji(self.value), self.value)

    @property
    def ended(self) -> bool:
        """Whether nothing comes after it."""
        return self not in (self.RUNNING, self.RETRYING, self.WAITING, self.CONTINUED)


_ENDS: dict[str, Standing] = {
    status: Standing(word(status))
    for status in ExecutionStatus
    if is_terminal(status) or status == ExecutionStatus.CONTINUED_AS_NEW
}


def standing_of(picture: Picture) -> Standing:
    """Where the execution stands; an end that the API has not confirmed is none yet."""
    if picture.status in _ENDS and not is_unsettled(picture):
        return _ENDS[picture.status]
    if picture.code_error:
        return Standing.RETRYING
    return Standing.WAITING if picture.pending_inputs else Standing.RUNNING


def is_unsettled(picture: Picture) -> bool:
    """Whether only an event tells of an end: it may be false, and its steps look wrong."""
    return is_terminal(picture.status) and not picture.confirmed


def sign_of(state: State) -> Sign:
    """How a step or a task stands."""
    return Sign(emoji(state), word(state))
