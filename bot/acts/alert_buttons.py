"""What the buttons of an alert do; each finds its alert by its id, however old the message is."""

from bot.acts.aftermath import done
from bot.acts.answering import open_answer
from bot.acts.homes import publish_home
from bot.acts.opening import open_reset, open_start
from bot.acts.operate import operate
from bot.alerts.announcer import announcer_of
from bot.alerts.card import Setting, card
from bot.alerts.controls import is_open, latest_of
from bot.alerts.still_open import with_open
from bot.message import Message
from bot.mrkdwn import date
from bot.questions.card import ago
from bot.questions.words import said
from bot.render import render
from bot.render.confirm import render_confirm
from bot.request import By
from bot.visit import Visit
from shared.alerts import group_rows, subscriptions
from shared.alerts.groups import Group
from shared.alerts.occurrence import Occurrence
from shared.call import Effect
from shared.errors import InvalidArguments, NotFound
from shared.operations.alerts_firing import acknowledge_alert
from shared.results import AlertDetail


async def acknowledge(visit: Visit) -> None:
    """Look after an alert, or mute it; its card turns at once, and a second person is told."""
    before = await _alert(visit)
    result = await acknowledge_alert.invoke(visit.context, visit.arguments)
    # Its notes say what was so already.
    async with done(visit, lambda: render(result, visit.view), wholly=not result.notes):
        await _shown(visit, before, result)


async def _shown(visit: Visit, before: Group, result: AlertDetail) -> None:
    """The card of the alert as it is now, and a word to the person where the card is not enough."""
    await announcer_of(visit.parts).show(before.id)
    if visit.origin.by is By.HOME:
        await publish_home(visit)
        return
    first = await _alert(visit)
    mutes = bool(visit.arguments.get("mute_for"))
    closed = before.is_firing and bool(visit.arguments.get("close"))
    if not closed and (
        not first.is_firing or (not mutes and _somebody_was_first(visit, before, first))
    ):
        await visit.whisper(_told_who(visit, first))
    elif visit.origin.by is not By.BUTTON:
        await visit.whisper(render(result, visit.view))
    elif visit.origin.ephemeral:
        told = Message(_done(first, visit.arguments.get("mute_for"), closed=closed))
        # The question whether to close it is answered.
        await visit.parts.replies.whisper(visit.origin, told, replace=closed)


async def close(visit: Visit) -> None:
    """Ask whether an alert is to be closed: a menu cannot ask first, as a button does."""
    visit.person.policy.check_effect(acknowledge_alert.name, Effect.WRITE)
    group = await _alert(visit)
    if not group.is_firing:
        await visit.whisper(_told_who(visit, group))
        return
    given = {"alert_id": group.id, "close": True}
    await visit.whisper(render_confirm(acknowledge_alert.name, given, [group.id], visit.view))


async def open_alert(visit: Visit) -> None:
    """The card of an alert, for one person."""
    group = await _alert(visit)
    store = await visit.parts.database.store()
    async with store.reading() as connection:
        owner = await subscriptions.get(connection, group.subscription_id)
    if owner is None:
        raise NotFound("The subscription of this alert is not known any more.")
    await visit.whisper(card(group, Setting(owner, visit.parts.clock())))


async def start_again(visit: Visit) -> None:
    """The form of the workflow, filled in with the same input."""
    latest = _latest(await _alert(visit))
    given = {"workflow": latest.workflow, "like": latest.execution_id}
    await open_start(visit.asking("open_start", given))


async def reset(visit: Visit) -> None:
    """The form with the points to go back to."""
    given = {"execution_id": _execution(await _alert(visit))}
    await open_reset(visit.asking("open_reset", given))


async def diagnose(visit: Visit) -> None:
    """What is wrong, in the thread of the alert."""
    given = {"execution_id": _execution(await _alert(visit))}
    await operate(visit.asking("diagnose_execution", given))


async def answer(visit: Visit) -> None:
    """The form of the question that an execution waits with."""
    group = await _alert(visit)
    asked = [each for each in group.recent if is_open(group, each)] or list(group.recent)
    latest = asked[-1]
    given = {"execution_id": latest.execution_id or _execution(group)}
    task = {"task_id": latest.task_id} if latest.task_id else {}
    await open_answer(visit.asking("open_answer", given | task))


async def _alert(visit: Visit) -> Group:
    alert_id = str(visit.arguments.get("alert_id") or "")
    if not alert_id:
        raise InvalidArguments("Say which alert: `alerts firing` shows their ids.")
    store = await visit.parts.database.store()
    async with store.reading() as connection:
        found = await group_rows.get(connection, alert_id)
        if found is None:
            raise NotFound(f"There is no alert {alert_id}. `alerts firing` lists what fires.")
        return await with_open(connection, found)


def _execution(group: Group) -> str:
    return str(_latest(group).execution_id)


def _latest(group: Group) -> Occurrence:
    found = latest_of(group)
    if found is None:
        raise InvalidArguments("This alert is about no execution.")
    return found


def _somebody_was_first(visit: Visit, before: Group, after: Group) -> bool:
    """Whether another one looks after it: they did already, or pressed a moment earlier."""
    return not before.is_firing or before.is_quiet or after.acknowledged_by != visit.person.id


def _told_who(visit: Visit, first: Group) -> Message:
    if not first.is_firing:
        when = f" {date(first.recovered_at)}" if first.recovered_at else ""
        return Message(f"This alert is over: it {first.state}{when}. Nothing was changed.")
    if first.acknowledged_by == visit.person.id:
        return Message("You look after it already.")
    at = first.acknowledged_at
    when = f" {ago(at, visit.parts.clock())}" if at else ""
    who = said(first.acknowledged_name or "Somebody", 80)
    return Message(f"{who} acknowledged it already{when}.")


def _done(group: Group, mute_for: object, *, closed: bool) -> str:
    if closed:
        return "▫️ The alert is closed; its message says so."
    if mute_for and group.muted_until is not None:
        return f"🔕 Muted until {date(group.muted_until)}."
    if mute_for:
        return "🔔 It is heard again."
    return "👀 You look after it; its message says so."
