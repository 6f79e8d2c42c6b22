"""Subscriptions of channels: made, shown, changed, tried out and ended."""

import asyncio
from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.acts.aftermath import done
from bot.acts.alert_forms import show_alert_form
from bot.acts.alert_meanwhile import still_as_seen
from bot.acts.alert_names import as_known
from bot.acts.alert_rights import changeable, subscription_of
from bot.acts.alert_trial import tried
from bot.acts.homes import publish_home
from bot.acts.outcome import say, told
from bot.acts.place import channel_of
from bot.alerts.example import example
from bot.alerts.rows import NOTE, TEST
from bot.blocks import MESSAGE_BLOCKS, section
from bot.delivery import Posted, Priority
from bot.forms import Draft, edit_form, subscribe_form
from bot.links import message_url
from bot.message import Message
from bot.mrkdwn import bold, code, line, link, user
from bot.render import render
from bot.render.confirm import render_confirm
from bot.request import By
from bot.visit import Visit
from shared.alerts import subscriptions
from shared.alerts.subscriptions import Subscription
from shared.alerts.words import describe, manner_words, written
from shared.call import Effect
from shared.errors import InvalidArguments
from shared.operations.alerts import (
    create_alert_subscription,
    delete_alert_subscription,
    list_alert_subscriptions,
    mute_alert_subscription,
    update_alert_subscription,
)
from shared.operations.alerts_firing import list_alerts
from shared.operations.alerts_rows import subscription_row
from shared.operations.alerts_store import Overtaken
from shared.results import AlertSubscriptionDetail

_PATIENCE_SECONDS = 4
_LOOK_SECONDS = 0.1
_ALL = "all"


async def subscribe(visit: Visit) -> None:
    """Subscribe a channel, or ask in a form for what; says it there, and what it would bring."""
    given = dict(visit.arguments)
    visit.person.policy.check_effect(create_alert_subscription.name, Effect.WRITE)
    channel = str(given.get("channel") or await channel_of(visit))
    if not set(given) - {"channel"} and not visit.request.confirmed:
        await show_alert_form(visit, "New subscription", _new(channel, given))
        return
    known = await as_known(visit, {**given, "channel": channel})
    asking = visit.asking(create_alert_subscription.name, known)
    result = await create_alert_subscription.invoke(asking.context, asking.arguments)
    async with done(asking, lambda: render(result, asking.view)):
        trouble = await _introduced(asking, result)
        await _answer(asking, "Subscribed", result, trouble)


async def edit(visit: Visit) -> None:
    """The form of a subscription, as it is and with what was typed."""
    mine = await changeable(visit, _id(visit))
    await show_alert_form(visit, "Edit a subscription", _old(visit, mine), mine)


async def save(visit: Visit) -> None:
    """What the form of a subscription says from now on."""
    await still_as_seen(visit)
    given = await as_known(visit, visit.arguments)
    asking = visit.asking(update_alert_subscription.name, given)
    try:
        result = await update_alert_subscription.invoke(asking.context, given)
    except Overtaken:
        # Somebody saved in this very moment: the form tells of it as if they had a little earlier.
        await still_as_seen(visit)
        raise
    async with done(asking, lambda: render(result, asking.view)):
        await _answer(asking, "Saved", result, None)


async def show(visit: Visit) -> None:
    """A subscription, with what it would have brought lately."""
    mine = await subscription_of(visit, _id(visit))
    asked = {"channel": mine.channel}
    listed = await list_alert_subscriptions.invoke(visit.context, asked)
    rows = {each.subscription_id: each for each in listed.subscriptions}
    found = await tried(visit, mine.wanted)
    detail = AlertSubscriptionDetail(
        subscription=rows.get(mine.id) or subscription_row(mine),
        preview=found.preview,
        notes=found.notes,
    )
    await visit.whisper(render(detail, visit.view))


async def list_here(visit: Visit) -> None:
    """The subscriptions of this channel, or of another one, or all."""
    given = {"channel": await channel_of(visit), **visit.arguments}
    asking = visit.asking(list_alert_subscriptions.name, given)
    result = await list_alert_subscriptions.invoke(asking.context, given)
    await visit.answer(render(result, asking.view))


async def firing(visit: Visit) -> None:
    """What fires now."""
    result = await list_alerts.invoke(visit.context, visit.arguments)
    await visit.answer(render(result, visit.view))


async def mute(visit: Visit) -> None:
    """Post nothing of a subscription for a while, or of all of a channel."""
    given = dict(visit.arguments)
    if _id(visit) == _ALL:
        given = await as_known(visit, {"channel": await channel_of(visit), **given})
        if given["channel"] != visit.origin.channel:
            visit.person.policy.check_effect(mute_alert_subscription.name, Effect.DESTRUCTIVE)
    else:
        await changeable(visit, _id(visit))
    asking = visit.asking(mute_alert_subscription.name, given)
    result = await mute_alert_subscription.invoke(asking.context, given)
    async with done(asking, lambda: render(result, asking.view)):
        if visit.origin.by is By.HOME:
            await publish_home(visit)
        else:
            await told(asking, result, lambda: render(result, asking.view))


