"""When an alert may speak: quiet hours, mutes, digest windows and reminders."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from shared.alerts.wanted import Quiet, Wanted

if TYPE_CHECKING:
    from shared.alerts.groups import Group


def quiet_until(quiet: Quiet | None, now: datetime) -> datetime | None:
    """The end of the quiet hours that `now` lies in; None outside of them."""
    if quiet is None or quiet.since == quiet.until:
        return None
    zone = ZoneInfo(quiet.zone)
    local = now.astimezone(zone)
    clock = local.timetz().replace(tzinfo=None)
    over_night = quiet.since > quiet.until
    before, after = clock < quiet.until, clock >= quiet.since
    if not (before or after if over_night else before and after):
        return None
    day = local.date() + timedelta(days=1 if over_night and after else 0)
    return datetime.combine(day, quiet.until, zone).astimezone(UTC)


def window_start(seconds: float, moment: datetime) -> datetime:
    """The beginning of the digest window that a time lies in; windows stand by the clock."""
    return datetime.fromtimestamp(math.floor(moment.timestamp() / seconds) * seconds, UTC)


def window_end(seconds: float, moment: datetime) -> datetime:
    """The end of the digest window that a time lies in."""
    return window_start(seconds, moment) + timedelta(seconds=seconds)


def held_until(
    group: Group, wanted: Wanted, muted_until: datetime | None, now: datetime
) -> datetime | None:
    """Until when nothing new may be posted about it: mutes, and quiet hours; None: it may be now.

    `muted_until` is that of its subscription. What is posted already may be edited all the same.
    """
    ends = (muted_until, group.muted_until, quiet_until(wanted.quiet, now))
    return max((end for end in ends if end is not None and end > now), default=None)


def is_muted(group: Group, muted_until: datetime | None, now: datetime) -> bool:
    """Whether it, or its subscription, is muted now."""
    return group.is_muted(now) or (muted_until is not None and muted_until > now)


def reminder_due(group: Group, wanted: Wanted, now: datetime) -> bool:
    """Whether people should hear again that it goes on."""
    return (
        group.is_firing
        and group.kind.goes_on
        and group.was_shown
        and not group.is_quiet
        and periods(group, wanted, now) > group.reminders
    )


def next_reminder(group: Group, wanted: Wanted, now: datetime) -> datetime | None:
    """When the next reminder is due; None where none will be."""
    if wanted.repeat_seconds is None or not group.is_firing or group.is_quiet:
        return None
    if not group.kind.goes_on:
        return None
    count = periods(group, wanted, now) + 1
    return group.created_at + timedelta(seconds=count * wanted.repeat_seconds)


def next_look(group: Group, wanted: Wanted, now: datetime) -> datetime | None:
    """When a group that is shown as it is has to be looked at again, if nothing changes it."""
    ends = (next_reminder(group, wanted, now), group.muted_until if group.is_firing else None)
    return min((end for end in ends if end is not None and end > now), default=None)


def periods(group: Group, wanted: Wanted, now: datetime) -> int:
    """How many times the span between two reminders has passed since the alert began."""
    if wanted.repeat_seconds is None:
        return 0
    return max(math.floor((now - group.created_at).total_seconds() / wanted.repeat_seconds), 0)
