"""What leaves the store after its time, and what never does."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from bot.delivery import Outbox, Priority
from bot.housekeeping import tidy
from bot.live import rows
from bot.live.rows import Watched
from bot.message import Message
from bot.questions import rows as question_rows
from bot.questions.rows import CardPlace, Stand
from bot.seen import Seen
from shared.database import Database
from shared.tables import outbox, question_cards, questions, seen, told, watches
from shared.timeline import Question, State
from tests.bot.stores import opened, postgres, store_url

__all__ = ["postgres", "store_url"]

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
NOW = LONG_AGO + timedelta(days=200)


async def test_what_is_live_or_open_stays_and_what_is_over_goes(store_url: str) -> None:
    async with opened(store_url) as database:
        messages = Outbox(database, lambda: LONG_AGO)
        live, ended = await watched(database, messages), await watched(database, messages)
        open_, answered = (
            await asked(database, messages, live),
            await asked(database, messages, live),
        )
        async with (await database.store()).writing() as connection:
            await rows.close(connection, ended.id, rows.ENDED, LONG_AGO)
            found = await question_rows.get(connection, answered)
            assert found is not None
            await question_rows.move(connection, found, Stand.ANSWERED)
            await connection.execute(outbox.update().values(state="sent", ts="1.0"))

        await tidy(database, messages, NOW)

        assert await column(database, outbox.c.key) == {live.card_key, f"question:{open_}"}
        assert await column(database, watches.c.id) == {live.id}
        assert await column(database, told.c.watch_id) == {live.id}
        assert await column(database, questions.c.id) == {open_}
        assert await column(database, question_cards.c.question_id) == {open_}


async def test_what_is_still_to_be_sent_stays_with_what_begins_its_thread(store_url: str) -> None:
    async with opened(store_url) as database:
        messages = Outbox(database, lambda: LONG_AGO)
        async with (await database.store()).writing() as connection:
            await put(messages, connection, "first")
            await connection.execute(outbox.update().values(state="sent", ts="1.0"))
            await put(messages, connection, "reply", "first")

        await tidy(database, messages, NOW)

        assert await column(database, outbox.c.key) == {"first", "reply"}


async def test_deliveries_of_today_are_remembered(tmp_path: Path) -> None:
    async with opened(f"sqlite:///{tmp_path / 'ops.db'}") as database:
        assert await Seen(database, lambda: LONG_AGO).is_new("old")
        assert await Seen(database, lambda: NOW - timedelta(hours=2)).is_new("new")

        await tidy(database, Outbox(database), NOW)

        assert await column(database, seen.c.key) == {"new"}


async def watched(database: Database, messages: Outbox) -> Watched:
    """A watch with its card and a line that it told."""
    execution = f"e-{len(await column(database, watches.c.id))}"
    made = Watched.new(execution, "long-sync", "C1", mode="all", by="U1", now=LONG_AGO)
    async with (await database.store()).writing() as connection:
        await rows.add(connection, made)
        await rows.tell(connection, made.id, ["step:a#1"], LONG_AGO)
        await put(messages, connection, made.card_key)
    return made


async def asked(database: Database, messages: Outbox, thread: Watched) -> str:
    """An open question with its message."""
    task = f"task-{len(await column(database, questions.c.id))}"
    wanted = Question(task, "e-9", "r-1", "long-sync", State.RUNNING, "Go on?")
    async with (await database.store()).writing() as connection:
        made = await question_rows.admit(connection, wanted, LONG_AGO)
        place = CardPlace("C1", f"question:{made.id}", thread.card_key)
        await question_rows.add_card(connection, made.id, place)
        await put(messages, connection, place.card_key, thread.card_key)
    return made.id


async def put(messages: Outbox, connection: object, key: str, thread: str | None = None) -> None:
    await messages.put(
        connection,  # type: ignore[arg-type]
        key,
        "C1",
        Message(key),
        thread_key=thread,
        priority=Priority.ALERT,
    )


async def column(database: Database, wanted: object) -> set[object]:
    """All values of a column."""
    async with (await database.store()).reading() as connection:
        return set((await connection.execute(select(wanted))).scalars())  # type: ignore[call-overload]
