"""Leases of several owners on one store, on a SQLite file and on a real PostgreSQL server."""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import select, text, update

from shared.database import Database, StoreError, database_url
from shared.leases import Lease, LeaseLost, Leases, is_gone, keep, new_owner
from shared.stream.tasks import stop
from shared.tables import leases
from tests.postgres import Postgres, running_postgres
from tests.slack.workspace import until

LENGTH = timedelta(seconds=30)
DEADLINE = 60


@dataclass
class House:
    """A store of each kind; what expires there does so when a test says it."""

    url: str
    now: datetime = datetime(2026, 6, 1, tzinfo=UTC)
    opened: list[Database] = field(default_factory=list)

    def process(self, owner: str | None = None, length: timedelta = LENGTH) -> Leases:
        """An owner with connections of its own."""
        database = Database(database_url(self.url, Path()))
        self.opened.append(database)
        return Leases(database, owner or uuid4().hex, clock=lambda: self.now, length=length)

    async def pass_by(self, length: timedelta) -> None:
        """Time goes by: where the database has the clock, what it knows becomes older."""
        self.now += length
        if not self.url.startswith("postgresql"):
            return
        async with (await self.opened[0].store()).writing() as connection:
            older = "UPDATE leases SET expires_at = expires_at - make_interval(secs => :seconds)"
            await connection.execute(text(older), {"seconds": length.total_seconds()})

    async def holders(self) -> dict[str, str]:
        """Who has what."""
        store = await self.opened[0].store()
        async with store.reading() as connection:
            return await Leases(self.opened[0], clock=lambda: self.now).holders(connection)


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    """One server for the module."""
    with running_postgres() as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
