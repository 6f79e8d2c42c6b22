"""What the operations of alerts read and write; opened by the first of them, as SQLAlchemy is."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Literal

from shared.alerts import group_rows, subscriptions
from shared.alerts.groups import Group, State, acknowledged, muted, unmuted
from shared.alerts.subscriptions import Subscription
from shared.alerts.sweeps.status import SweepStatus, read_status
from shared.alerts.wanted import Wanted
from shared.context import Context
from shared.errors import InvalidArguments
from shared.ids import named
from shared.operations.alerts_rows import alert_row, subscription_row
from shared.results import AlertDetail, Alerts, AlertSubscription
from shared.text import ago_words

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

_MOST_READ = 1_000
_MOST_SHOWN = 100
_STALE = timedelta(minutes=3)
_STATES = {"firing": State.FIRING, "recovered": State.RECOVERED, "all": None}


async def subscribe(
    context: Context, channel: str, wanted: Wanted
) -> tuple[AlertSubscription, bool]:
    """The subscription of a channel to this, and whether it is new."""
    store = await context.database.store()
    async with store.writing() as connection:
        for known in await subscriptions.active(connection, channel=channel):
            if known.wanted == wanted:
                return subscription_row(known), False
        new = await subscriptions.add(connection, channel, wanted, context.actor, context.clock())
        return subscription_row(new), True


async def change(
    context: Context, identifier: str, channel: str | None, wanted: Wanted
) -> AlertSubscription:
    """Another filter and manner for a subscription, and another channel where one is given."""
    store = await context.database.store()
    now = context.clock()
    async with store.writing() as connection:
        await _active(connection, identifier)
        await subscriptions.change(connection, identifier, wanted, now)
        if channel is not None:
            await subscriptions.relocate(connection, identifier, channel, now)
        return subscription_row(await _active(connection, identifier))


async def listed(context: Context, channel: str | None) -> list[AlertSubscription]:
    """The subscriptions of a channel, or all."""
    store = await context.database.store()
    async with store.reading() as connection:
        found = await subscriptions.active(connection, channel=channel)
        firing = await subscriptions.firing_counts(connection)
    return [subscription_row(each, firing.get(each.id, 0)) for each in found]


async def mute(
    context: Context, identifier: str, channel: str | None, until: datetime | None
) -> list[AlertSubscription]:
    """Mute one, or all of a channel; without a time they may be heard again."""
    store = await context.database.store()
    async with store.writing() as connection:
        chosen = await _chosen(connection, identifier, channel)
        identifiers = [each.id for each in chosen]
        if until is None:
            await subscriptions.unmute(connection, identifiers, context.clock())
        else:
            await subscriptions.mute(connection, identifiers, until, context.actor.name)
        firing = await subscriptions.firing_counts(connection)
        after = [await _active(connection, each) for each in identifiers]
    return [subscription_row(each, firing.get(each.id, 0)) for each in after]


async def unsubscribe(context: Context, identifier: str) -> AlertSubscription:
    """End one; one that has ended stays so."""
    store = await context.database.store()
    async with store.writing() as connection:
        known = await subscriptions.get(connection, identifier)
        if known is None:
            raise _unknown(identifier)
        if known.is_active:
            await subscriptions.end(connection, identifier, context.clock())
    return subscription_row(known)


async def firing(
    context: Context,
    workflow: str | None,
    channel: str | None,
    state: Literal["firing", "recovered", "all"],
    since: datetime,
) -> Alerts:
    """Alerts, newest first."""
    store = await context.database.store()
    async with store.reading() as connection:
        status = await read_status(connection)
        active = await subscriptions.active(connection)
        wanted = _STATES[state]
        bound = None if wanted is State.FIRING else since
        groups = await group_rows.latest(connection, wanted, bound, _MOST_READ)
        channels = await _channels(connection, groups, active)
    fitting = [
        (group, channels.get(group.subscription_id, "-"))
        for group in groups
        if _is_about(group, workflow) and channel in (None, channels.get(group.subscription_id))
    ]
    return Alerts(
        alerts=tuple(alert_row(*each) for each in fitting[:_MOST_SHOWN]),
        swept_at=status.last_complete_at,
        notes=tuple(_notes(context, status, active, len(fitting), len(groups))),
    )


async def acknowledge(
    context: Context, identifier: str, mute_until: datetime | None, *, unmute: bool
) -> AlertDetail:
    """Somebody looks after an alert."""
    store = await context.database.store()
    now = context.clock()
    async with store.writing() as connection:
        found = await group_rows.lock(connection, [identifier])
        if not found:
            raise InvalidArguments(
                f"There is no alert {named(identifier)}. list_alerts has those that fire."
            )
        group = acknowledged(found[0], context.actor, now)
        if mute_until is not None:
            group = muted(group, mute_until, context.actor.name, now)
        if unmute:
            group = unmuted(group, now)
        if group != found[0]:
            await group_rows.save(connection, [group])
        subscription = await subscriptions.get(connection, group.subscription_id)
    channel = subscription.channel if subscription else "-"
    return AlertDetail(alert=alert_row(group, channel), notes=tuple(_said(found[0], group)))


def _said(before: Group, group: Group) -> list[str]:
    if not group.is_firing:
        return ["It is over already."]
    if before == group:
        return [f"{group.acknowledged_name} looks after it already."]
    return []


async def _active(connection: "AsyncConnection", identifier: str) -> Subscription:
    known = await subscriptions.get(connection, identifier)
    if known is None or not known.is_active:
        raise _unknown(identifier)
    return known


async def _chosen(
    connection: "AsyncConnection", identifier: str, channel: str | None
) -> list[Subscription]:
    if channel is None:
        return [await _active(connection, identifier)]
    return await subscriptions.active(connection, channel=channel)


def _unknown(identifier: str) -> InvalidArguments:
    return InvalidArguments(
        f"There is no subscription {named(identifier)}. "
        "list_alert_subscriptions has those there are."
    )


async def _channels(
    connection: "AsyncConnection", groups: Sequence[Group], active: Sequence[Subscription]
) -> dict[str, str]:
    """The channels of the subscriptions, also of those that have ended."""
    known = {each.id: each.channel for each in active}
    for identifier in {group.subscription_id for group in groups} - known.keys():
        if (ended := await subscriptions.get(connection, identifier)) is not None:
            known[identifier] = ended.channel
    return known


def _is_about(group: Group, workflow: str | None) -> bool:
    return workflow is None or any(fnmatchcase(each.workflow, workflow) for each in group.recent)


def _notes(
    context: Context,
    status: SweepStatus,
    active: Sequence[Subscription],
    fitting: int,
    read: int,
) -> list[str]:
    notes: list[str] = []
    if not active:
        notes.append("Nobody subscribes to alerts: create_alert_subscription makes one.")
    else:
        notes += _sweep_notes(context, status)
    if fitting > _MOST_SHOWN or read >= _MOST_READ:
        notes.append(f"Only the newest {_MOST_SHOWN} are shown; narrow it by workflow or channel.")
    return notes


def _sweep_notes(context: Context, status: SweepStatus) -> list[str]:
    age = status.age(context.clock())
    if age is None or status.last_complete_at is None:
        return ["No bot has looked for alerts yet; workflow-bot does, on the same DATABASE_URL."]
    if age < _STALE:
        return []
    ago = ago_words(status.last_complete_at, context.clock())
    why = f" ({status.last_error})" if status.last_error else ""
    return [f"All was last looked at {ago}{why}: what happened since is not here."]
