"""How executions, steps and tasks stand, in a sign and a word; the sign alone never tells."""

from dataclasses import dataclass
from enum import StrEnum

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
        return Sign(_EMOJI[self], self.value)

    @property
    def ended(self) -> bool:
        """Whether nothing comes after it."""
        return self not in (self.RUNNING, self.RETRYING, self.WAITING, self.CONTINUED)


_EMOJI = {
    Standing.RUNNING: "⏳",
    Standing.RETRYING: "🔁",
    Standing.WAITING: "🟡",
    Standing.COMPLETED: "✅",
    Standing.FAILED: "❌",
    Standing.CANCELLED: "⛔",
    Standing.TERMINATED: "🛑",
    Standing.TIMED_OUT: "⏱️",
    Standing.CONTINUED: "↪️",
}
_ENDS: dict[str, Standing] = {
    ExecutionStatus.COMPLETED: Standing.COMPLETED,
    ExecutionStatus.FAILED: Standing.FAILED,
    ExecutionStatus.CANCELED: Standing.CANCELLED,
    ExecutionStatus.TERMINATED: Standing.TERMINATED,
    ExecutionStatus.TIMED_OUT: Standing.TIMED_OUT,
    ExecutionStatus.CONTINUED_AS_NEW: Standing.CONTINUED,
}
_STEPS: dict[State, Sign] = {
    State.RUNNING: Standing.RUNNING.sign,
    State.RETRYING: Standing.RETRYING.sign,
    State.COMPLETED: Standing.COMPLETED.sign,
    State.FAILED: Standing.FAILED.sign,
    State.TIMED_OUT: Standing.TIMED_OUT.sign,
    State.CANCELED: Standing.CANCELLED.sign,
    State.EXPIRED: Sign("⏱️", "not answered"),
    State.UNFINISHED: Sign("▫️", "unfinished"),
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
    return _STEPS[state]
