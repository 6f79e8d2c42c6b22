"""What the operations of alerts read and write; opened by the first of them, as SQLAlchemy is."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Literal

from sqlalchemy import text

from shared.alerts import group_rows, subscriptions
from shared.alerts.groups import Group, State, acknowledged, ended, muted, unmuted
from shared.alerts.subscriptions import Subscription
from shared.alerts.sweeps.status import read_status
from shared.alerts.wanted import Wanted
from shared.context import Context
from shared.errors import InvalidArguments
from shared.ids import named
from shared.operations.alerts_notes import channel_notes, nobody_in, sweep_notes
from shared.operations.alerts_rights import as_kept, check_rights
from shared.operations.alerts_rows import alert_row, subscription_row
from shared.results import AlertDetail, Alerts, AlertSubscription, AlertSubscriptions

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

# Any number that no other program takes for its own advisory locks.
_LOCK = 7_305_521_878
_MOST_READ = 1_000
MOST_SHOWN = 100
_STATES = {"firing": State.FIRING, "recovered": State.RECOVERED, "all": None}


async def subscribe(
    context: Context, channel: str, wanted: Wanted
) -> tuple[AlertSubscription, bool]:
    """The subscription of a channel to this, and whether it is new."""
    store = await context.database.store()
    async with store.writing() as connection:
        await _one_at_a_time(connection)
        for known in await subscriptions.active(connection, channel=channel):
            if known.wanted == wanted:
                return subscription_row(known), False
        owner = as_kept(context.actor)
        new = await subscriptions.add(connection, channel, wanted, owner, context.clock())
        return subscription_row(new), True


async def _one_at_a_time(connection: "AsyncConnection") -> None:
    """Two who ask for the same make one of it; SQLite sees to that by itself."""
    if connection.dialect.name == "postgresql":
        await connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))


class Overtaken(InvalidArguments):
    """Somebody else changed what is to be changed since it was seen; nothing was saved."""


async def change(
    context: Context, identifier: str, channel: str | None, wanted: Wanted, seen: int | None = None
) -> AlertSubscription:
    """Another filter and manner for a subscription, and another channel where one is given.

    Raises Overtaken where it is not any more the version that was `seen`.
    """
    store = await context.database.store()
    now = context.clock()
    async with store.writing() as connection:
        await subscriptions.lock(connection, [identifier])
        known = await _active(connection, identifier)
        check_rights(context, known)
        if seen not in (None, known.version):
            raise Overtaken(f"{identifier} was changed meanwhile, so that nothing was saved.")
        await subscriptions.change(connection, identifier, wanted, now)
        if channel is not None and not known.is_for(channel):
            await subscriptions.relocate(connection, identifier, channel, now)
        return subscription_row(await _active(connection, identifier))


async def listed(context: Context, channel: str | None) -> AlertSubscriptions:
    """The subscriptions of a channel, or all."""
    store = await context.database.store()
    async with store.reading() as connection:
        every = await subscriptions.active(connection)
        firing = await subscriptions.firing_counts(connection)
    found = [each for each in every if _is_for(each, channel)]
    return AlertSubscriptions(
        subscriptions=tuple(subscription_row(each, firing.get(each.id, 0)) for each in found),
        notes=tuple(channel_notes(every, channel)),
    )


async def mute(
    context: Context, identifier: str, channel: str | None, until: datetime | None
) -> list[AlertSubscription]:
    """Mute one, or all of a channel; without a time they may be heard again."""
    store = await context.database.store()
    async with store.writing() as connection:
        chosen = await _chosen(connection, identifier, channel)
        for each in chosen:
            check_rights(context, each)
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
        check_rights(context, known)
        if known.is_active:
            await subscriptions.end(connection, identifier, context.clock(), context.actor.name)
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
        owners = await _owners(connection, groups, active)
    fitting = [
        (group, owner)
        for group in groups
        if _is_about(group, workflow)
        and _is_for(owner := owners.get(group.subscription_id), channel)
    ]
    notes = [
        *sweep_notes(status, active, context.clock()),
        *channel_notes(owners.values(), channel),
        *_too_many(len(fitting), len(groups)),
    ]
    return Alerts(
        alerts=tuple(alert_row(*each) for each in fitting[:MOST_SHOWN]),
        swept_at=status.last_complete_at,
        notes=tuple(notes),
    )


async def acknowledge(
    context: Context, identifier: str, mute_until: datetime | None, *, unmute: bool
) -> AlertDetail:
    """Somebody looks after an alert, or mutes it for a while, or ends its mute."""
    now = context.clock()

    def change(group: Group) -> Group:
        if mute_until is not None:
            return muted(group, mute_until, context.actor.name, now)
        if unmute:
            return unmuted(group, now)
        return acknowledged(group, as_kept(context.actor), now)

    return await _changed(context, identifier, change)


async def close(context: Context, identifier: str) -> AlertDetail:
    """Somebody says that an alert is over; what happens next is another one."""
    because = f"closed by {context.actor.name}"

    def change(group: Group) -> Group:
        return ended(group, context.clock(), because) if group.is_firing else group

    return await _changed(context, identifier, change)


async def _changed(
    context: Context, identifier: str, change: Callable[[Group], Group]
) -> AlertDetail:
    store = await context.database.store()
    async with store.writing() as connection:
        found = await group_rows.lock(connection, [identifier])
        if not found:
            raise InvalidArguments(
                f"There is no alert {named(identifier)}. list_alerts has those that fire."
            )
        group = change(found[0])
        if group != found[0]:
            await group_rows.save(connection, [group])
        subscription = await subscriptions.get(connection, group.subscription_id)
    return AlertDetail(alert=alert_row(group, subscription), notes=tuple(_said(found[0], group)))


def _said(before: Group, group: Group) -> list[str]:
    if not before.is_firing:
        return ["It is over already."]
    if before == group and group.is_quiet:
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
    found = await subscriptions.active(connection, channel=channel)
    if not found:
        raise InvalidArguments(f"Nothing changed: {nobody_in(channel)}")
    return found


def _unknown(identifier: str) -> InvalidArguments:
    return InvalidArguments(
        f"There is no subscription {named(identifier)}. "
        "list_alert_subscriptions has those there are."
    )


async def _owners(
    connection: "AsyncConnection", groups: Sequence[Group], active: Sequence[Subscription]
) -> dict[str, Subscription]:
    """The subscriptions, also those of alerts that have ended."""
    known = {each.id: each for each in active}
    for identifier in {group.subscription_id for group in groups} - known.keys():
        if (ended := await subscriptions.get(connection, identifier)) is not None:
            known[identifier] = ended
    return known


def _is_about(group: Group, workflow: str | None) -> bool:
    return workflow is None or any(fnmatchcase(each.workflow, workflow) for each in group.recent)


def _is_for(owner: Subscription | None, channel: str | None) -> bool:
    return channel is None or (owner is not None and owner.is_for(channel))


def _too_many(fitting: int, read: int) -> Iterator[str]:
    if fitting > MOST_SHOWN or read >= _MOST_READ:
        yield f"Only the newest {MOST_SHOWN} are shown; narrow it by workflow or channel."
