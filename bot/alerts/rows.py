"""What the store knows of the messages of alerts: which are on their way, and what was told."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, case, delete, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.rows import UNSENT, State, stays_key
from shared.alerts import group_rows
from shared.alerts.occurrence import Occurrence
from shared.tables import outbox
from shared.tables.alerts import alert_groups, alert_occurrences, subscriptions

# What is posted for a subscription beside its alerts begins with these, and its id.
DIGEST, DAY, NOTE, TEST = "digest:", "alerts:", "alert-note:", "alert-test:"
_OF_SUBSCRIPTIONS = tuple(prefix.removesuffix(":") for prefix in (DIGEST, DAY, NOTE, TEST))
_MOST_UNTOLD = 2_000
_FIRST_RETRY = timedelta(minutes=5)
_LONGEST_RETRY = timedelta(hours=6)
_GIVEN_UP = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Placed:
    """A message: where it is on its way, below which other it is, and whether it is there."""

    state: State
    thread_key: str | None
    is_there: bool


@dataclass(frozen=True, slots=True)
class Fresh:
    """What was not told yet: how often it happened, and when first."""

    count: int
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Tally:
    """Numbers of the alerts of a day: how many, how many of them fire, how often in all."""

    alerts: int
    firing: int
    count: int


async def untold(connection: AsyncConnection, group_id: str) -> list[Occurrence]:
    """What the thread of an alert was not told yet, in order; the rest of very much comes later."""
    wanted = (
        select(alert_occurrences.c.snapshot, alert_occurrences.c.number)
        .where(alert_occurrences.c.group_id == group_id, alert_occurrences.c.told.is_(False))
        .order_by(alert_occurrences.c.number)
        .limit(_MOST_UNTOLD)
    )
    rows = await connection.execute(wanted)
    return [Occurrence.model_validate({**row.snapshot, "number": row.number}) for row in rows]


async def fresh(connection: AsyncConnection, group_id: str) -> Fresh:
    """How much of an alert was not told yet."""
    wanted = select(func.count(), func.min(alert_occurrences.c.at)).where(
        alert_occurrences.c.group_id == group_id, alert_occurrences.c.told.is_(False)
    )
    return Fresh(*(await connection.execute(wanted)).one())


async def note_told(connection: AsyncConnection, group_id: str, through: int | None = None) -> None:
    """Take all of it as told, or all up to a number."""
    change = update(alert_occurrences).where(
        alert_occurrences.c.group_id == group_id, alert_occurrences.c.told.is_(False)
    )
    if through is not None:
        change = change.where(alert_occurrences.c.number <= through)
    await connection.execute(change.values(told=True))


async def revive(connection: AsyncConnection, key: str, at: datetime) -> None:
    """Post a message once more that is dead, or was deleted, and what was said below it."""
    again = {"state": State.PENDING, "attempts": 0, "doubts": 0, "error": None, "not_before": at}
    anew = {**again, "ts": None, "sent_version": 0, "sent_hash": None, "attempted_at": None}
    dead = outbox.c.state == State.DEAD
    first = update(outbox).where(outbox.c.key == key, dead).values(anew)
    if (await connection.execute(first)).rowcount:
        await forget_stay(connection, key)
    below = (outbox.c.thread_key == key, outbox.c.ts.is_(None), dead)
    await connection.execute(update(outbox).where(*below).values(again))


async def placed(connection: AsyncConnection, key: str) -> Placed | None:
    """Where a message is on its way; None when it was never wanted."""
    columns = (outbox.c.state, outbox.c.thread_key, outbox.c.ts)
    row = (await connection.execute(select(*columns).where(outbox.c.key == key))).one_or_none()
    return Placed(State(row.state), row.thread_key, row.ts is not None) if row else None


async def is_on_its_way(connection: AsyncConnection, key: str) -> bool:
    """Whether Slack has yet to take a message, or a reply to it, that is not there at all."""
    here = (outbox.c.key == key) | (outbox.c.thread_key == key)
    wanted = select(outbox.c.seq).where(here, outbox.c.ts.is_(None), outbox.c.state.in_(UNSENT))
    return (await connection.execute(wanted.limit(1))).first() is not None


async def unsent_like(connection: AsyncConnection, prefix: str) -> str | None:
    """The key of a message with such a key that is not posted yet."""
    wanted = select(outbox.c.key).where(
        outbox.c.state.in_(UNSENT),
        outbox.c.ts.is_(None),
        outbox.c.key.startswith(prefix, autoescape=True),
    )
    found: str | None = await connection.scalar(wanted.order_by(outbox.c.seq.desc()).limit(1))
    return found


async def is_there(connection: AsyncConnection, key: str) -> bool:
    """Whether Slack shows a message."""
    found = await placed(connection, key)
    return found is not None and found.is_there


async def is_changing(connection: AsyncConnection, key: str) -> bool:
    """Whether Slack has yet to take how a message is now, shown before or not."""
    found = await placed(connection, key)
    return found is not None and found.state in UNSENT


async def stays(connection: AsyncConnection, key: str) -> bool:
    """Whether Slack has refused to change a message, whatever it is changed to."""
    return await placed(connection, stays_key(key)) is not None


async def forget_stay(connection: AsyncConnection, key: str) -> None:
    """Forget that Slack has refused to change a message that is posted anew."""
    await connection.execute(delete(outbox).where(outbox.c.key == stays_key(key)))


async def withdraw(connection: AsyncConnection, prefix: str) -> None:
    """Post none of the messages with such a key that wait to be posted."""
    waiting = delete(outbox).where(
        outbox.c.state.in_(UNSENT),
        outbox.c.ts.is_(None),
        outbox.c.key.startswith(prefix, autoescape=True),
    )
    await connection.execute(waiting)


async def last_reply(connection: AsyncConnection, thread_key: str, prefix: str) -> datetime | None:
    """When a reply with such a key was wanted last."""
    wanted = select(func.max(outbox.c.created_at)).where(
        outbox.c.thread_key == thread_key, outbox.c.key.startswith(prefix, autoescape=True)
    )
    found: datetime | None = await connection.scalar(wanted)
    return found


async def tally(
    connection: AsyncConnection, subscription_id: str, since: datetime, until: datetime
) -> Tally:
    """How the alerts of a subscription that began within a span stand."""
    wanted = select(
        func.count(),
        func.count(case((group_rows.goes_on(), alert_groups.c.live_key))),
        func.coalesce(func.sum(alert_groups.c.count), 0),
    ).where(
        alert_groups.c.subscription_id == subscription_id,
        alert_groups.c.created_at >= since,
        alert_groups.c.created_at < until,
    )
    return Tally(*(int(each) for each in (await connection.execute(wanted)).one()))


async def works_again(connection: AsyncConnection, subscription_id: str) -> bool:
    """Whether an alert of a subscription was shown since an error was noted."""
    noted = select(subscriptions.c.changed_at).where(subscriptions.c.id == subscription_id)
    cards = select(alert_groups.c.message_key).where(
        alert_groups.c.subscription_id == subscription_id
    )
    others = (
        outbox.c.key.startswith(f"{prefix}{subscription_id}", autoescape=True)
        for prefix in (DIGEST, DAY, NOTE, TEST)
    )
    wanted = select(outbox.c.seq).where(
        outbox.c.sent_at > noted.scalar_subquery(),
        outbox.c.state == State.SENT,
        or_(outbox.c.key.in_(cards), *others),
    )
    return (await connection.execute(wanted.limit(1))).first() is not None


def followed() -> Select[tuple[str]]:
    """The keys of messages that are changed as long as their alerts fire."""
    return select(alert_groups.c.message_key).where(alert_groups.c.live_key.is_not(None))


async def retry(connection: AsyncConnection, key: str, now: datetime) -> None:
    """Try again some time after Slack refused a message; the older it is, the later."""
    begun: datetime | None = await connection.scalar(
        select(outbox.c.created_at).where(outbox.c.key == key)
    )
    if begun is not None and now - begun < _GIVEN_UP:
        await revive(connection, key, now + min(max(now - begun, _FIRST_RETRY), _LONGEST_RETRY))


async def rejoin(connection: AsyncConnection, key: str) -> None:
    """Post a reply that was given up with its first message, which is tried again."""
    first = outbox.alias("first")
    lives = exists().where(first.c.key == outbox.c.thread_key, first.c.state != State.DEAD)
    lost = (outbox.c.key == key, outbox.c.state == State.DEAD, outbox.c.ts.is_(None))
    again = update(outbox).where(*lost, lives).values(state=State.PENDING, error=None)
    await connection.execute(again)


async def owner_of(connection: AsyncConnection, key: str) -> str | None:
    """The subscription whose card, digest or day a message is."""
    kind, _, rest = key.partition(":")
    if kind in _OF_SUBSCRIPTIONS:
        return rest.partition(":")[0]
    wanted = select(alert_groups.c.subscription_id).where(alert_groups.c.message_key == key)
    found: str | None = await connection.scalar(wanted)
    return found
