"""Schedules in words, and words as the API's schedules."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from shared.errors import InvalidArguments
from shared.explain import did_you_mean, sentence
from shared.results import ScheduleDetail, ScheduleRow, Started
from shared.secrets import safe_json
from shared.text import duration_words, one_line
from shared.times import parse_duration

if TYPE_CHECKING:
    from shared.models import Calendar, Range, RecentExecution, Schedule

Overlap = Literal[
    "skip", "buffer_one", "buffer_all", "cancel_other", "terminate_other", "allow_all"
]
_OVERLAPS = ("skip", "buffer_one", "buffer_all", "cancel_other", "terminate_other", "allow_all")
_FIELDS = ("second", "minute", "hour", "day_of_month", "month", "year", "day_of_week")
_RANGE = re.compile(r"(\d{1,4})(?:-(\d{1,4}))?(?:/(\d{1,4}))?")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_INPUT_LIMIT = 4_000


def overlap_number(word: str) -> int:
    """The number that the API writes for the word (those of Temporal)."""
    return _OVERLAPS.index(word) + 1


def overlap_word(number: int | None) -> str | None:
    """The word for the number of the API; an unknown number as it is."""
    if number is None:
        return None
    return _OVERLAPS[number - 1] if 1 <= number <= len(_OVERLAPS) else str(number)


def calendar(written: Mapping[str, Any]) -> dict[str, Any]:
    """A calendar of the API of one that may say `"hour": "9-17/2"`; raises InvalidArguments."""
    unknown = [name for name in written if name not in (*_FIELDS, "comment")]
    if unknown:
        name = one_line(unknown[0], 40)
        hint = did_you_mean(name, [*_FIELDS]) or f"; the fields are {', '.join(_FIELDS)}"
        raise InvalidArguments(sentence(f"{name} is not a field of a calendar{hint}"))
    return {
        name: value if name == "comment" else _ranges(name, value)
        for name, value in written.items()
    }


def schedule_row(schedule: Schedule) -> ScheduleRow:
    """The schedule in a line."""
    upcoming, recent = schedule.future_executions, schedule.recent_executions
    return ScheduleRow(
        schedule_id=schedule.schedule_id,
        workflow=schedule.workflow_name,
        paused=schedule.paused,
        times=times_words(schedule),
        next_at=upcoming[0].scheduled_at if upcoming and not schedule.paused else None,
        last_execution_id=recent[-1].execution_id if recent else None,
    )


def schedule_detail(
    schedule: Schedule, *, notes: tuple[str, ...] = (), started: RecentExecution | None = None
) -> ScheduleDetail:
    """Everything about the schedule; the next times of a paused one are those it would have."""
    policy = schedule.policy
    return ScheduleDetail(
        schedule_id=schedule.schedule_id,
        workflow=schedule.workflow_name,
        paused=schedule.paused,
        note=schedule.note,
        times=times_words(schedule),
        timezone=schedule.time_zone_name,
        start_at=schedule.start_at,
        end_at=schedule.end_at,
        jitter=schedule.jitter,
        overlap=overlap_word(policy.overlap) if policy else None,
        catchup_window_seconds=policy.catchup_window_seconds if policy else None,
        pause_on_failure=policy.pause_on_failure if policy else None,
        remaining_executions=schedule.remaining_executions,
        deployment=schedule.deployment_name,
        input=safe_json(schedule.input, _INPUT_LIMIT),
        next_times=tuple(each.scheduled_at for each in schedule.future_executions),
        recent=tuple(started_row(each) for each in schedule.recent_executions),
        started=started_row(started) if started else None,
        notes=notes,
    )


def started_row(recent: RecentExecution) -> Started:
    """An execution that the schedule started."""
    return Started(
        execution_id=recent.execution_id,
        scheduled_at=recent.scheduled_at,
        started_at=recent.started_at,
    )


def times_words(schedule: Schedule) -> str:
    """When it starts, such as `cron 0 9 * * MON-FRI (Europe/Paris)` or `every 1 h`."""
    words = [
        *(f"cron {expression}" for expression in schedule.cron_expressions),
        *(_interval_words(each.every, each.offset) for each in schedule.intervals),
        *(_calendar_words(each) for each in schedule.calendars),
    ]
    skipped = [f"not {_calendar_words(each)}" for each in schedule.skip]
    zone = f" ({schedule.time_zone_name})" if schedule.time_zone_name else ""
    return (", ".join([*words, *skipped]) or "never") + zone


def _interval_words(every: str, offset: str | None) -> str:
    return f"every {_length(every)}" + (f" from {_length(offset)}" if offset else "")


def _length(written: str) -> str:
    try:
        return duration_words(parse_duration(written).total_seconds() * 1_000)
    except ValueError:
        return written


def _calendar_words(calendar: Calendar) -> str:
    shown = {name: getattr(calendar, name) for name in _FIELDS}
    full = {"day_of_month": (1, 31), "month": (1, 12), "day_of_week": (0, 6)}
    parts = [
        f"{name}={','.join(map(_range_words, ranges))}"
        for name, ranges in shown.items()
        if ranges and not _is_default(name, ranges, full.get(name))
    ]
    return "calendar " + (" ".join(parts) or "00:00")


def _is_default(name: str, ranges: list[Range], whole: tuple[int, int] | None) -> bool:
    if len(ranges) != 1:
        return False
    only = ranges[0]
    if whole:
        return (only.start, only.end) == whole and only.step in (0, 1)
    return name == "second" and (only.start, only.end) == (0, 0)


def _range_words(part: Range) -> str:
    end = f"-{part.end}" if part.end > part.start else ""
    step = f"/{part.step}" if part.step > 1 else ""
    return f"{part.start}{end}{step}"


def _ranges(name: str, value: Any) -> list[Any]:
    if isinstance(value, list):
        return [part for each in value for part in _ranges(name, each)]
    if isinstance(value, dict):
        return [value]
    return [_range(name, part.strip()) for part in str(value).split(",")]


def _range(name: str, text: str) -> dict[str, int]:
    numbers = _day_numbers(text) if name == "day_of_week" else text
    match = _RANGE.fullmatch(numbers)
    if match is None:
        raise InvalidArguments(
            f"calendars: {name} '{one_line(text, 40)}' must be like 9, 9-17, 0-59/15 or 1,15."
        )
    start, end, step = (int(number) if number else 0 for number in match.groups())
    return {"start": start, "end": end, "step": step}


def _day_numbers(text: str) -> str:
    upper = text.upper()
    for number, day in enumerate(_DAYS):
        upper = upper.replace(day, str(number))
    return upper
