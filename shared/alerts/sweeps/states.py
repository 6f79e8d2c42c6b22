"""States that begin and end, such as a question that waits; each is remembered while it holds."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from sqlalchemy.ext.asyncio import AsyncConnection

from shared.alerts.finding import Finding, Kind
from shared.alerts.sweeps.memory import (
    LONGEST_KEY,
    Remembered,
    Scope,
    bounded_key,
    forget,
    joined,
    recall,
    remember,
)
from shared.models import OPEN, Execution

# The key of the finding that a state is over is that of its beginning with this behind it.
OVER = ":over"


@dataclass(frozen=True, slots=True)
class State:
    """A state of a subject that holds since then; `mark` tells apart several of one subject."""

    kind: Kind
    subject: str
    workflow: str
    since: datetime
    execution_id: str | None = None
    run_id: str | None = None
    schedule_id: str | None = None
    deployment: str | None = None
    mark: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The same for as long as it holds."""
        return bounded_key(joined((self.kind, self.subject, *([self.mark] if self.mark else []))))

    def belongs_to(self, run: Execution) -> bool:
        """Whether it is a state of this run; where a run id is missing, of its execution."""
        if self.execution_id != run.execution_id:
            return False
        return not (self.run_id and run.run_id) or self.run_id == run.run_id

    @property
    def value(self) -> dict[str, Any]:
        """As the store keeps it."""
        return {
            "kind": self.kind.value,
            "subject": self.subject,
            "workflow": self.workflow,
            "since": self.since.isoformat(),
            "execution_id": self.execution_id,
            "run_id": self.run_id,
            "schedule_id": self.schedule_id,
            "deployment": self.deployment,
            "mark": self.mark,
            "detail": dict(self.detail),
        }

    @classmethod
    def of(cls, value: Mapping[str, Any]) -> Self:
        """From the store."""
        kind, since = Kind(value["kind"]), datetime.fromisoformat(value["since"])
        return cls(**{**value, "kind": kind, "since": since})


@dataclass(frozen=True, slots=True)
class Over:
    """A state that has ended, when, and what more there is to say."""

    state: State
    at: datetime
    detail: Mapping[str, Any] = field(default_factory=dict)


def ended_with(run: Execution | None) -> dict[str, Any]:
    """What to say of a state whose run is over; nothing where nobody knows how it ended."""
    return {"ended": run.status} if run is not None and run.status not in OPEN else {}


async def recall_states(connection: AsyncConnection) -> dict[str, State]:
    """The states that hold now, by their keys."""
    return states_of(await recall(connection, Scope.STATE))


def states_of(rows: Mapping[str, Remembered]) -> dict[str, State]:
    """The same from rows of memory."""
    return {key: State.of(row.value) for key, row in rows.items()}


def over_with(states: Iterable[State], ended: Iterable[Execution]) -> list[Over]:
    """The states of these runs, which have ended."""
    runs: dict[str, list[Execution]] = {}
    for run in ended:
        runs.setdefault(run.execution_id, []).append(run)
    return [
        Over(state, run.end_time, {"ended": run.status})
        for state in states
        for run in runs.get(state.execution_id or "", ())
        if run.end_time is not None and state.belongs_to(run)
    ]


async def change_states(
    connection: AsyncConnection, began: Sequence[State], over: Sequence[Over], now: datetime
) -> list[Finding]:
    """Remember what began and forget what is over; what that means, in the order of times."""
    await remember(connection, Scope.STATE, {state.key: state.value for state in began}, now)
    await forget(connection, Scope.STATE, [each.state.key for each in over])
    found = [finding_of(state, now) for state in began] + [_over(each, now) for each in over]
    return sorted(found, key=lambda finding: (finding.at, finding.over, finding.key))


def finding_of(state: State, now: datetime) -> Finding:
    """The finding that it has begun, the same however often it is made."""
    return _finding(state, now, key=_key(state), at=state.since, detail=state.detail)


def _over(over: Over, now: datetime) -> Finding:
    detail = {**over.state.detail, **over.detail}
    # The two may come from different clocks.
    at = max(over.at, over.state.since)
    key = f"{_key(over.state)}{OVER}"
    return _finding(over.state, now, key=key, at=at, detail=detail, is_over=True)


def _key(state: State) -> str:
    key = joined((state.key, state.since.isoformat()))
    return bounded_key(key, LONGEST_KEY - len(OVER))


def _finding(
    state: State,
    now: datetime,
    *,
    key: str,
    at: datetime,
    detail: Mapping[str, Any],
    is_over: bool = False,
) -> Finding:
    return Finding(
        key=key,
        kind=state.kind,
        workflow=state.workflow,
        at=at,
        found_at=now,
        subject=state.subject,
        execution_id=state.execution_id,
        run_id=state.run_id,
        schedule_id=state.schedule_id,
        deployment=state.deployment,
        over=is_over,
        detail=dict(detail),
    )
