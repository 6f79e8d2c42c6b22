"""One thing that happened, as its alert shows it."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from shared.alerts.finding import Kind
from shared.alerts.gap import Gap


class Occurrence(BaseModel):
    """A finding that a subscription took, with what was read about it; the store keeps it so.

    `key` is that of the finding, `number` its place among those of its alert. `bound` says in words
    what a slow execution passed, `label` what a waiting one asks, `note` what is not sure about it,
    `gap` for how long nobody had looked when it was found `late`.
    """

    # A replica of an earlier release may read what a later one wrote.
    model_config = ConfigDict(frozen=True, extra="ignore")

    kind: Kind
    workflow: str
    subject: str
    at: datetime
    key: str = ""
    number: int = 0
    execution_id: str | None = None
    run_id: str | None = None
    schedule_id: str | None = None
    task_id: str | None = None
    deployment: str | None = None
    step: str | None = None
    error: str | None = None
    label: str | None = None
    bound: str | None = None
    attempts: int | None = None
    failures: int | None = None
    duration_ms: int | None = None
    next_at: datetime | None = None
    late: bool = False
    gap: Gap | None = None
    note: str | None = None
