"""Whether a time of a schedule passed and nothing was started, with every benefit of the doubt."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from shared.alerts.sweeps.reader import Reader
from shared.alerts.sweeps.seen_schedule import SeenSchedule, jitter_of, times_digest

if TYPE_CHECKING:
    from shared.models import RecentExecution, Schedule

_ABOUT = timedelta(seconds=1)
# The API lists so many of the executions that a schedule started last.
_RECENT = 10
# Under these an execution that still runs does not keep the next one from starting: cancel the
# other, terminate it, allow all.
_UNHINDERED = (4, 5, 6)


def is_overdue(schedule: Schedule, seen: SeenSchedule, now: datetime, grace: float) -> bool:
    """Whether its time passed, and not only just."""
    if seen.next_at is None:
        return False
    return now > seen.next_at + jitter_of(schedule) + timedelta(seconds=grace)


def was_kept(schedule: Schedule, at: datetime) -> bool:
    """Whether it started an execution for that time."""
    longest = jitter_of(schedule) + _ABOUT
    return any(abs(each.scheduled_at - at) <= longest for each in schedule.recent_executions)


def goes_on(schedule: Schedule, at: datetime) -> bool:
    """Whether it started an execution for that time or for a later one."""
    return any(each.scheduled_at >= at - _ABOUT for each in schedule.recent_executions)


async def was_missed(reader: Reader, seen: SeenSchedule, schedule_id: str) -> bool:
    """Whether the schedule, as it is now, has no excuse for the time it was to keep."""
    schedule = await reader.schedule(schedule_id)
    at = seen.next_at
    if schedule is None or at is None or _is_excused(schedule, seen, at):
        return False
    return not await _was_hindered(reader, schedule, at)


def _is_excused(schedule: Schedule, seen: SeenSchedule, at: datetime) -> bool:
    return (
        schedule.paused
        or times_digest(schedule) != seen.times
        or was_kept(schedule, at)
        or schedule.remaining_executions == 0
        or (schedule.end_at is not None and schedule.end_at <= at)
        or _is_beyond_sight(schedule, at)
    )


def _is_beyond_sight(schedule: Schedule, at: datetime) -> bool:
    recent = schedule.recent_executions
    return len(recent) >= _RECENT and all(each.scheduled_at > at for each in recent)


async def _was_hindered(reader: Reader, schedule: Schedule, at: datetime) -> bool:
    """Whether an earlier execution still ran at that time: by default the next one is skipped."""
    if schedule.policy is not None and schedule.policy.overlap in _UNHINDERED:
        return False
    before = [each for each in schedule.recent_executions if each.started_at <= at]
    return bool(before) and await _ran_at(reader, before[-1], at)


async def _ran_at(reader: Reader, recent: RecentExecution, at: datetime) -> bool:
    execution = await reader.execution(recent.execution_id)
    if execution is None:
        return False
    return execution.end_time is None or execution.end_time >= at
