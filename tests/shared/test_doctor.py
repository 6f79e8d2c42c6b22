"""The doctor of the shared part: what is well, what is not, and what to do about it."""

import asyncio
import contextlib
import os
import socket
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from shared.alerts.finding import Kind
from shared.alerts.subscriptions import add, note_error
from shared.alerts.sweeps.status import ENDED, note_complete, note_trouble
from shared.alerts.wanted import Wanted
from shared.api import Patience, WorkflowsApi, open_api
from shared.call import Actor
from shared.context import utc_now
from shared.database import Database, database_url
from shared.doctor.api import ApiLook, api_examinations
from shared.doctor.check import Check, Examination, Outcome, Verdict, all_well, fine
from shared.doctor.examinations import shared_examinations
from shared.doctor.examining import examine
from shared.doctor.store import StoreLook, store_examinations
from shared.doctor.work import WorkLook, work_examinations
from shared.migration import HEAD
from tests.bot.stores import opened, postgres, store_url  # noqa: F401 - fixtures
from tests.postgres import Postgres
from tests.slack.workspace import until

_ANA = Actor("slack", "U1", "Ana")


def named(checks: Sequence[Check], group: str, name: str) -> Outcome:
    """The outcome of one check."""
    return next(each.outcome for each in checks if (each.group, each.name) == (group, name))


def troubles(checks: Sequence[Check]) -> list[Check]:
    """What is bad or worth a look."""
    return [each for each in checks if each.verdict in (Verdict.BAD, Verdict.WARNING)]


async def looked_at(url: str) -> list[Check]:
    """The store and the work in it."""
    store = StoreLook(database_url(url, Path()), utc_now)
    return await examine([*store_examinations(store), *work_examinations(WorkLook(store))])


@contextlib.asynccontextmanager
async def answering(
    handler: Callable[[httpx.Request], httpx.Response],
) -> AsyncIterator[WorkflowsApi]:
    """A client of such an API."""
    transport = httpx.MockTransport(handler)
    patience = Patience(attempts=1)
    async with open_api("http://api.test", "key", transport=transport, patience=patience) as api:
        yield api


async def test_all_is_well_at_a_sandbox_and_a_current_store(
    sandbox_url: str,
    store_url: str,  # noqa: F811 - the fixture
) -> None:
    async with opened(store_url) as database, open_api(sandbox_url, None) as api:
        await database.store()
        url = database_url(store_url, Path())

        async def look() -> list[Check]:
            return await examine(shared_examinations(api, url, utc_now))

        # One slow answer is a warning, and others keep this sandbox busy too.
        checks = await until(look, lambda found: not troubles(found))

    assert troubles(checks) == []
    assert HEAD in named(checks, "Store", "schema").found
    assert "taken back" in named(checks, "Store", "writable").found
    assert sandbox_url in named(checks, "API", "address and key").found


async def test_looking_changes_nothing_and_makes_no_file(tmp_path: Path) -> None:
    file = tmp_path / "new" / "ops.db"

    checks = await looked_at(f"sqlite:///{file}")

    assert troubles(checks) == []
    assert "first start" in named(checks, "Store", "schema").found
    assert not file.parent.exists()


async def test_a_row_that_was_tried_does_not_stay(store_url: str) -> None:  # noqa: F811
    async with opened(store_url) as database:
        store = await database.store()
        assert all_well(await looked_at(store_url))
        async with store.reading() as connection:
            assert (await connection.execute(text("SELECT count(*) FROM seen"))).scalar() == 0


