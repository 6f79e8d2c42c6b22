"""What is kept of a finding: enough to tell people of it without reading anything again."""

from datetime import datetime
from typing import Any

from pydantic import ValidationError

from shared.alerts.details import Details
from shared.alerts.finding import Finding
from shared.alerts.gap import Gap
from shared.alerts.matching import error_of
from shared.alerts.occurrence import Occurrence
from shared.secrets import redact_text
from shared.text import clean, duration_words, one_line, truncate

_ERROR = 600
_LINE = 200


def occurrence_of(finding: Finding, details: Details, note: str | None = None) -> Occurrence:
    """The finding as its alert shows it; text from outside is clean, bounded, without secrets."""
    detail = finding.detail
    error = error_of(finding, details)
    return Occurrence(
        kind=finding.kind,
        workflow=finding.workflow,
        subject=finding.subject,
        at=finding.at,
        key=finding.key,
        execution_id=finding.execution_id,
        run_id=finding.run_id,
        schedule_id=finding.schedule_id,
        task_id=_text(detail.get("task_id"), 300),
        deployment=finding.deployment,
        step=_line(detail.get("step") or details.step),
        error=truncate(redact_text(clean(str(error))), _ERROR) if error else None,
        label=_line(detail.get("label")),
        bound=_bound(finding),
        attempts=_number(detail.get("attempts")) or details.attempts,
        failures=_number(detail.get("failures")),
        duration_ms=_number(detail.get("duration_ms") or detail.get("running_ms")),
        next_at=_moment(detail.get("next_at")),
        late=finding.late,
        gap=_gap(detail.get("gap")),
        note=_line(note or details.note or detail.get("note")),
    )


def _bound(finding: Finding) -> str | None:
    seconds, medians = (finding.detail.get(name) for name in ("bound_seconds", "bound_medians"))
    if isinstance(seconds, int | float):
        return duration_words(seconds * 1_000)
    if not isinstance(medians, int | float):
        return None
    median = finding.detail.get("median_ms")
    usual = f" ({duration_words(median)})" if isinstance(median, int | float) else ""
    return f"{medians:g}x the usual{usual}"


def _line(value: Any) -> str | None:
    return one_line(redact_text(clean(str(value))), _LINE) if value else None


def _text(value: Any, limit: int) -> str | None:
    return clean(str(value))[:limit] if value else None


def _number(value: Any) -> int | None:
    return round(value) if isinstance(value, int | float) else None


def _gap(value: Any) -> Gap | None:
    try:
        return Gap.model_validate(value) if value else None
    except ValidationError:
        return None


def _moment(value: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