async def house(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    """An empty store of each kind."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'ops.db'}"
    else:
        server: Postgres = request.getfixturevalue("postgres")
        url = server.new_database()
    async with a_house(url) as made:
        yield made


@contextlib.asynccontextmanager
async def a_house(url: str) -> AsyncIterator[House]:
    """Close what was opened there."""
    made = House(url)
    try:
        yield made
    finally:
        for database in made.opened:
            await database.aclose()


async def test_of_many_who_want_a_lease_at_once_one_has_it(house: House) -> None:
    processes = [house.process() for _ in range(4)]
    taken = await asyncio.gather(*(each.acquire("alerts") for each in processes))

    [lease] = [each for each in taken if each]
    assert await house.holders() == {"alerts": lease.owner}
    assert lease.token == 1


async def test_nobody_else_gets_a_lease_that_is_renewed(house: House) -> None:
    here, there = house.process(), house.process()
    lease = await acquired(here, "alerts")
    for _ in range(3):
        await house.pass_by(LENGTH * 0.6)
        assert await there.acquire("alerts") is None
        renewed = await here.renew([lease])
        assert renewed["alerts"].token == lease.token
        assert renewed["alerts"].expires_at > lease.expires_at


async def test_asking_again_for_a_lease_renews_it(house: House) -> None:
    here, there = house.process(), house.process()
    first = await acquired(here, "alerts")
    await house.pass_by(LENGTH * 0.6)
    again = await acquired(here, "alerts")
    await house.pass_by(LENGTH * 0.6)

    assert again.token == first.token
    assert await there.acquire("alerts") is None


async def test_after_its_time_a_lease_goes_to_another_and_its_first_owner_can_do_nothing_with_it(
    house: House,
) -> None:
    here, there = house.process(), house.process()
    old = await acquired(here, "alerts")
    await house.pass_by(LENGTH + timedelta(seconds=1))
    new = await acquired(there, "alerts")

    assert new.token == old.token + 1
    assert await here.renew([old]) == {}
    await here.release([old])
    assert await house.holders() == {"alerts": there.owner}
    with pytest.raises(LeaseLost):
        await write(house.opened[0], here, old)
    await write(house.opened[1], there, new)
    assert await here.acquire("alerts") is None


async def test_a_lease_that_expired_while_nobody_wanted_it_goes_on_when_it_is_renewed(
    house: House,
) -> None:
    here = house.process()
    lease = await acquired(here, "alerts")
    await house.pass_by(LENGTH * 3)
    with pytest.raises(LeaseLost):
        await write(house.opened[0], here, lease)
    assert "alerts" in await here.renew([lease])
    await write(house.opened[0], here, lease)


async def test_what_is_released_is_free_at_once_and_not_ours_any_more(house: House) -> None:
    here, there = house.process(), house.process()
    old = await acquired(here, "alerts")
    await here.release([old])

    assert await here.renew([old]) == {}
    assert await house.holders() == {}
    new = await acquired(there, "alerts")
    assert new.token > old.token
    with pytest.raises(LeaseLost):
        await write(house.opened[0], here, old)


async def test_a_lease_that_came_back_is_not_the_one_that_was_lost(house: House) -> None:
    here, there = house.process(), house.process()
    old = await acquired(here, "alerts")
    await here.release([old])
    await there.release([await acquired(there, "alerts")])
    new = await acquired(here, "alerts")

    assert new.owner == old.owner
    with pytest.raises(LeaseLost):
        await write(house.opened[0], here, old)
    await here.release([old])
    await write(house.opened[0], here, new)


async def test_of_some_names_as_many_as_wanted_are_taken_and_none_by_two(house: House) -> None:
    here, there = house.process(), house.process()
    names = [f"watch:{number}" for number in range(30)]
    await here.acquire("watch:0")

    first, second = await asyncio.gather(
        here.acquire_some(names, 12), there.acquire_some(names, 12)
    )
    assert len(first) == 12
    assert first.keys().isdisjoint(second)
    rest = await there.acquire_some(names, 100)
    assert len(await house.holders()) == 30
    assert set(await house.holders()) == {*names}
    assert first.keys().isdisjoint(rest)
    assert await here.acquire_some(names, 0) == await here.acquire_some([], 5) == {}


async def test_of_many_expired_leases_each_goes_to_one(house: House) -> None:
    dead, here, there = house.process(), house.process(), house.process()
    names = [f"watch:{number}" for number in range(25)]
    await dead.acquire_some(names, 25)
    await house.pass_by(LENGTH * 2)

    taken = await asyncio.gather(*(each.acquire_some(names, 25) for each in (here, there) * 3))
    owners = await house.holders()
    assert set(owners) == {*names}
    assert set(owners.values()) <= {here.owner, there.owner}
    assert {lease.token for part in taken for lease in part.values()} == {2}


async def test_nobody_takes_over_in_the_middle_of_a_transaction(postgres: Postgres) -> None:
    async with a_house(postgres.new_database()) as house:
        here, there = house.process(), house.process()
        lease = await acquired(here, "alerts")
        async with (await house.opened[0].store()).writing() as connection:
            await here.check(connection, lease)
            await house.pass_by(LENGTH + timedelta(seconds=1))
            assert await house.holders() == {}
            assert await there.acquire("alerts") is None
        assert (await acquired(there, "alerts")).token == lease.token + 1


async def test_who_falls_silent_in_a_transaction_does_not_keep_its_lease_by_that(
    postgres: Postgres,
) -> None:
    async with a_house(postgres.new_database()) as house:
        here, there = house.process(), house.process()
        brief = house.process(here.owner, length=timedelta(seconds=0.3))
        lease = await acquired(here, "alerts")

        async def falls_silent() -> None:
            async with (await house.opened[0].store()).writing() as connection:
                # Nothing but the length of the lease is to end the silence.
                await connection.execute(text("SET idle_in_transaction_session_timeout = 0"))
                await brief.check(connection, lease)
                await house.pass_by(LENGTH)
                await until(lambda: there.acquire("alerts"), deadline=DEADLINE)
                await connection.execute(select(1))

        with pytest.raises(StoreError):
            await falls_silent()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a lease has to expire")
async def test_what_a_process_beside_us_held_is_free_as_soon_as_that_process_is_no_more(
    house: House,
) -> None:
    process = await asyncio.create_subprocess_exec(
        *(
            sys.executable,
            "-c",
            "from shared.leases import new_owner; print(new_owner(), flush=True); input()",
        ),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    owner = (await process.stdout.readline()).decode().strip()
    beside, here = house.process(owner), house.process()
    old = await acquired(beside, "alerts")
    assert await here.acquire("alerts") is None

    process.kill()
    await process.wait()
    assert await house.holders() == {}
    assert (await acquired(here, "alerts")).token == old.token + 1
    with pytest.raises(LeaseLost):
        await write(house.opened[0], beside, old)


def test_an_owner_is_gone_only_when_that_is_certain() -> None:
    ours = new_owner()
    place, pid, born, name = ours.split(".")

    assert not is_gone(ours)
    assert not is_gone("")
    assert not is_gone("some-other-name")
    assert not is_gone(f"elsewhere.{2**22 + 1}.{born}.{name}")
    if sys.platform == "linux":
        assert is_gone(f"{place}.{2**22 + 1}.{born}.{name}")
        assert is_gone(f"{place}.{pid}.1{born}.{name}")


async def test_work_is_kept_up_by_one_at_a_time_and_goes_on_elsewhere(house: House) -> None:
    # What is free is looked for ten times in the length of a lease.
    processes = [house.process(length=timedelta(seconds=15)) for _ in range(2)]
    working: list[Lease] = []
    most = 0

    async def work(lease: Lease) -> None:
        nonlocal most
        working.append(lease)
        most = max(most, len(working))
        try:
            await asyncio.Event().wait()
        finally:
            working.remove(lease)

    jobs = {each.owner: asyncio.create_task(keep(each, "alerts", work)) for each in processes}
    await holds(lambda: bool(working))
    [first] = working
    await stop(jobs.pop(first.owner))
    await holds(lambda: bool(working))
    [second] = working
    await stop(*jobs.values())

    assert second.owner != first.owner
    assert second.token > first.token
    assert most == 1
    assert working == []
    assert await house.holders() == {}


async def test_work_whose_lease_is_lost_is_cancelled_and_begins_anew_when_it_can(
    house: House,
) -> None:
    here = house.process(length=timedelta(seconds=0.6))
    there = house.process()
    working: list[Lease] = []

    async def work(lease: Lease) -> None:
        working.append(lease)
        try:
            await asyncio.Event().wait()
        finally:
            working.clear()

    job = asyncio.create_task(keep(here, "alerts", work))
    await holds(lambda: bool(working))
    [first] = working
    taken = None
    async with asyncio.timeout(DEADLINE):
        while taken is None:
            await house.pass_by(LENGTH)
            taken = await there.acquire("alerts")
    await holds(lambda: not working)
    await there.release([taken])
    await holds(lambda: bool(working))
    [again] = working
    await stop(job)

    assert first.token < taken.token < again.token


async def test_of_works_that_are_kept_together_one_may_be_lost_and_the_others_go_on(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    # They are renewed often and last long, so that a machine that stands still loses none.
    monkeypatch.setattr("shared.leases.leases._DUE", 0.02)
    here, there = house.process(), house.process()
    working: dict[str, Lease] = {}
    cancelled: list[str] = []

    async def work(lease: Lease) -> None:
        working[lease.name] = lease
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.append(lease.name)

    names = ("alerts", "questions", "tidying")
    jobs = [asyncio.create_task(keep(here, name, work)) for name in names]
    await holds(lambda: len(working) == len(names))
    await give(house, "questions", there.owner)
    await holds(lambda: bool(cancelled))
    ends = await expiries(house)
    await holds_in(house, lambda now: all(now[name] > ends[name] for name in ("alerts", "tidying")))
    assert cancelled == ["questions"]
    assert (await house.holders())["questions"] == there.owner
    await stop(*jobs)

    assert await house.holders() == {"questions": there.owner}


async def test_who_has_what_is_remembered_for_a_while(house: House) -> None:
    here = house.process()
    assert here.lately(60) is None
    await acquired(here, "alerts")
    async with (await house.opened[0].store()).reading() as connection:
        found = await here.holders(connection)

    assert here.lately(60) == found == {"alerts": here.owner}
    assert here.lately(-1) is None


async def test_work_stops_while_nobody_can_tell_whose_it_is(house: House) -> None:
    here = house.process(length=timedelta(seconds=0.3))
    working: list[Lease] = []

    async def work(lease: Lease) -> None:
        working.append(lease)
        try:
            await asyncio.Event().wait()
        finally:
            working.clear()

    job = asyncio.create_task(keep(here, "alerts", work))
    await holds(lambda: bool(working))
    await rename(house, "leases", "away")
    await holds(lambda: not working)
    await rename(house, "away", "leases")
    await holds(lambda: bool(working))
    await stop(job)


async def test_work_that_fails_is_told_and_leaves_its_lease(house: House) -> None:
    here = house.process()

    async def work(lease: Lease) -> None:
        raise OverflowError

    with pytest.raises(OverflowError):
        await keep(here, "alerts", work)
    assert await house.holders() == {}


async def holds(seen: Callable[[], bool]) -> None:
    """It is so at last."""

    async def look() -> bool:
        return seen()

    await until(look, deadline=DEADLINE)


async def give(house: House, name: str, owner: str) -> None:
    """Another owner has a lease, as after a time in which its first owner was not heard of."""
    async with (await house.opened[0].store()).writing() as connection:
        late = house.now + timedelta(days=9_999)
        values = {"owner": owner, "token": leases.c.token + 1, "expires_at": late}
        await connection.execute(update(leases).where(leases.c.name == name).values(values))


async def expiries(house: House) -> dict[str, datetime]:
    """When each lease expires."""
    async with (await house.opened[0].store()).reading() as connection:
        found = await connection.execute(select(leases.c.name, leases.c.expires_at))
        return {row.name: row.expires_at for row in found}


async def holds_in(house: House, good: Callable[[dict[str, datetime]], bool]) -> None:
    """Wait until it is true of when leases expire."""
    async with asyncio.timeout(DEADLINE):
        while not good(await expiries(house)):
            house.now += timedelta(milliseconds=1)
            await asyncio.sleep(0.02)


async def rename(house: House, old: str, new: str) -> None:
    """What the database called one name it calls another."""
    async with (await house.opened[0].store()).writing() as connection:
        await connection.execute(text(f"ALTER TABLE {old} RENAME TO {new}"))


async def acquired(leases: Leases, name: str) -> Lease:
    lease = await leases.acquire(name)
    assert lease is not None
    return lease


async def write(database: Database, leases: Leases, lease: Lease) -> None:
    """A transaction under a lease."""
    async with (await database.store()).writing() as connection:
        await leases.guard(lease)(connection)