async def test_a_store_of_an_older_or_newer_version_is_told_apart(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ops.db'}"
    async with opened(url) as database:
        store = await database.store()
        for version, verdict in (("0002", Verdict.WARNING), ("9999", Verdict.BAD)):
            async with store.writing() as connection:
                await connection.execute(
                    text("UPDATE alembic_version SET version_num = :version"), {"version": version}
                )
            outcome = named(await looked_at(url), "Store", "schema")
            assert outcome.verdict is verdict
            assert version in outcome.found


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ops:hunter2@127.0.0.1:1/ops?connect_timeout=3",
        "nonsense",
        "mysql://ops:hunter2@127.0.0.1/ops",
        "sqlite:////dev/null/ops.db",
    ],
)
async def test_a_store_that_cannot_be_used_is_bad_once_and_keeps_its_password(url: str) -> None:
    checks = await looked_at(url)

    bad = [each for each in checks if each.verdict is Verdict.BAD]
    assert len(bad) == 1
    assert bad[0].outcome.advice
    assert "hunter2" not in repr(checks)


async def test_a_database_that_was_dropped_is_told(postgres: Postgres) -> None:  # noqa: F811
    url = postgres.new_database()
    missing = url.replace("/test_", "/gone_")

    outcome = named(await looked_at(missing), "Store", "reachable")

    assert outcome.verdict is Verdict.BAD
    assert "gone_" in outcome.found
    assert "DATABASE_URL" in outcome.advice


async def test_a_database_whose_clock_differs_is_told(postgres: Postgres) -> None:  # noqa: F811
    url = postgres.new_database()

    def early() -> datetime:
        return utc_now() - timedelta(minutes=10)

    store = StoreLook(database_url(url, Path()), early)
    outcome = named(await examine(store_examinations(store)), "Store", "clock")

    assert outcome.verdict is Verdict.BAD
    assert "ahead of this one" in outcome.found


async def test_an_api_that_nobody_serves_is_bad_and_the_rest_is_skipped() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        async with open_api(url, "key", patience=Patience(attempts=1)) as api:
            checks = await examine(api_examinations(ApiLook(api, utc_now)))

    assert [each.verdict for each in checks] == [Verdict.BAD, *[Verdict.SKIPPED] * 3]
    assert url in checks[0].outcome.found


async def test_a_wrong_key_is_named_by_its_setting() -> None:
    def refuse(_: httpx.Request) -> httpx.Response:
        return httpx.Response(401, json={"detail": "Unauthorized"})

    async with answering(refuse) as api:
        checks = await examine(api_examinations(ApiLook(api, utc_now)))

    outcome = named(checks, "API", "address and key")
    assert outcome.verdict is Verdict.BAD
    assert "MISTRAL_API_KEY" in outcome.advice


@pytest.mark.parametrize(
    ("off", "verdict"),
    [
        (timedelta(), Verdict.OK),
        (timedelta(seconds=30), Verdict.WARNING),
        (timedelta(minutes=-10), Verdict.BAD),
    ],
    ids=["right", "half a minute ahead", "ten minutes behind"],
)
async def test_a_clock_that_differs_from_the_apis_is_told(off: timedelta, verdict: Verdict) -> None:
    def late(_: httpx.Request) -> httpx.Response:
        date = format_datetime(utc_now() + off, usegmt=True)
        return httpx.Response(200, json={"workflows": []}, headers={"date": date})

    async with answering(late) as api:
        outcome = named(await examine(api_examinations(ApiLook(api, utc_now))), "API", "clock")

    assert outcome.verdict is verdict


@pytest.mark.parametrize(
    ("left", "verdict"), [("900", Verdict.OK), ("3", Verdict.WARNING), (None, Verdict.SKIPPED)]
)
async def test_limits_are_told_where_the_api_tells_them(left: str | None, verdict: Verdict) -> None:
    told = {"x-ratelimit-limit": "1000", "x-ratelimit-remaining": left} if left else {}

    def limited(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"workflows": []}, headers=told)

    async with answering(limited) as api:
        outcome = named(await examine(api_examinations(ApiLook(api, utc_now))), "API", "rate limit")

    assert outcome.verdict is verdict
    assert left is None or left in outcome.found


