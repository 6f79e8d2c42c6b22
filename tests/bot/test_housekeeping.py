"""What leaves the store after its time, and what never does."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import insert, select

from bot.delivery import Outbox, Priority
from bot.housekeeping import tidy
from bot.live import rows
from bot.live.rows import Watched
from bot.message import Message
from bot.questions import rows as question_rows
from bot.questions.rows import CardPlace, Stand
from bot.seen import Seen
from shared.alerts import group_rows, groups
from shared.alerts.finding import Kind
from shared.alerts.occurrence import Occurrence
from shared.alerts.subscriptions import add, end
from shared.alerts.wanted import Wanted
from shared.call import Actor
from shared.context import utc_now
from shared.database import Database
from shared.leases import Leases
from shared.tables import (
    alert_groups,
    alert_occurrences,
    findings,
    leases,
    outbox,
    question_cards,
    questions,
    seen,
    subscriptions,
    told,
    watches,
)
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


async def test_alerts_that_are_over_leave_with_all_that_they_counted_and_others_stay(
    store_url: str,
) -> None:
    async with opened(store_url) as database:
        recently = NOW - timedelta(days=89)
        gone = await alerting(database, "gone", LONG_AGO, over=True)
        recent = await alerting(database, "recent", recently, over=True)
        firing = await alerting(database, "firing", LONG_AGO, over=False)
        quiet = await alerting(database, "quiet", LONG_AGO, over=True)
        async with (await database.store()).writing() as connection:
            for each in (gone, recent):
                await end(connection, each, LONG_AGO)

        await tidy(database, Outbox(database), NOW)

        assert await column(database, alert_groups.c.id) == {"firing", "recent"}
        assert await column(database, alert_occurrences.c.group_id) == {"firing", "recent"}
        assert await column(database, subscriptions.c.id) == {recent, firing, quiet}


async def test_findings_leave_once_everybody_took_of_them_and_long_after_that(
    store_url: str,
) -> None:
    async with opened(store_url) as database:
        rows = {
            "old": finding("old", LONG_AGO, matched=True),
            "waiting": finding("waiting", LONG_AGO, matched=False),
            "new": finding("new", NOW - timedelta(days=89), matched=True),
        }
        async with (await database.store()).writing() as connection:
            await connection.execute(insert(findings), list(rows.values()))

        await tidy(database, Outbox(database), NOW)

        assert await column(database, findings.c.key) == {"waiting", "new"}


async def test_leases_that_nobody_took_up_again_leave_but_for_those_of_lasting_work(
    store_url: str,
) -> None:
    async with opened(store_url) as database:
        held = Leases(database)
        await held.acquire_some(["watch:e-1", "replica:here", "alerts"], 3)

        await tidy(database, Outbox(database), utc_now() + timedelta(hours=23))
        assert len(await column(database, leases.c.name)) == 3
        await tidy(database, Outbox(database), utc_now() + timedelta(days=2))
        assert await column(database, leases.c.name) == {"alerts"}


async def alerting(database: Database, name: str, at: datetime, *, over: bool) -> str:
    """A subscription with a group of this name, and what that counted; the subscription's id."""
    async with (await database.store()).writing() as connection:
        subscription = await add(connection, "C1", Wanted(), Actor("slack", "U1", "Ana"), at)
        first = Occurrence(
            key=f"finding:{name}", kind=Kind.FAILED, workflow="sync", subject=name, at=at
        )
        group = groups.opened(name, subscription.id, name, {"workflow": "sync"}, first, at)
        if over:
            group = groups.ended(group, at)
        await group_rows.add(connection, [group])
        counted = {
            "subscription_id": subscription.id,
            "finding_key": first.key,
            "group_id": name,
            "number": 1,
            "at": at,
            "snapshot": {},
            "told": True,
        }
        await connection.execute(insert(alert_occurrences), counted)
    return subscription.id


def finding(key: str, at: datetime, *, matched: bool) -> dict[str, object]:
    """A row of the inbox."""
    return {
        "key": key,
        "kind": "failed",
        "over": False,
        "subject": key,
        "workflow": "sync",
        "at": at,
        "found_at": at,
        "late": False,
        "detail": {},
        "matched_at": at if matched else None,
    }


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
