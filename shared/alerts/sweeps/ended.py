"""What ended runs mean: how they ended, and whether their workflow recovered. Nothing is read."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.alerts.finding import TROUBLE, Finding, Kind
from shared.alerts.sweeps.health import End, Health, Identity, Outcome
from shared.alerts.sweeps.memory import joined
from shared.models import Execution, ExecutionStatus, is_terminal

_KINDS: dict[str, Kind] = {
    ExecutionStatus.FAILED: Kind.FAILED,
    ExecutionStatus.TIMED_OUT: Kind.TIMED_OUT,
    ExecutionStatus.TERMINATED: Kind.TERMINATED,
    ExecutionStatus.CANCELED: Kind.CANCELLED,
    ExecutionStatus.COMPLETED: Kind.COMPLETED,
}
_NOBODY = Health()


@dataclass(frozen=True, slots=True)
class Ended:
    """The findings in the order of the ends, and the health of the workflows they are about."""

    findings: list[Finding]
    health: dict[str, Health]
    new: list[Execution]


def ended_findings(
    runs: Iterable[Execution],
    health: Mapping[str, Health],
    found_at: datetime,
    resets: Collection[Identity] = (),
) -> list[Finding]:
    """What these runs mean for alerts, given how their workflows were doing.

    Runs that a reset terminated, `resets`, go on as other runs and mean nothing.
    """
    return read_ends(runs, health, found_at, resets).findings


def read_ends(
    runs: Iterable[Execution],
    health: Mapping[str, Health],
    found_at: datetime,
    resets: Collection[Identity] = (),
) -> Ended:
    """The same with what is to be remembered; runs that are known already mean nothing."""
    fresh = fresh_ends(runs, health)
    changed: dict[str, Health] = {}
    findings: list[Finding] = []
    for workflow in sorted({run.workflow_name for run in fresh}):
        own = [run for run in fresh if run.workflow_name == workflow]
        before = health.get(workflow, _NOBODY)
        after = before.with_ends([end_of(run) for run in own])
        changed[workflow] = after
        told = (run for run in own if run.status in _KINDS and identity_of(run) not in resets)
        findings += (_finding(run, found_at) for run in told)
        findings += _recoveries(workflow, before, after, found_at)
    findings.sort(key=lambda finding: (finding.at, finding.kind is Kind.RECOVERED, finding.key))
    return Ended(findings, changed, fresh)


def fresh_ends(runs: Iterable[Execution], health: Mapping[str, Health]) -> list[Execution]:
    """Each ended run that is not known yet, once, in the order of the ends."""
    found = {identity_of(run): run for run in runs if has_end(run)}
    known = {name: each.known for name, each in health.items()}
    fresh = [
        run
        for identity, run in found.items()
        if identity not in known.get(run.workflow_name, frozenset())
    ]
    return sorted(fresh, key=lambda run: end_of(run).place)


def identity_of(run: Execution) -> Identity:
    """The same for an ended run however often it is listed."""
    return end_of(run).identity


def end_of(run: Execution) -> End:
    """The end of a run, as it is remembered."""
    assert run.end_time is not None
    return End(
        run.end_time,
        run.execution_id,
        run.run_id,
        _outcome(run.status),
        duration_of(run),
        run.deployment_name,
    )


def has_end(run: Execution) -> bool:
    """Whether it is over and says when; a list may hold others in spite of its filter."""
    return run.end_time is not None and is_terminal(run.status)


def _finding(run: Execution, found_at: datetime) -> Finding:
    end = end_of(run)
    kind = _KINDS[run.status or ""]
    return Finding(
        key=joined((kind, *end.identity)),
        kind=kind,
        workflow=run.workflow_name,
        at=end.at,
        found_at=found_at,
        subject=run.execution_id,
        execution_id=run.execution_id,
        run_id=run.run_id,
        deployment=run.deployment_name,
        detail=_detail(run),
    )


def _detail(run: Execution) -> dict[str, Any]:
    detail: dict[str, Any] = {
        "duration_ms": duration_of(run),
        "started_at": run.start_time.isoformat(),
        "parent_execution_id": run.parent_execution_id,
    }
    return {name: value for name, value in detail.items() if value is not None}


def _recoveries(
    workflow: str, before: Health, after: Health, found_at: datetime
) -> Iterable[Finding]:
    told = {end.identity for end in before.ends if end.told}
    for end in after.ends:
        if end.told and end.identity not in told:
            yield Finding(
                key=joined((Kind.RECOVERED, *end.identity)),
                kind=Kind.RECOVERED,
                workflow=workflow,
                at=end.at,
                found_at=found_at,
                subject=end.execution_id,
                execution_id=end.execution_id,
                run_id=end.run_id,
                deployment=end.deployment,
                detail={} if end.duration_ms is None else {"duration_ms": end.duration_ms},
            )


def _outcome(status: str | None) -> Outcome:
    kind = _KINDS.get(status or "")
    if kind is Kind.COMPLETED:
        return Outcome.GOOD
    return Outcome.BAD if kind in TROUBLE else Outcome.NEITHER


def duration_of(run: Execution) -> int | None:
    """How long it ran, in milliseconds."""
    if run.total_duration_ms is not None:
        return round(run.total_duration_ms)
    if run.end_time is None:
        return None
    return round((run.end_time - run.start_time).total_seconds() * 1_000)
