"""A subscription read from what people write, and written in their words again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time
from typing import TYPE_CHECKING, Any

from shared.alerts.finding import Kind
from shared.alerts.wanted import Label, Quiet, Wanted
from shared.errors import InvalidArguments
from shared.text import duration_words, one_line
from shared.times import parse_duration

if TYPE_CHECKING:
    from shared.operations.alerts import Filter

_DIGEST = "15m"
_SLOW = "3x"
DEFAULT_GROUPS: tuple[Label, ...] = ("workflow", "kind", "error")
SCHEDULES = frozenset({Kind.SCHEDULE_PAUSED, Kind.SCHEDULE_MISSED, Kind.SCHEDULE_FAILING})
_STATUSES = (Kind.FAILED, Kind.TIMED_OUT, Kind.TERMINATED, Kind.CANCELLED, Kind.COMPLETED)
_OCCASIONS = {
    "recovered": frozenset({Kind.RECOVERED}),
    "waiting": frozenset({Kind.WAITING}),
    "slow": frozenset({Kind.SLOW}),
    "retrying": frozenset({Kind.RETRYING}),
    "schedules": SCHEDULES,
}
_ENDED = {
    Kind.FAILED: "failed",
    Kind.TIMED_OUT: "timed out",
    Kind.TERMINATED: "were terminated",
    Kind.CANCELLED: "were cancelled",
    Kind.COMPLETED: "completed",
    Kind.RECOVERED: "completed after a failure",
    Kind.WAITING: "wait for input",
    Kind.RETRYING: "fail and are retried again and again",
}


def read_wanted(params: Filter) -> Wanted:
    """What the arguments ask for; raises InvalidArguments where they contradict each other."""
    kinds = _kinds(params)
    mode, _, window = (params.mode or "card").partition(":")
    slower = params.slower_than or (_SLOW if Kind.SLOW in kinds else None)
    _refuse_contradictions(params, kinds)
    return Wanted(
        workflows=params.workflow,
        kinds=kinds,
        errors=params.error,
        deployments=params.deployment,
        tags=params.tags,
        search_keys=params.search_key,
        min_duration_seconds=_seconds(params.min_duration),
        slower_than_seconds=None if slower is None or slower.endswith("x") else _seconds(slower),
        slower_than_medians=float(slower[:-1]) if slower and slower.endswith("x") else None,
        first_only="first" in params.when,
        mode=mode,
        digest_seconds=_seconds(window or _DIGEST) if mode == "digest" else None,
        group_by=tuple(dict.fromkeys(params.group_by)) or DEFAULT_GROUPS,
        repeat_seconds=None if params.repeat == "off" else _seconds(params.repeat),
        mention=params.mention,
        quiet=_quiet(params),
        broadcast=params.broadcast,
    )


def written(wanted: Wanted) -> dict[str, Any]:
    """The arguments that read as this, without those that go without saying."""
    found: dict[str, Any] = {
        "workflow": list(wanted.workflows),
        "status": [str(kind) for kind in _STATUSES if kind in wanted.kinds],
        "when": list(_occasions(wanted)),
        "error": wanted.errors,
        "min_duration": _short(wanted.min_duration_seconds),
        "slower_than": _bound(wanted),
        "deployment": list(wanted.deployments),
        "tags": list(wanted.tags),
        "search_key": list(wanted.search_keys),
        "mode": f"digest:{_short(wanted.digest_seconds)}" if wanted.digest_seconds else wanted.mode,
        "group_by": list(wanted.group_by),
        "repeat": _short(wanted.repeat_seconds) or "off",
        "mention": wanted.mention,
        "quiet": wanted.quiet and f"{wanted.quiet.since:%H:%M}-{wanted.quiet.until:%H:%M}",
        "zone": wanted.quiet.zone if wanted.quiet else None,
        "broadcast": wanted.broadcast or None,
    }
    return {name: value for name, value in found.items() if value not in (None, [])}


def describe(wanted: Wanted) -> str:
    """The filter as it was understood, in one line."""
    return "; ".join(_sentences(wanted))


def manner_words(wanted: Wanted) -> str:
    """How it tells, in one line."""
    return ", ".join(_manners(wanted))


def _kinds(params: Filter) -> frozenset[Kind]:
    asked = {*params.when, *(("slow",) if params.slower_than else ())}
    own = frozenset().union(*(_OCCASIONS[each] for each in asked if each != "first"))
    # What somebody names is all they get: nothing joins it in silence.
    ends = params.status or (("failed", "timed_out") if not own or "first" in asked else ())
    return own | {Kind(each) for each in ends}


def _refuse_contradictions(params: Filter, kinds: frozenset[Kind]) -> None:
    if "first" in params.when and not any(kind.is_trouble for kind in kinds):
        raise InvalidArguments("when=first needs status=failed or timed_out: the first of those.")
    if params.min_duration and not any(kind.is_end for kind in kinds):
        raise InvalidArguments(
            "min_duration is about executions that ended, and none are asked for. "
            "For those that still run give slower_than."
        )
    if params.error and not kinds & WITH_ERROR:
        raise InvalidArguments("error needs status=failed, or when=retrying: others have no error.")
    if params.zone is not None and params.quiet is None:
        raise InvalidArguments("zone is about quiet hours; give quiet=22-07 too.")


WITH_ERROR = frozenset(
    {Kind.FAILED, Kind.TIMED_OUT, Kind.TERMINATED, Kind.CANCELLED, Kind.RETRYING}
)


def _seconds(text: str | None) -> float | None:
    return None if text is None else parse_duration(text).total_seconds()


def _quiet(params: Filter) -> Quiet | None:
    if params.quiet is None:
        return None
    since, until = (_clock(part) for part in params.quiet.replace("\u2013", "-").split("-"))
    if since == until:
        raise InvalidArguments("quiet would last the whole day; mute the subscription instead.")
    return Quiet(since=since, until=until, zone=params.zone or "UTC")


def _clock(text: str) -> time:
    hour, _, minute = text.strip().partition(":")
    return time(int(hour), int(minute or 0))


def _occasions(wanted: Wanted) -> Iterator[str]:
    if wanted.first_only:
        yield "first"
    yield from (name for name, kinds in _OCCASIONS.items() if kinds & wanted.kinds)


def _short(seconds: float | None) -> str | None:
    if seconds is None:
        return None
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds % size == 0:
            return f"{int(seconds // size)}{unit}"
    return f"{seconds:.3f}".rstrip("0").rstrip(".") + "s"


def _bound(wanted: Wanted) -> str | None:
    if wanted.slower_than_medians is not None:
        return f"{wanted.slower_than_medians:g}x"
    return _short(wanted.slower_than_seconds)


def _sentences(wanted: Wanted) -> Iterator[str]:
    of = f" of {_any(wanted.workflows)}" if wanted.workflows else " of any workflow"
    acts = [words for kind, words in _ENDED.items() if kind in wanted.kinds]
    if Kind.SLOW in wanted.kinds:
        acts.append(f"run longer than {_slow_words(wanted)}")
    if acts:
        yield f"executions{of} that {_or(acts)}"
    if wanted.kinds & SCHEDULES:
        yield f"schedules{of} that are paused, miss a time or keep failing"
    if wanted.first_only:
        yield "only the first failure until the workflow recovers"
    yield from _conditions(wanted)


def _conditions(wanted: Wanted) -> Iterator[str]:
    if wanted.errors:
        yield f"error matching /{one_line(wanted.errors, 200)}/"
    if wanted.min_duration_seconds is not None:
        yield f"at least {_span(wanted.min_duration_seconds)} long"
    if wanted.deployments:
        yield f"deployment {_any(wanted.deployments)}"
    if wanted.tags:
        yield f"workflow tagged {_all(wanted.tags)}"
    if wanted.search_keys:
        yield f"search key {_all(wanted.search_keys)}"


def _slow_words(wanted: Wanted) -> str:
    if wanted.slower_than_medians is not None:
        return f"{wanted.slower_than_medians:g}x the usual"
    return _span(wanted.slower_than_seconds or 0)


def _manners(wanted: Wanted) -> Iterator[str]:
    per = _and([str(label) for label in wanted.group_by])
    if wanted.mode == "digest":
        yield f"a digest every {_span(wanted.digest_seconds or 0)}, grouped by {per}"
    else:
        day = "one message a day, and in its thread " if wanted.mode == "thread" else ""
        yield f"{day}a message per {per}"
    # Nobody is reminded of what merely happened.
    if any(kind.goes_on for kind in wanted.kinds):
        yield _repeat_words(wanted)
    if wanted.mention:
        yield f"mentions {one_line(wanted.mention, 100)}"
    if wanted.quiet:
        hours = f"{wanted.quiet.since:%H:%M}-{wanted.quiet.until:%H:%M}"
        yield f"quiet {hours} {wanted.quiet.zone}"
    if wanted.broadcast:
        yield "also to the channel from threads"


def _repeat_words(wanted: Wanted) -> str:
    if wanted.repeat_seconds is None:
        return "no reminders"
    every = _span(wanted.repeat_seconds)
    if wanted.mode == "digest":
        return f"what still fires listed again every {every}"
    return f"reminder every {every}"


def _span(seconds: float) -> str:
    return duration_words(seconds * 1_000)


def _any(values: tuple[str, ...]) -> str:
    return _or([one_line(value, 80) for value in values])


def _all(values: tuple[str, ...]) -> str:
    return _and([one_line(value, 80) for value in values])


def _or(words: list[str]) -> str:
    return _listed(words, "or")


def _and(words: list[str]) -> str:
    return _listed(words, "and")


def _listed(words: list[str], last: str) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"
