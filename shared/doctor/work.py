"""Does the work go on: sweeps, messages to show, subscriptions, and replicas?"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from functools import partial

from shared.alerts.behind import Wait, waits
from shared.alerts.subscriptions import Subscription, active
from shared.doctor.check import Examination, Outcome, bad, fine, skipped, warning
from shared.doctor.database import looking
from shared.doctor.lateness import SWEEP_BOUND, lateness
from shared.doctor.once import Once, unless_failed
from shared.doctor.standing import (
    AMBIGUOUS,
    DEAD,
    MOVING,
    Many,
    Standing,
    read_standing,
)
from shared.doctor.store import StoreLook
from shared.errors import OpsError
from shared.migration import HEAD
from shared.text import ago_words, duration_words, one_line

GROUP = "Work"
_SILENT = "the store cannot be used, or has another schema"
_LONG = timedelta(minutes=2)
_SHOWN = 3


class _Unreadable(OpsError):
    """There are no tables to look at."""


class WorkLook:
    """What the store says of the work, and who wants to hear of what; sweeps that took longer than
    the bound are late."""

    def __init__(self, store: StoreLook, bound: timedelta = SWEEP_BOUND) -> None:
        self._store = store
        self.bound = bound
        self.standing = Once(self._standing)

    async def _standing(self) -> tuple[Standing, Sequence[Subscription]]:
        if (await self._store.facts()).version != HEAD:
            raise _Unreadable("The store has another schema. Start a bot.")
        async with looking(self._store.url) as connection:
            standing = await read_standing(connection, self._store.clock())
            return standing, await active(connection)


def work_examinations(look: WorkLook) -> list[Examination]:
    """Of the work that the store knows."""
    judges: dict[str, Callable[[Standing, Sequence[Subscription]], Outcome]] = {
        "sweeps": partial(_sweeps, look.bound),
        "messages": _messages,
        "undeliverable": _dead,
        "doubtful": _doubtful,
        "subscriptions": _subscriptions,
        "replicas": _replicas,
    }
    return [
        Examination(GROUP, name, unless_failed(look.standing, _SILENT, _looking(judge)))
        for name, judge in judges.items()
    ]


def sweep_words(standing: Standing) -> str:
    """When the last complete sweep was, and what was the matter with those since."""
    last, error = standing.sweep.last_complete_at, standing.sweep.last_error
    words = f"the last complete sweep was {ago_words(last, standing.read_at)}" if last else ""
    return (words or "no sweep was complete yet") + (f": {one_line(error, 200)}" if error else "")


def _looking(
    judge: Callable[[Standing, Sequence[Subscription]], Outcome],
) -> Callable[[tuple[Standing, Sequence[Subscription]]], Awaitable[Outcome]]:
    async def look(found: tuple[Standing, Sequence[Subscription]]) -> Outcome:
        return judge(*found)

    return look


def _sweeps(bound: timedelta, standing: Standing, subscriptions: Sequence[Subscription]) -> Outcome:
    if not standing.subscriptions.count:
        return skipped("nobody subscribed to alerts, so nothing is swept")
    late = lateness(standing, subscriptions, bound)
    if late.all:
        return bad(sweep_words(standing), "Is a bot running, and can it reach the API?")
    if late.parts:
        return bad(
            _told(late.parts, standing), "May this key read that? The log of the bot says more."
        )
    if standing.sweep.last_error:
        return warning(sweep_words(standing), "It is tried again.")
    known = waits(standing.sweep, subscriptions)
    if troubled := [each for each in known if each.status.last_error]:
        return warning(_told(troubled, standing), "It is tried again.")
    return fine(sweep_words(standing))


def _told(parts: Sequence[Wait], standing: Standing) -> str:
    return "; ".join(each.words(standing.read_at) for each in parts)


def _messages(standing: Standing, _: Sequence[Subscription]) -> Outcome:
    waiting = sum(standing.messages.get(state, Many()).count for state in MOVING)
    oldest = standing.oldest_waiting
    if oldest is None:
        return fine("everything that is to be shown is shown")
    found = f"{waiting} to be shown, the oldest for {_words(oldest)}"
    if oldest < _LONG:
        return fine(found)
    return warning(found, "Is a bot running, and does Slack take its calls? See its log.")


def _dead(standing: Standing, _: Sequence[Subscription]) -> Outcome:
    count = standing.messages.get(DEAD, Many()).count
    if not count:
        return fine("no message was given up")
    return warning(
        f"{count} could not be shown",
        "Slack refused them, mostly because a channel is archived or the app was removed from it.",
    )


def _doubtful(standing: Standing, _: Sequence[Subscription]) -> Outcome:
    count = standing.messages.get(AMBIGUOUS, Many()).count
    if not count:
        return fine("of every post it is known whether it arrived")
    return warning(
        f"of {count} nobody knows whether Slack took them",
        "They are looked for before they are sent again, which needs the scopes of history.",
    )


def _subscriptions(standing: Standing, subscriptions: Sequence[Subscription]) -> Outcome:
    count = standing.subscriptions.count
    failing = [each for each in subscriptions if each.error]
    if not failing:
        return fine(f"{count} active" if count else "none")
    told = [
        f"{each.named or each.channel}: {one_line(each.error or '', 80)}"
        for each in failing[:_SHOWN]
    ]
    more = [f"and {len(failing) - _SHOWN} more"] if len(failing) > _SHOWN else []
    return warning(
        f"{len(failing)} of {count} cannot be delivered ({'; '.join([*told, *more])})",
        "Invite the app to these channels, or end the subscriptions with alerts unsubscribe.",
    )


def _replicas(standing: Standing, _: Sequence[Subscription]) -> Outcome:
    held = ", ".join(f"{count} of {name}" for name, count in sorted(standing.leases.items()))
    followed = f"{standing.watches} watches"
    if not standing.leases:
        return fine(f"no leases are held; {followed}")
    return fine(f"{standing.owners} at work with leases: {held}; {followed}")


def _words(age: timedelta) -> str:
    return duration_words(age.total_seconds() * 1_000)
