"""Stores that earlier releases made are brought up to date in place, with all that they hold."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

from bot.delivery import Outbox, Posted
from bot.drafts import Drafts
from bot.live import rows as watch_rows
from bot.place import Place
from bot.questions import rows as question_rows
from bot.questions.rows import CardPlace, Stand
from bot.seen import Seen
from bot.targets import Targets
from shared.alerts import subscriptions
from shared.audit_rows import read_rows
from shared.database import Database, StoreError, database_url
from shared.leases import Leases
from shared.tables import metadata
from shared.tables.columns import UtcDateTime
from tests.postgres import Postgres, running_postgres

MIGRATIONS = Path(__file__).parents[2] / "shared" / "migrations"
REVISIONS = [
    each.revision for each in reversed([*ScriptDirectory(str(MIGRATIONS)).walk_revisions()])
]
AT = datetime(2026, 6, 1, 12, tzinfo=UTC)

# What the bot and the tool server of each revision wrote, in the columns that there were then.
WRITTEN: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "0001": [
        (
            "audit",
            {
                "id": "call-1",
                "started_at": AT,
                "actor_kind": "local",
                "actor_id": "ana",
                "actor_name": "Ana",
                "place": "",
                "operation": "start_workflow",
                "effect": "write",
                "arguments": {"input": {"pages": 3}},
                "targets": ["e-1"],
                "outcome": "ok",
            },
        )
    ],
    "0002": [
        (
            "watches",
            {
                "id": "w-1",
                "execution_id": "e-1",
                "workflow": "long-sync",
                "channel": "C1",
                "card_key": "card:1",
                "live_key": "C1 e-1",
                "state": "live",
                "mode": "all",
                "requested_by": "U1",
                "created_at": AT,
            },
        ),
        ("told", {"watch_id": "w-1", "key": "step:a#1", "at": AT}),
        (
            "outbox",
            {
                "key": "card:1",
                "kind": "message",
                "channel": "C1",
                "content": {"text": "running"},
                "version": 2,
                "sent_version": 1,
                "priority": 3,
                "state": "pending",
                "attempts": 0,
                "doubts": 0,
                "step": 0,
                "ts": "17.1",
                "created_at": AT,
                "wanted_at": AT,
            },
        ),
        (
            "questions",
            {
                "id": "q-1",
                "execution_id": "e-1",
                "task_id": "t-1",
                "workflow": "long-sync",
                "label": "Go on?",
                "schema": {"type": "object"},
                "state": "open",
                "created_at": AT,
            },
        ),
        (
            "question_cards",
            {
                "question_id": "q-1",
                "channel": "C1",
                "card_key": "question:1",
                "thread_key": "card:1",
            },
        ),
        ("seen", {"key": "Ev1", "at": AT}),
        ("drafts", {"id": "d-1", "payload": {"a": {"pages": 3}}, "at": AT}),
        ("recents", {"user": "U1", "channel": "C1", "execution_id": "e-1", "at": AT}),
    ],
    "0003": [
        (
            "subscriptions",
            {
                "id": identifier,
                "channel": channel,
                "wanted": {"workflows": ["invoice-*"], "kinds": ["failed"]},
                "state": "active",
                "version": 1,
                "created_by": "U1",
                "created_name": "Ana",
                "created_at": AT,
                "changed_at": AT,
            },
        )
        for identifier, channel in (("named-1", "#ops"), ("found-1", "C1"))
    ],
}


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    """One server for the module."""
    with running_postgres() as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ops.db'}"
    server: Postgres = request.getfixturevalue("postgres")
    return server.new_database()


@pytest.mark.parametrize(
    "steps", [["0001"], ["0002"], ["0001", "0002"], ["0003"], ["0001", "0003"]], ids="-".join
)
async def test_a_store_of_an_earlier_release_keeps_all_it_holds_and_gets_the_tables_of_the_code(
    url: str, steps: list[str]
) -> None:
    last = ""
    for revision in steps:
        await written_by(url, revision, after=last)
        last = revision

    database = Database(database_url(url, Path()))
    try:
        assert await differences(database) == []
        await audit_is_there(database)
        if last >= "0002":
            await what_is_watched_is_there(database)
            await what_came_in_is_there(database)
        await who_subscribed_is_there(database, last)
        await what_is_new_works(database)
    finally:
        await database.aclose()


async def audit_is_there(database: Database) -> None:
    [row] = await read_rows(await database.store(), actor="ana")
    assert (row["started_at"], row["arguments"]) == (AT, {"input": {"pages": 3}})


async def what_is_watched_is_there(database: Database) -> None:
    outbox = Outbox(database)
    async with (await database.store()).reading() as connection:
        [watched] = await watch_rows.all_live(connection)
        keys = await watch_rows.told_keys(connection, watched.id)
        [asked] = await question_rows.unanswered(connection)
        places = await question_rows.cards(connection, asked.id)
    assert (watched.execution_id, watched.created_at, keys) == ("e-1", AT, ["step:a#1"])
    assert (asked.label, asked.state) == ("Go on?", Stand.OPEN)
    assert places == [CardPlace("C1", "question:1", "card:1")]
    assert await outbox.place_of("card:1") == Posted("C1", "17.1")
    assert await outbox.depth() == {"pending": 1}


async def what_came_in_is_there(database: Database) -> None:
    assert not await Seen(database).is_new("Ev1")
    assert await Drafts(database, lambda: AT).payload("d-1") == {"a": {"pages": 3}}
    assert await Targets(database, None).memory.last(Place("U1", "C1", None)) == "e-1"  # type: ignore[arg-type]


async def who_subscribed_is_there(database: Database, last: str) -> None:
    """A channel that was written as a name is known by it, and others are until they have one."""
    async with (await database.store()).reading() as connection:
        found = await subscriptions.active(connection)
    named = [(each.id, each.channel, each.named) for each in found]
    assert sorted(named) == (
        [("found-1", "C1", None), ("named-1", "#ops", "#ops")] if last == "0003" else []
    )


async def what_is_new_works(database: Database) -> None:
    assert await Leases(database).acquire("watch:e-1") is not None
    async with (await database.store()).writing() as connection:
        await subscriptions.note_name(connection, "C1", "#billing")
        found = await subscriptions.active(connection, channel="#billing")
    assert all(each.channel == "C1" for each in found)


async def written_by(url: str, revision: str, *, after: str) -> None:
    """Bring a database to a revision as its release did, and write what that release writes."""

    def write(connection: Connection) -> None:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        for each in REVISIONS[REVISIONS.index(after) + 1 if after else 0 :]:
            if each <= revision:
                for name, row in WRITTEN[each]:
                    connection.execute(insertion(name, row))

    engine = create_async_engine(database_url(url, Path()))
    async with engine.begin() as connection:
        await connection.run_sync(write)
    await engine.dispose()


def insertion(name: str, row: dict[str, Any]) -> sa.Insert:
    """A row of a table as it was then, which is no table of the code."""
    table = sa.table(name, *(sa.column(key, type_of(value)) for key, value in row.items()))
    return sa.insert(table).values(row)


def type_of(value: Any) -> sa.types.TypeEngine[Any]:
    if isinstance(value, datetime):
        return UtcDateTime()
    return sa.JSON() if isinstance(value, dict | list) else sa.types.to_instance(None)


async def differences(database: Database) -> list[object]:
    """What the tables of the database and those of the code do not share."""

    def compare(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))

    async with (await database.store()).reading() as connection:
        return await connection.run_sync(compare)


async def test_a_database_of_a_later_release_is_left_alone(url: str) -> None:
    database = Database(database_url(url, Path()))
    async with (await database.store()).writing() as connection:
        await connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    await database.aclose()

    with pytest.raises(StoreError, match="later release"):
        await Database(database_url(url, Path())).store()