async def test_sweeps_are_bad_when_they_stopped_and_well_when_they_go_on(
    store_url: str,  # noqa: F811
) -> None:
    now = datetime.now(UTC)
    async with opened(store_url) as database:
        assert await sweeps(database, store_url) is Verdict.SKIPPED
        store = await database.store()
        async with store.writing() as connection:
            made = await add(connection, "C1", Wanted(), _ANA, now - timedelta(hours=1))
        assert await sweeps(database, store_url) is Verdict.BAD
        async with store.writing() as connection:
            await note_complete(connection, ENDED, now)
        assert await sweeps(database, store_url) is Verdict.OK
        async with store.writing() as connection:
            await note_trouble(connection, ENDED, now, "the API did not answer in time")
            await note_error(connection, made.id, "is_archived", now)
        assert await sweeps(database, store_url) is Verdict.WARNING
        outcome = named(await looked_at(store_url), "Work", "subscriptions")
        assert "is_archived" in outcome.found


async def test_a_part_that_somebody_waits_for_and_that_cannot_look_is_bad(
    store_url: str,  # noqa: F811
) -> None:
    now = datetime.now(UTC)
    async with opened(store_url) as database:
        async with (await database.store()).writing() as connection:
            wanted = Wanted(kinds=frozenset({Kind.WAITING}))
            await add(connection, "C1", wanted, _ANA, now - timedelta(days=1))
            await note_complete(connection, ENDED, now)
            for part in ("waiting", "schedules"):
                await note_complete(connection, part, now - timedelta(hours=6))
                await note_trouble(connection, part, now, f"{part}: forbidden")
        outcome = named(await looked_at(store_url), "Work", "sweeps")
        assert outcome.verdict is Verdict.BAD
        assert "waiting questions were last looked at 6 h ago (waiting: forb" in outcome.found
        assert "schedules" not in outcome.found

        async with (await database.store()).writing() as connection:
            await note_complete(connection, "waiting", now)
            await note_trouble(connection, "waiting", now, "once")
        assert await sweeps(database, store_url) is Verdict.WARNING


async def sweeps(database: Database, url: str) -> Verdict:
    """How sweeps are."""
    await database.store()
    return named(await looked_at(url), "Work", "sweeps").verdict


async def test_one_check_that_hangs_or_breaks_does_not_hide_the_others(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def hangs() -> Outcome:
        await asyncio.Event().wait()
        return fine("never")

    async def breaks() -> Outcome:
        raise ZeroDivisionError

    async def works() -> Outcome:
        return fine("it works")

    looks = {"hangs": hangs, "breaks": breaks, "works": works}
    examinations = [Examination("Test", name, look) for name, look in looks.items()]
    checks = await examine(examinations, bound_seconds=0.05)

    assert [each.verdict for each in checks] == [Verdict.BAD, Verdict.BAD, Verdict.OK]
    assert "no answer" in checks[0].outcome.found
    assert "ZeroDivisionError" in caplog.text


async def test_the_command_tells_a_table_and_ends_with_0_1_or_2(
    sandbox_url: str, tmp_path: Path
) -> None:
    state = {"WORKFLOW_OPS_STATE_DIR": str(tmp_path)}

    async def at_sandbox() -> tuple[int | None, str, str]:
        return await command(MISTRAL_SERVER_URL=sandbox_url, **state)

    well, closed, unset = await asyncio.gather(
        # One slow answer is a warning, and others keep this sandbox busy too.
        until(at_sandbox, lambda said: said[0] == 0, deadline=120),
        command(MISTRAL_SERVER_URL="http://127.0.0.1:1", MISTRAL_API_KEY="key", **state),
        command(MISTRAL_API_KEY="", **state),
    )

    assert (well[0], closed[0], unset[0]) == (0, 1, 2)
    assert all(len(line) <= 100 for line in (well[1] + closed[1]).splitlines())
    assert "\x1b" not in well[1]
    assert "  bad      address and key" in closed[1]
    assert "MISTRAL_API_KEY" in unset[2]


async def command(**settings: str) -> tuple[int | None, str, str]:
    """`workflow-mcp doctor`: its exit code, what it says, and what it complains of."""
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "mcp_server", "doctor"),
        env=environment | settings,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, complaints = await process.communicate()
    return process.returncode, out.decode(), complaints.decode()