async def unmute(visit: Visit) -> None:
    """The end of a mute."""
    await mute(visit.asking(mute_alert_subscription.name, {**visit.arguments, "duration": "off"}))


async def unsubscribe(visit: Visit) -> None:
    """End a subscription."""
    mine = await changeable(visit, _id(visit))
    if visit.origin.by is By.BUTTON and not visit.request.confirmed:
        # A menu cannot ask first, as the button does.
        name = delete_alert_subscription.name
        await visit.whisper(render_confirm(name, visit.arguments, [mine.id], visit.view))
        return
    result = await delete_alert_subscription.invoke(visit.context, visit.arguments)
    async with done(visit, lambda: render(result, visit.view)):
        await told(visit, result, lambda: render(result, visit.view))


async def test(visit: Visit) -> None:
    """Post an example where the alerts of a subscription go."""
    mine = await changeable(visit, _id(visit))
    key = f"{TEST}{mine.id}:{visit.origin.digest}"
    await _post(visit, key, mine.channel, example(mine, visit.parts.clock()))
    shown = await _shown(visit, key, mine.id)
    if isinstance(shown, Posted):
        url = message_url(visit.parts.identity.url, shown.channel, shown.ts)
        await say(visit, Message(f"🧪 {link(url, 'An example')} is in <#{shown.channel}>."))
    else:
        await say(visit, _refused(visit, shown))


async def _new(channel: str, given: Mapping[str, Any]) -> Draft:
    return subscribe_form(channel, {k: v for k, v in given.items() if k != "channel"})


async def _old(visit: Visit, mine: Subscription) -> Draft:
    typed = {key: value for key, value in visit.arguments.items() if key != "subscription_id"}
    return edit_form(subscription_row(mine), {**written(mine.wanted), **typed})


async def _introduced(visit: Visit, result: AlertSubscriptionDetail) -> Message | None:
    """Tell the channel what it will hear; why that could not be posted, if so."""
    mine = await subscription_of(visit, result.subscription.subscription_id)
    if mine.channel.startswith("#") or mine.created_by != visit.person.id:
        return None
    key = f"{NOTE}{mine.id}"
    text = f"🔔 {bold(visit.person.name, 80)} subscribed this channel to "
    text += f"{line(describe(mine.wanted), 600)}: {line(manner_words(mine.wanted), 300)}."
    about = f"subscription {code(mine.id)} · {code('alerts list')} shows all of this channel"
    note = Message(text, (section(f"{text}\n{about}"),))
    await _post(visit, key, mine.channel, note)
    shown = await _shown(visit, key, mine.id)
    return None if isinstance(shown, Posted) else _refused(visit, shown)


async def _answer(
    visit: Visit, title: str, result: AlertSubscriptionDetail, trouble: Message | None
) -> None:
    message = render(result, visit.view)
    if trouble is not None:
        blocks = (section(trouble.text), *message.blocks)[:MESSAGE_BLOCKS]
        message = Message(f"{message.text} {trouble.text}", blocks, message.files)
    await visit.modal.conclude(title, message.text)
    await visit.whisper(message)


async def _post(visit: Visit, key: str, channel: str, message: Message) -> None:
    async def put(connection: AsyncConnection) -> None:
        await visit.parts.outbox.put(
            connection, key, channel, message, priority=Priority.INTERACTIVE
        )

    store = await visit.parts.database.store()
    async with store.writing() as connection:
        await put(connection)
    visit.parts.outbox.wake()


async def _shown(visit: Visit, key: str, subscription_id: str) -> Posted | str | None:
    """Where a message is; why Slack refuses it; or None while nobody knows."""
    store = await visit.parts.database.store()
    for _ in range(round(_PATIENCE_SECONDS / _LOOK_SECONDS)):
        place = await visit.parts.outbox.place_of(key)
        if place is not None:
            return place
        async with store.reading() as connection:
            found = await subscriptions.get(connection, subscription_id)
        if found is not None and found.error is not None:
            return found.error
        await asyncio.sleep(_LOOK_SECONDS)
    return None


def _refused(visit: Visit, why: str | None) -> Message:
    if why is None:
        return Message("⏳ Slack takes its time: the message will be there soon.")
    invite = f"Type /invite {user(visit.parts.identity.user_id)} in the channel."
    helps = invite if "not_in_channel" in why or "channel_not_found" in why else ""
    return Message(f"⚠️ Nothing can be posted there yet: {line(why, 300)} {helps}".rstrip())


def _id(visit: Visit) -> str:
    found = str(visit.arguments.get("subscription_id") or "")
    if not found:
        raise InvalidArguments("Say which subscription: `alerts list` shows their ids.")
    return found
