"""What holds already when somebody asks for it: a question that waits does not begin anew."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import batched
from typing import TYPE_CHECKING

from sqlalchemy import delete, select, update

from shared.alerts.behind import parts_for
from shared.alerts.finding import HANDED_KEY, HANDED_TO, Finding
from shared.alerts.matching import fits
from shared.alerts.subscriptions import CHANGED, lock
from shared.alerts.sweeps.inbox import put
from shared.alerts.sweeps.memory import joined
from shared.alerts.sweeps.states import State, finding_of, recall_states
from shared.alerts.sweeps.status import PartStatus, read_parts
from shared.tables.alerts import alert_groups, alert_occurrences
from shared.tables.alerts import subscriptions as table

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from shared.alerts.subscriptions import Subscription
    from shared.leases import Guard
    from shared.store import Store

type Times = tuple[datetime | None, ...]

_AT_ONCE = 500


async def hand_over(
    store: Store, guard: Guard, active: Sequence[Subscription], now: datetime
) -> int:
    """Put what holds into the inbox for those who ask for it since a moment ago; how much it was.

    It waits until the sweeps have looked for them, or tried to: what is remembered may be over long
    since. While a part has only tried, what comes to be known is handed over in the next turns.
    Whoever sweeps does this between two turns, so that nothing begins or ends meanwhile.
    """
    fresh = [each for each in active if each.handed != each.version]
    if not fresh:
        return 0
    async with store.reading() as connection:
        parts = await read_parts(connection)
    ready = [each for each in fresh if _all(each, parts, _tries)]
    if not ready:
        return 0
    async with store.writing() as connection:
        await guard(connection)
        await lock(connection, [each.id for each in ready])
        states = (await recall_states(connection)).values()
        count = 0
        for each in ready:
            count += await _hand_over(connection, each, states, now)
            if _all(each, parts, _looks):
                await _note(connection, each)
        return count


def _all(
    subscription: Subscription,
    parts: Mapping[str, PartStatus],
    times: Callable[[PartStatus], Times],
) -> bool:
    """Whether all parts that it needs have such a time since it began to ask."""
    return all(
        any(at is not None and at >= subscription.changed_at for at in times(parts[name]))
        if name in parts
        else False
        for name in parts_for(subscription.wanted)
    )


def _looks(status: PartStatus) -> Times:
    return (status.looked_at,)


def _tries(status: PartStatus) -> Times:
    return (status.looked_at, status.error_at)


async def _note(connection: AsyncConnection, of: Subscription) -> None:
    change = update(table).where(table.c.id == of.id, table.c.version == of.version)
    await connection.execute(change.values(handed=of.version))


async def _hand_over(
    connection: AsyncConnection, to: Subscription, states: Iterable[State], now: datetime
) -> int:
    found = [finding_of(state, now) for state in states]
    wanted = [each for each in found if fits(to.wanted, each)]
    await _let_be_taken(connection, to.id, {each.key for each in wanted})
    await put(connection, [_handed(each, to) for each in wanted])
    return len(wanted)


def _handed(finding: Finding, to: Subscription) -> Finding:
    detail = {**finding.detail, HANDED_TO: to.id, HANDED_KEY: finding.key}
    return replace(finding, key=joined(("held", to.id, to.version, finding.key)), detail=detail)


async def _let_be_taken(
    connection: AsyncConnection, subscription_id: str, keys: Collection[str]
) -> None:
    """It may have let go of them when it asked for something else in between."""
    let_go = select(alert_groups.c.id).where(
        alert_groups.c.subscription_id == subscription_id,
        alert_groups.c.live_key.is_(None),
        alert_groups.c.ended_because == CHANGED,
    )
    taken = alert_occurrences.c
    for some in batched(sorted(keys), _AT_ONCE):
        await connection.execute(
            delete(alert_occurrences).where(
                taken.subscription_id == subscription_id,
                taken.finding_key.in_(some),
                taken.group_id.in_(let_go),
            )
        )
