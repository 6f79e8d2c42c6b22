"""What a list of alerts or subscriptions does not tell by itself."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta

from shared.alerts.behind import Wait, behind, waits
from shared.alerts.subscriptions import Subscription
from shared.alerts.sweeps.status import SweepStatus
from shared.text import ago_words

_STALE = timedelta(minutes=3)


def sweep_notes(
    status: SweepStatus, active: Sequence[Subscription], now: datetime
) -> Iterator[str]:
    """Why what fires may not be all of it."""
    if not active:
        yield "Nobody subscribes to alerts: create_alert_subscription makes one."
    elif status.last_complete_at is None:
        yield "No bot has looked for alerts yet; workflow-bot does, on the same DATABASE_URL."
    else:
        yield from _late_notes(status, status.last_complete_at, now)
        yield from _part_notes(waits(status, active), status.last_complete_at)


def _late_notes(status: SweepStatus, last: datetime, now: datetime) -> Iterator[str]:
    if now - last > _STALE:
        why = f" ({status.last_error})" if status.last_error else ""
        ago = ago_words(last, now)
        yield f"All was last looked at {ago}{why}: what happened since is not here."


def _part_notes(known: Sequence[Wait], then: datetime) -> Iterator[str]:
    """What was not looked at even when all was."""
    late = behind(known, then, _STALE)
    for each in late:
        yield f"{_sentence(each.words(then))}: what happened since is not here."
    for each in known:
        if each.is_partial and each not in late:
            yield f"{_sentence(each.words(then))}."


def channel_notes(known: Collection[Subscription], channel: str | None) -> Iterator[str]:
    """That nothing is there because nobody asked for it, or under another name."""
    if known and channel is not None and not any(each.is_for(channel) for each in known):
        yield _sentence(nobody_in(channel))


def nobody_in(channel: str) -> str:
    """That no subscription is for a channel, in a sentence that goes on."""
    return (
        f"no subscription is known to be for {channel}. "
        "list_alert_subscriptions with channel=all has those there are."
    )


def _sentence(clause: str) -> str:
    return clause[:1].upper() + clause[1:]
