"""What goes without saying in the thread of an alert: which alert, subscription and execution."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerts.controls import execution_of, schedule_of
from bot.alerts.rows import DAY, DIGEST, owner_of
from bot.alerts.still_open import with_open
from bot.alerts.words import said as named
from bot.grammar import Route, all_routes
from bot.targets import UnclearTarget
from bot.visit import Visit
from shared.alerts import group_rows
from shared.alerts.groups import Group
from shared.tables import outbox
from shared.tables.alerts import alert_groups
from shared.text import one_line
from shared.times import parse_duration

_MOST = 6
_EXECUTIONS = ("execution_id", "execution_ids")
_SCHEDULE = "schedule_id"
_ACKNOWLEDGE = "acknowledge_alert"
_MUTES = {"mute_alert_subscription": "1h", "unmute_alert_subscription": "off"}
_OF_SUBSCRIPTION = (
    *_MUTES,
    "show_alert_subscription",
    "edit_alert_subscription",
    "test_alert_subscription",
)
_SHORTEST_ID = 7


@dataclass(frozen=True, slots=True)
class AlertThread:
    """A thread that we began for a subscription, with its latest alerts first.

    `is_card` when its first message is that of the only alert.
    """

    subscription_id: str
    alerts: tuple[Group, ...]
    is_card: bool

    @property
    def only(self) -> Group | None:
        """The alert that must be meant."""
        return self.alerts[0] if len(self.alerts) == 1 else None


async def below_alert(visit: Visit) -> Visit:
    """The visit with what was left out because of where it was said; raises UnclearTarget."""
    name, given = visit.request.name, visit.arguments
    route = all_routes().named(name) if name in all_routes() else None
    if route is None or visit.place.execution_id is not None or not _lacks(route, given):
        return visit
    thread = await _thread(visit)
    if thread is None:
        return visit
    if name == _ACKNOWLEDGE:
        return visit.asking(name, {**given, "alert_id": _alert(thread).id})
    if name in _OF_SUBSCRIPTION:
        return visit.asking(*_about_subscription(name, given, thread))
    if route.positional[0] == _SCHEDULE:
        return visit.asking(name, {**given, _SCHEDULE: _schedule(thread)})
    return await _about_execution(visit, route, thread)


def _lacks(route: Route, given: Mapping[str, Any]) -> bool:
    """Whether it is about something that an alert may tell, and does not say what."""
    if not route.positional:
        return False
    first = route.positional[0]
    said = given.get(first)
    if first in _EXECUTIONS:
        each = said if isinstance(said, list | tuple) else [said]
        return not said or any(str(one).casefold() == "this" for one in each)
    if route.name in _MUTES and _span(said) is not None:
        return True
    known = (_SCHEDULE, "alert_id", "subscription_id")
    return first in known and not said and route.fields[first].required


async def _thread(visit: Visit) -> AlertThread | None:
    origin = visit.origin
    if origin.channel is None or origin.thread_ts is None:
        return None
    key = await visit.parts.outbox.find(origin.channel, origin.thread_ts)
    if key is None:
        return None
    store = await visit.parts.database.store()
    async with store.reading() as connection:
        owner = await owner_of(connection, key)
        if owner is None:
            return None
        alerts = await _alerts(connection, key, owner)
    return AlertThread(owner, tuple(alerts), any(each.message_key == key for each in alerts))


async def _alerts(connection: AsyncConnection, key: str, owner: str) -> list[Group]:
    """The alerts that a thread tells of: one more than are listed where they are many."""
    wanted = (
        select(alert_groups.c.id)
        .where(_shown_at(key, owner))
        .order_by(alert_groups.c.last_at.desc(), alert_groups.c.id)
    )
    found = (await connection.execute(wanted.limit(_MOST + 1))).scalars().all()
    groups = [await group_rows.get(connection, each) for each in found]
    return [await with_open(connection, each) for each in groups if each is not None]


def _shown_at(key: str, owner: str) -> ColumnElement[bool]:
    if key.startswith(DIGEST):
        # Nobody keeps which of them it told of: those that were there when it was made.
        made = select(outbox.c.created_at).where(outbox.c.key == key).scalar_subquery()
        return (alert_groups.c.subscription_id == owner) & (alert_groups.c.created_at <= made)
    if key.startswith(DAY):
        below = select(outbox.c.key).where(outbox.c.thread_key == key)
        return alert_groups.c.message_key.in_(below)
    return alert_groups.c.message_key == key


def _about_subscription(
    name: str, given: Mapping[str, Any], thread: AlertThread
) -> tuple[str, dict[str, Any]]:
    """The subscription of the thread; a mute below an alert is one of that alert alone."""
    span = _span(given.get("subscription_id")) or given.get("duration")
    if name in _MUTES and thread.is_card:
        mute_for = span or _MUTES[name]
        return _ACKNOWLEDGE, {"alert_id": _alert(thread).id, "mute_for": mute_for}
    said = {"duration": span} if span else {}
    return name, {**given, **said, "subscription_id": thread.subscription_id}


async def _about_execution(visit: Visit, route: Route, thread: AlertThread) -> Visit:
    first, name = route.positional[0], visit.request.name
    alert = thread.only
    # Elsewhere the only value of `signal inv-41` is the execution.
    second = visit.arguments.get(route.positional[1]) if len(route.positional) > 1 else None
    if alert is None and (second or not route.fields[first].required):
        return visit
    execution_id = execution_of(alert) if alert is not None else None
    if execution_id is None:
        raise _unclear(thread, "execution", execution_of)
    place = replace(visit.place, execution_id=execution_id)
    return visit.asking(name, await visit.parts.targets.resolve(name, visit.arguments, place))


def _alert(thread: AlertThread) -> Group:
    if thread.only is None:
        raise _unclear(thread, "alert", lambda group: group.id)
    return thread.only


def _schedule(thread: AlertThread) -> str:
    found = schedule_of(thread.only) if thread.only is not None else None
    if found is None:
        raise _unclear(thread, "schedule", schedule_of)
    return found


def _unclear(thread: AlertThread, what: str, id_of: Callable[[Group], str | None]) -> UnclearTarget:
    """Nothing is meant without saying so; what may be is listed."""
    found = [(each, id_of(each)) for each in thread.alerts]
    known = [(identifier, each) for each, identifier in found if identifier]
    if not known:
        return UnclearTarget(f"This thread tells of no {what}: give an id.")
    lines = [f"- {identifier} ({_about(each)})" for identifier, each in known[:_MOST]]
    more = ["- and more"] if len(known) > _MOST else []
    listed = "\n".join([*lines, *more])
    ids = tuple(identifier for identifier, _ in known[:_MOST])
    return UnclearTarget(f"Say which {what} is meant, for this thread has several:\n{listed}", ids)


def _about(group: Group) -> str:
    latest = group.recent[-1]
    where = f" in {latest.step}" if latest.step else ""
    return one_line(f"{latest.workflow} {named(group.kind).told}{where}", 160)


def _span(said: Any) -> str | None:
    """The text where it is a time, such as that of `alerts mute 2h`."""
    text = str(said or "")
    if not 0 < len(text) < _SHORTEST_ID:
        return None
    try:
        parse_duration(text)
    except ValueError:
        return None
    return text
