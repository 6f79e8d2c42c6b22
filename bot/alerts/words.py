"""How each kind of finding is called in an alert: a sign and words, never the colour alone."""

from dataclasses import dataclass

from bot.mrkdwn import date, line
from shared.alerts.finding import Kind
from shared.alerts.gap import Gap


@dataclass(frozen=True, slots=True)
class Said:
    """`told` follows the name of the workflow, `short` stands alone."""

    sign: str
    told: str
    short: str


_SAID = {
    Kind.FAILED: Said("❌", "failed", "failed"),
    Kind.TIMED_OUT: Said("⏱️", "timed out", "timed out"),
    Kind.TERMINATED: Said("🛑", "was terminated", "terminated"),
    Kind.CANCELLED: Said("⛔", "was cancelled", "cancelled"),
    Kind.COMPLETED: Said("✅", "completed", "completed"),
    Kind.RECOVERED: Said("✅", "completed again after a failure", "recovered"),
    Kind.WAITING: Said("🟡", "waits for an answer", "waiting"),
    Kind.SLOW: Said("🐌", "runs longer than it should", "slow"),
    Kind.RETRYING: Said("🔁", "keeps failing and is tried again", "retrying"),
    Kind.SCHEDULE_PAUSED: Said("⏸️", "has a paused schedule", "schedule paused"),
    Kind.SCHEDULE_MISSED: Said("📭", "was not started by its schedule", "schedule missed"),
    Kind.SCHEDULE_FAILING: Said("❌", "keeps failing on its schedule", "schedule failing"),
}


def said(kind: Kind) -> Said:
    """The words of a kind."""
    return _SAID[kind]


def lateness(gap: Gap) -> str:
    """That something was found late: from when to when nobody looked, and why if that is known."""
    since, until = date(gap.since), date(gap.until) if gap.until else "now"
    why = f" ({line(gap.cause, 100)})" if gap.cause else ""
    return f"found late: nothing was looked at from {since} to {until}{why}"


def times(count: int) -> str:
    """How often, as a person on call reads it at a glance."""
    return f"×{count:,}"  # noqa: RUF001
