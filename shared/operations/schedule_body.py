"""Arguments of schedules as the API wants them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from shared.errors import InvalidArguments
from shared.explain import did_you_mean, sentence
from shared.operations.schedule_words import Overlap, calendar, overlap_number
from shared.text import one_line
from shared.times import iso_duration, parse_duration, parse_moment

if TYPE_CHECKING:
    from shared.models import SchedulePolicy

_TIMES = ("cron", "every", "calendars")


class Timing(Protocol):
    """The arguments that creating and updating a schedule have in common."""

    @property
    def model_fields_set(self) -> set[str]: ...
    @property
    def cron(self) -> tuple[str, ...] | None: ...
    @property
    def every(self) -> str | None: ...
    @property
    def calendars(self) -> tuple[dict[str, Any], ...] | None: ...
    @property
    def timezone(self) -> str | None: ...
    @property
    def start_at(self) -> str | None: ...
    @property
    def end_at(self) -> str | None: ...
    @property
    def jitter(self) -> str | None: ...
    @property
    def overlap(self) -> Overlap | None: ...
    @property
    def pause_on_failure(self) -> bool | None: ...
    @property
    def max_executions(self) -> int | None: ...


def times_body(given: Timing) -> dict[str, Any]:
    """All three ways to say when, or nothing where none is given.

    They go together: a server may keep a cron expression as a calendar (Temporal 1.32), so that a
    new one beside what it kept would start twice.
    """
    if not any(getattr(given, name) is not None and _is_set(given, name) for name in _TIMES):
        return {}
    every = [{"every": _iso(given.every)}] if given.every else []
    return {
        "cron_expressions": list(given.cron or ()),
        "intervals": every,
        "calendars": [calendar(each) for each in given.calendars or ()],
    }


def window_body(given: Timing, now: datetime) -> dict[str, Any]:
    """Zone, first and last time, jitter and count, each only where it is given; None clears."""
    _check_timezone(given.timezone)
    names: dict[str, tuple[str, Callable[[Any], Any]]] = {
        "timezone": ("time_zone_name", str),
        "start_at": ("start_at", lambda text: parse_moment(text, now).isoformat()),
        "end_at": ("end_at", lambda text: parse_moment(text, now).isoformat()),
        "jitter": ("jitter", _iso),
        "max_executions": ("max_executions", int),
    }
    return {
        theirs: None if getattr(given, ours) is None else convert(getattr(given, ours))
        for ours, (theirs, convert) in names.items()
        if _is_set(given, ours)
    }


def policy_body(given: Timing, present: SchedulePolicy | None) -> dict[str, Any]:
    """The whole policy where a part of it is given: the API sets what is left out to defaults."""
    changes: dict[str, Any] = {}
    if given.overlap is not None:
        changes["overlap"] = overlap_number(given.overlap)
    if given.pause_on_failure is not None:
        changes["pause_on_failure"] = given.pause_on_failure
    if not changes:
        return {}
    kept = present.model_dump(exclude_none=True) if present else {}
    return {"policy": kept | changes}


def check_times(body: dict[str, Any]) -> None:
    """Pass a body that names at least one time, or raise InvalidArguments."""
    if not any(body.get(name) for name in ("cron_expressions", "intervals", "calendars")):
        raise InvalidArguments(
            "Say when it starts: cron='0 9 * * MON-FRI', every='1h' or calendars."
        )


def _check_timezone(name: str | None) -> None:
    from zoneinfo import available_timezones

    known = available_timezones()
    if name is None or not known or name in known:
        return
    hint = did_you_mean(name, sorted(known)) or ", use a name such as Europe/Paris"
    raise InvalidArguments(sentence(f"There is no time zone '{one_line(name, 60)}'{hint}"))


def _is_set(given: Timing, name: str) -> bool:
    return name in given.model_fields_set


def _iso(written: str) -> str:
    return iso_duration(parse_duration(written))
