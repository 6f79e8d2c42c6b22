"""Which rows may be sent: statements that are built once, since they are asked all day."""

from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, func, or_, select

from bot.delivery.priority import Priority
from bot.delivery.rows import UNSENT, State
from shared.tables import outbox
from shared.tables.columns import UtcDateTime

_parent = outbox.alias("parent")
_other = outbox.alias("other")
_now = bindparam("now", type_=UtcDateTime())
_rested = bindparam("rested", type_=UtcDateTime())


def times(now: datetime, spacing: float) -> dict[str, datetime]:
    """What the statements have to know of the time."""
    return {"now": now, "rested": now - timedelta(seconds=spacing)}


@cache
def any_work() -> Select[tuple[bool]]:
    """Whether anything is to be sent, or claimed by somebody who may be gone: a cheap question."""
    unsent = exists().where(outbox.c.state.in_(UNSENT), _is_due())
    claimed = exists().where(outbox.c.claimed_by.is_not(None))
    return select(or_(unsent, claimed))


@cache
def most_urgent(*, refreshes: bool, channels: bool) -> Select[Any]:
    """At most `most` rows, the most urgent first, and those first wanted before.

    Without `refreshes` these are left out, and with `channels` new messages in `blocked` ones.
    """
    query = _sendable()
    if not refreshes:
        query = query.where(~_is_refresh())
    if channels:
        blocked = outbox.c.channel.in_(bindparam("blocked", expanding=True))
        query = query.where(~and_(outbox.c.ts.is_(None), blocked))
    order = (outbox.c.priority, outbox.c.wanted_at, outbox.c.seq)
    return query.order_by(*order).limit(bindparam("most"))


@cache
def claimable() -> Select[Any]:
    """Those of the rows in `seqs` that may still be sent, whole, and locked."""
    return (
        _sendable()
        .add_columns(outbox)
        .where(outbox.c.seq.in_(bindparam("seqs", expanding=True)))
        .with_for_update(of=outbox, skip_locked=True)
    )


def _sendable() -> Select[Any]:
    """What no sender holds, whose time has come, and before which nothing has to be sent."""
    return (
        select(
            outbox.c.seq,
            outbox.c.key,
            outbox.c.kind,
            outbox.c.state,
            func.coalesce(_parent.c.channel, outbox.c.channel).label("place"),
            outbox.c.thread_key,
            outbox.c.ts,
            outbox.c.priority,
            _parent.c.seq.label("parent_seq"),
            _parent.c.state.label("parent_state"),
            _parent.c.error.label("parent_error"),
            _parent.c.ts.label("thread_ts"),
        )
        .select_from(outbox.outerjoin(_parent, _parent.c.key == outbox.c.thread_key))
        .where(outbox.c.state.in_(UNSENT))
        .where(or_(outbox.c.claimed_until.is_(None), outbox.c.claimed_until < _now))
        .where(_is_due())
        .where(~and_(_is_refresh(), outbox.c.sent_at > _rested))
        .where(or_(outbox.c.ts.is_not(None), outbox.c.thread_key.is_(None), _has_its_turn()))
        .where(~_lane_is_busy())
    )


def _is_due() -> ColumnElement[bool]:
    return or_(outbox.c.not_before.is_(None), outbox.c.not_before <= _now)


def _is_refresh() -> ColumnElement[bool]:
    return and_(outbox.c.ts.is_not(None), outbox.c.priority >= Priority.REFRESH)


def _has_its_turn() -> ColumnElement[bool]:
    """A reply whose thread is there, or never will be, and which no earlier reply holds up."""
    earlier = exists().where(
        _other.c.thread_key == outbox.c.thread_key,
        _other.c.seq < outbox.c.seq,
        _other.c.ts.is_(None),
        _other.c.state.in_(UNSENT),
    )
    settled = or_(_parent.c.seq.is_(None), _parent.c.ts.is_not(None), _parent.c.state == State.DEAD)
    return and_(settled, ~earlier)


def _lane_is_busy() -> ColumnElement[bool]:
    """Something is on its way in the same thread, or as a new message in the same channel."""
    root = func.coalesce(outbox.c.thread_key, outbox.c.key)
    same_thread = func.coalesce(_other.c.thread_key, _other.c.key) == root
    both_new = and_(
        _other.c.channel == outbox.c.channel,
        *(
            column.is_(None)
            for table in (_other, outbox)
            for column in (table.c.thread_key, table.c.ts)
        ),
    )
    return exists().where(
        _other.c.state.in_((State.SENDING, State.AMBIGUOUS)),
        _other.c.claimed_until >= _now,
        _other.c.seq != outbox.c.seq,
        or_(same_thread, both_new),
    )
