"""What cards lead to, and when it is no use to look for it any more."""

from sqlalchemy import update

from bot.delivery import Outbox, State
from bot.live import Watched
from bot.live.asking import Asking
from bot.live.chapters import Chapter
from bot.live.following import IMPATIENT
from bot.live.links import Linking
from bot.live.shown import Shown
from bot.live.telling import ALL, Rhythm, Told
from bot.live.world import World
from bot.questions import Permalinks, Questions
from shared.api import WorkflowsApi, open_api
from shared.context import utc_now
from shared.database import Database
from shared.tables import outbox
from shared.timeline import build
from tests.bot.stores import opened, postgres, store_url
from tests.shared.happenings import recorded, second

__all__ = ["postgres", "store_url"]


async def test_a_question_that_slack_never_shows_is_not_looked_for_any_more(
    store_url: str,
) -> None:
    events, _ = recorded("approval-timeout")
    picture = build(events[:8]).picture
    async with opened(store_url) as database, open_api("http://127.0.0.1:1", None) as api:
        world = made(database, api)
        linking = Linking(world, Asking(world.questions))
        shown = [watch(world, channel, picture.execution_id) for channel in ("C1", "C2")]
        store = await database.store()
        async with store.writing() as connection:
            for each in shown:
                [question] = picture.pending_inputs
                await world.questions.show(connection, question, each.watched.channel)
        await linking.learn(picture, shown)
        assert [linking.lacks(picture, [each]) for each in shown] == [True, True]

        async with store.writing() as connection:
            gone = update(outbox).where(outbox.c.channel == "C1").values(state=State.DEAD)
            await connection.execute(gone)
        await linking.learn(picture, shown)
        assert [linking.lacks(picture, [each]) for each in shown] == [False, True]

        async with store.writing() as connection:
            there = update(outbox).where(outbox.c.channel == "C2").values(ts="17.1")
            await connection.execute(there)
        await linking.learn(picture, shown)
        assert [linking.lacks(picture, [each]) for each in shown] == [False, False]
        assert shown[1].links.to(question) == "https://acme.slack.com/archives/C2/p171"


def made(database: Database, api: WorkflowsApi) -> World:
    messages = Outbox(database)
    questions = Questions(database, messages, api, permalinks=Permalinks("https://acme.slack.com/"))
    return World(
        database,
        messages,
        api,
        questions,
        utc_now,
        lambda effect: True,
        Rhythm(),
        IMPATIENT,
        lambda execution_id: None,
    )


def watch(world: World, channel: str, execution_id: str) -> Shown:
    now = second(1)
    watched = Watched.new(execution_id, "orders", channel, mode=ALL, by="U1", now=now)
    return Shown(world, watched, Told(ALL, world.rhythm), Chapter(now, 0))
