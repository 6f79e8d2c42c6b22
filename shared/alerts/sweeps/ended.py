"""What ended runs mean: how they ended, and whether their workflow recovered. Nothing is read."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from typing import Any

from shared.alerts.finding import TROUBLE, Finding, Kind
from shared.alerts.sweeps.health import End, Health, Identity, Outcome, Outcomes
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
    runs: Iterable[Execution], health: Mapping[str, Health], found_at: datetime
) -> list[Finding]:
    """What these runs mean for alerts, given how their workflows were doing."""
    return read_ends(runs, health, found_at).findings


def read_ends(
    runs: Iterable[Execution],
    health: Mapping[str, Health],
    found_at: datetime,
    resets: Collection[Identity] = (),
    again: datetime | None = None,
) -> Ended:
    """The same with what is to be remembered.

    Runs that a reset terminated, `resets`, go on as other runs and mean nothing; so do runs that
    are known already, except those that ended since `again`.
    """
    listed = _once(runs)
    changed: dict[str, Health] = {}
    findings: list[Finding] = []
    new: list[Execution] = []
    for workflow in sorted({run.workflow_name for run in listed}):
        before = health.get(workflow, _NOBODY)
        known = before.known
        own = [run for run in listed if run.workflow_name == workflow]
        fresh = [run for run in own if identity_of(run) not in known]
        after = before.with_ends([end_of(run) for run in fresh])
        unknown = {identity_of(run) for run in fresh}
        told = [run for run in own if identity_of(run) in unknown or _is_since(run.end_time, again)]
        findings += [_finding(run, found_at) for run in told if _means(run, resets)]
        findings += _recoveries(workflow, before, after, found_at, again)
        if fresh:
            changed[workflow] = after
        new += fresh
    findings.sort(key=lambda finding: (finding.at, finding.kind is Kind.RECOVERED, finding.key))
    return Ended(findings, changed, new)


def told_ends(
    runs: Iterable[Execution], health: Mapping[str, Health], again: datetime | None = None
) -> list[Execution]:
    """Each ended run that is not known yet, or ended since then, once, in the order of the ends."""
    known = {name: each.known for name, each in health.items()}
    return [
        run
        for run in _once(runs)
        if _is_since(run.end_time, again)
        or identity_of(run) not in known.get(run.workflow_name, frozenset())
    ]


def _once(runs: Iterable[Execution]) -> list[Execution]:
    found = {identity_of(run): run for run in runs if has_end(run)}
    return sorted(found.values(), key=lambda run: end_of(run).place)


def _is_since(at: datetime | None, again: datetime | None) -> bool:
    return again is not None and at is not None and at >= again


def _means(run: Execution, resets: Collection[Identity]) -> bool:
    return run.status in _KINDS and identity_of(run) not in resets


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
    workflow: str, before: Health, after: Health, found_at: datetime, again: datetime | None
) -> Iterator[Finding]:
    told = {end.identity for end in before.ends if end.told and not _is_since(end.at, again)}
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
                detail=_recovery_detail(end, after.until(end)),
            )


def _recovery_detail(end: End, doing: Outcomes) -> dict[str, Any]:
    detail: dict[str, Any] = {} if end.duration_ms is None else {"duration_ms": end.duration_ms}
    if doing.keys() == {end.deployment}:
        return detail
    latest = [[name, outcome.value] for name, outcome in [*doing.items()][::-1]]
    return {**detail, "deployments": latest}


def _outcome(status: str | None) -> Outcome:
    kind = _KINDS.get(status or "")
    if kind is Kind.COMPLETED:
        return Outcome.GOOD
    return Outcome.BAD if kind in TROUBLE else Outcome.NEITHER


def duration_of(run: Execution) -> int | None:
    """How long it ran, in milliseconds, where that is known."""
    if run.total_duration_ms is not None and isfinite(run.total_duration_ms):
        return round(run.total_duration_ms)
    if run.end_time is None or run.end_time == run.start_time:
        return None  # it does not say when it started
    return round((run.end_time - run.start_time).total_seconds() * 1_000)
