"""What the sweeps find: something happened, or a state that deserves attention began or ended."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What can be found, in the words that people write in a subscription."""

    FAILED = "failed"
    TIMED_OUT = "timed_out"
    TERMINATED = "terminated"
    CANCELLED = "cancelled"
    COMPLETED = "completed"
    RECOVERED = "recovered"
    """The first execution to complete after one of its workflow failed or timed out; there is one
    for each deployment, since a subscription may be about some of them."""
    WAITING = "waiting"
    """An execution waits for a person's input."""
    SLOW = "slow"
    """An execution runs longer than a bound of a subscription."""
    RETRYING = "retrying"
    """A step of an execution, or its code, fails again and again."""
    SCHEDULE_PAUSED = "schedule_paused"
    SCHEDULE_MISSED = "schedule_missed"
    """The time of a schedule passed, and nothing was started."""
    SCHEDULE_FAILING = "schedule_failing"
    """Several executions of a schedule in a row did not complete."""

    @property
    def is_end(self) -> bool:
        """Whether it tells how a run ended."""
        return self in _ENDS

    @property
    def is_state(self) -> bool:
        """Whether it begins and ends; the others happen."""
        return self not in _ENDS

    @property
    def goes_on(self) -> bool:
        """Whether it lasts until it is over; the others happened, and that is all."""
        return self.is_state or self.is_trouble

    @property
    def is_trouble(self) -> bool:
        """Whether a later completed execution of the workflow means that it recovered."""
        return self in TROUBLE


HANDED_TO = "handed_to"
HANDED_KEY = "handed_key"
TROUBLE = frozenset({Kind.FAILED, Kind.TIMED_OUT})
_ENDS = frozenset(
    {
        Kind.FAILED,
        Kind.TIMED_OUT,
        Kind.TERMINATED,
        Kind.CANCELLED,
        Kind.COMPLETED,
        Kind.RECOVERED,
    }
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One fact, the same however often it is found: `key` is unique.

    `subject` names what it is about: an execution id (a task id too, for a question), or a
    schedule id. `over` says that a state of this subject that began before has ended. `at` is when
    it happened, `found_at` when we saw it; `late` says that nobody looked in between.
    `detail` may hold: duration_ms, label, task_id, attempts, step, error, stuck, bound_seconds,
    bound_medians, running_ms, median_ms, started_at, parent_execution_id, next_at, failures, note,
    gap (of a late one: from when to when nothing was looked at), deployments (of a recovery: how
    those of its workflow were doing before it, the latest first), handed_to (of a state that held
    already when a subscription asked for it: which one, as nobody else is to hear of it again).
    """

    key: str
    kind: Kind
    workflow: str
    at: datetime
    found_at: datetime
    subject: str
    execution_id: str | None = None
    run_id: str | None = None
    schedule_id: str | None = None
    deployment: str | None = None
    over: bool = False
    late: bool = False
    detail: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_handed_over(self) -> bool:
        """Whether it is for one subscription, which asked when it held already."""
        return HANDED_TO in self.detail

    def is_handed_to(self, subscription_id: str) -> bool:
        """Whether it is for this one."""
        return bool(self.detail.get(HANDED_TO) == subscription_id)
