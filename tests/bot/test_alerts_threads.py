"""What goes without saying in the thread of an alert."""

import itertools

from sandbox.slack.model import Json
from shared.alerts import group_rows, subscriptions
from shared.alerts.finding import Kind
from shared.alerts.groups import Group, opened, struck
from shared.alerts.subscriptions import Subscription, short_id
from shared.alerts.wanted import Wanted
from shared.call import Actor
from shared.context import utc_now
from tests.bot.alerts_made import occurrence
from tests.bot.stage import PATIENCE_SECONDS, BotStage, seen, text_of
from tests.mcp_server.faces import Stage, fresh
from tests.slack.workspace import Person, until

_NUMBERS = itertools.count()


async def subscription(stage: BotStage, **manner: str) -> Subscription:
    """One of #ops, for a workflow that never runs: its alerts are those that a test makes."""
    store = await stage.parts.database.store()
    wanted = Wanted.model_validate({"workflows": [fresh("never")], **manner})
    channel = stage.slack.workspace.channel_named("ops").id
    async with store.writing() as connection:
        ana = Actor("slack", "U0ANA1234", "Ana")
        return await subscriptions.add(connection, channel, wanted, ana, utc_now())


async def alert(
    stage: BotStage, mine: Subscription, *executions: str, kind: Kind = Kind.FAILED, **facts: str
) -> Group:
    """An alert as the matcher leaves it: the bot shows it."""
    now = utc_now()
    told = {"workflow": "failing-report", "at": now, "step": "net_revenue", **facts}
    first, *others = (occurrence(kind, subject=x, execution_id=x, **told) for x in executions)
    made = opened(short_id(), mine.id, f"{next(_NUMBERS):040}", {}, first, now)
    for each in others:
        made = struck(made, each, mine.wanted, now)
    store = await stage.parts.database.store()
    async with store.writing() as connection:
        await group_rows.add(connection, [made])
    return made


async def ask(stage: BotStage, person: Person, thread: Json, typed: str, words: str) -> Json:
    """What a mention in the thread brings that has these words in it, once it is the newest."""
    root = thread.get("thread_ts") or thread["ts"]
    said = await person.say("ops", f"@workflows {typed}", root)

    async def look() -> list[Json]:
        return [each for each in await person.messages("ops", root) if each["ts"] > said]

    shown = await until(look, lambda a: words in text_of(a), deadline=PATIENCE_SECONDS)
    return next(each for each in shown if words in text_of(each))


async def placed(stage: BotStage, key: str) -> str:
    """Where the message with this key is, once it is there."""

    async def look() -> str | None:
        return await stage.parts.outbox.ts(key)

    found = await until(look, deadline=PATIENCE_SECONDS)
    assert found is not None
    return found


async def test_below_an_alert_commands_are_about_its_newest_execution(
    face: BotStage, on_call: Person
) -> None:
    sandbox = Stage(face.api_url)
    older, newer = await sandbox.ended("failing-report"), await sandbox.ended("failing-report")
    mine = await subscription(face)
    made = await alert(face, mine, older, newer)
    card = {"ts": await placed(face, made.message_key)}

    status = await ask(face, on_call, card, "status", newer)
    # The card of an alert is no card of the execution: the answer is a whole one.
    assert "failing-report" in text_of(status["blocks"][0])
    await ask(face, on_call, card, "diagnose", "net_revenue")
    await ask(face, on_call, card, f"status {older}", older)
    await ask(face, on_call, card, "history this", newer)


async def test_below_an_alert_it_is_muted_by_itself_and_acknowledged(
    face: BotStage, on_call: Person
) -> None:
    mine = await subscription(face)
    made = await alert(face, mine, fresh("gone"))
    card = {"ts": await placed(face, made.message_key)}

    await ask(face, on_call, card, "alerts mute 2h", "🔕 until")
    store = await face.parts.database.store()
    async with store.reading() as connection:
        muted = await group_rows.get(connection, made.id)
        owner = await subscriptions.get(connection, mine.id)
    assert muted is not None
    assert muted.muted_until is not None
    assert owner is not None
    assert owner.muted_until is None

    await ask(face, on_call, card, "alerts ack", "👀")
    await ask(face, on_call, card, "alerts show", f"`{mine.id}` tells of")


async def test_below_a_day_with_several_alerts_it_has_to_be_said_which_one_is_meant(
    face: BotStage, on_call: Person
) -> None:
    mine = await subscription(face, mode="thread")
    one, other = await Stage(face.api_url).ended("failing-report"), fresh("other")
    first = await alert(face, mine, one)
    await placed(face, first.message_key)
    day = await seen(on_call, f"subscription `{mine.id}`")

    await ask(face, on_call, day, "status", one)
    second = await alert(face, mine, other, workflow="other-report")
    await placed(face, second.message_key)

    unclear = text_of(await ask(face, on_call, day, "logs", "Say which execution is meant"))
    assert one in unclear
    assert f"{other} (other-report failed in net_revenue)" in unclear
    unclear = text_of(await ask(face, on_call, day, "alerts ack", "Say which alert is meant"))
    assert first.id in unclear
    assert second.id in unclear
    await ask(face, on_call, day, f"status {one}", "failing-report · failed")
    await ask(face, on_call, day, "alerts mute", "🔕 muted until")


async def test_below_an_alert_of_a_schedule_commands_are_about_the_schedule(
    face: BotStage, on_call: Person
) -> None:
    schedule_id = await Stage(face.api_url).schedule()
    mine = await subscription(face)
    made = await alert(
        face, mine, "", kind=Kind.SCHEDULE_PAUSED, schedule_id=schedule_id, workflow="daily-digest"
    )
    card = {"ts": await placed(face, made.message_key)}

    await ask(face, on_call, card, "schedules show", schedule_id)
    await ask(face, on_call, card, "logs", "tells of no execution")


async def test_elsewhere_what_is_left_out_is_asked_for(face: BotStage, on_call: Person) -> None:
    said = await on_call.say("ops", "Nothing of ours")
    thread = {"ts": said}

    await ask(face, on_call, thread, "alerts ack", "Say which alert")
    await ask(face, on_call, thread, "alerts show", "Say which subscription")
    await ask(face, on_call, thread, "logs", "execution_id is required")
