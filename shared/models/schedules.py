"""Schedules as they are read, created and changed."""

from typing import Any, ClassVar

from pydantic import Field

from shared.models.wire import Many, Moment, Sent, Wire


class Range(Sent):
    """`start` to `end`, both included, by `step`; 0 stands for `start` and for 1."""

    start: int
    end: int = 0
    step: int = 0


class Calendar(Sent):
    """Times by clock and calendar, day_of_week 0 is Sunday; an empty list matches nothing."""

    nullable: ClassVar[frozenset[str]] = frozenset({"comment"})

    second: list[Range] | None = None
    minute: list[Range] | None = None
    hour: list[Range] | None = None
    day_of_month: list[Range] | None = None
    month: list[Range] | None = None
    year: list[Range] | None = None
    day_of_week: list[Range] | None = None
    comment: str | None = None


class Interval(Sent):
    """Times at epoch + n * `every` + `offset`, both as text such as PT1H."""

    nullable: ClassVar[frozenset[str]] = frozenset({"offset"})

    every: str
    offset: str | None = None


class SchedulePolicy(Sent):
    """`overlap` 1 to 6: skip, buffer one, buffer all, cancel other, terminate other, allow all."""

    catchup_window_seconds: int = 31_536_000
    overlap: int | None = None
    pause_on_failure: bool = False


class ScheduleChanges(Sent):
    """Changes to a schedule: fields that are present are applied, a policy as a whole."""

    nullable: ClassVar[frozenset[str]] = frozenset(
        {"start_at", "end_at", "jitter", "time_zone_name", "max_executions"}
    )

    input: Any = None
    calendars: list[Calendar] | None = None
    intervals: list[Interval] | None = None
    cron_expressions: list[str] | None = None
    skip: list[Calendar] | None = None
    start_at: Moment | None = None
    end_at: Moment | None = None
    jitter: str | None = None
    time_zone_name: str | None = None
    policy: SchedulePolicy | None = None
    max_executions: int | None = None


class ScheduleDefinition(ScheduleChanges):
    """A new schedule: (calendars, intervals and cron expressions) minus `skip`."""

    nullable: ClassVar[frozenset[str]] = ScheduleChanges.nullable | {"input", "schedule_id"}

    input: Any
    schedule_id: str | None = None


class FutureExecution(Wire):
    """A time at which a schedule will start an execution."""

    scheduled_at: Moment


class RecentExecution(Wire):
    """An execution that a schedule started."""

    scheduled_at: Moment
    started_at: Moment
    execution_id: str


class Schedule(Wire):
    """A schedule; `future_executions` earliest first, `recent_executions` newest last."""

    schedule_id: str
    workflow_name: str
    paused: bool
    input: Any = None
    calendars: Many[Calendar] = Field(default_factory=list)
    intervals: Many[Interval] = Field(default_factory=list)
    cron_expressions: Many[str] = Field(default_factory=list)
    skip: Many[Calendar] = Field(default_factory=list)
    start_at: Moment | None = None
    end_at: Moment | None = None
    jitter: str | None = None
    time_zone_name: str | None = None
    policy: SchedulePolicy | None = None
    remaining_executions: int | None = None
    deployment_name: str | None = None
    note: str | None = None
    future_executions: Many[FutureExecution] = Field(default_factory=list)
    recent_executions: Many[RecentExecution] = Field(default_factory=list)


class SchedulePage(Wire):
    """A page of schedules."""

    schedules: Many[Schedule]
    next_page_token: str | None = None
