"""Is the store there, current, and to be written to?"""

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import func, insert, inspect, select, text
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.context import Clock
from shared.doctor.check import Examination, Outcome, bad, fine, skipped, warning
from shared.doctor.clocks import Skew, judged, skew
from shared.doctor.database import address_of, looking, sqlite_file
from shared.doctor.once import Once, unless_failed
from shared.migration import HEAD
from shared.tables import seen
from shared.text import duration_words

GROUP = "Store"
SILENT = "the store cannot be used"
_PROBE = "doctor"


@dataclass(frozen=True, slots=True)
class StoreFacts:
    """What a look into the database told; `version` is None while it has no schema of ours."""

    url: URL
    took: timedelta
    version: str | None
    skew: Skew | None


class StoreLook:
    """The database at an address; `facts` raises StoreError where it cannot be used."""

    def __init__(self, url: str, clock: Clock) -> None:
        self.url = url
        self.clock = clock
        self.facts = Once(self._facts)

    async def _facts(self) -> StoreFacts:
        address = address_of(self.url)
        file = sqlite_file(address)
        if file is not None and not file.exists():
            return StoreFacts(address, timedelta(), None, None)
        asked = self.clock()
        async with looking(self.url) as connection:
            version = await _version(connection)
            took = self.clock() - asked
            return StoreFacts(address, took, version, await self._skew(connection))

    async def _skew(self, connection: AsyncConnection) -> Skew | None:
        if connection.dialect.name != "postgresql":
            return None
        asked = self.clock()
        shown = (await connection.execute(select(func.clock_timestamp()))).scalar_one()
        return skew(shown.astimezone(UTC), asked, self.clock(), timedelta())


def store_examinations(look: StoreLook) -> list[Examination]:
    """Of the store itself."""

    async def reachable() -> Outcome:
        return _reachable(await look.facts())

    async def schema(facts: StoreFacts) -> Outcome:
        return _schema(facts.version)

    async def writable(facts: StoreFacts) -> Outcome:
        return await _writable(look.url, facts)

    async def clock(facts: StoreFacts) -> Outcome:
        if facts.skew is None:
            return skipped("SQLite has the clock of this machine")
        return judged(facts.skew, "the database's clock")

    return [
        Examination(GROUP, "reachable", reachable),
        Examination(GROUP, "schema", unless_failed(look.facts, SILENT, schema)),
        Examination(GROUP, "writable", unless_failed(look.facts, SILENT, writable)),
        Examination(GROUP, "clock", unless_failed(look.facts, SILENT, clock)),
    ]


def _reachable(facts: StoreFacts) -> Outcome:
    took = duration_words(facts.took.total_seconds() * 1_000)
    file = sqlite_file(facts.url)
    if file is None and facts.url.get_backend_name() == "sqlite":
        return warning("SQLite in memory", "Nothing survives a restart. Set DATABASE_URL.")
    if file is not None:
        return fine(f"SQLite, {file}")
    host = facts.url.host or facts.url.query.get("host") or "localhost"
    return fine(f"PostgreSQL, {facts.url.database} at {host}, in {took}")


def _schema(version: str | None) -> Outcome:
    if version == HEAD:
        return fine(f"version {version}, which is current")
    if version is None:
        return fine(f"empty; a bot brings it to version {HEAD} at its first start")
    if version < HEAD:
        return warning(
            f"version {version}, and {HEAD} is current",
            "The next bot of this version that starts brings it there.",
        )
    return bad(
        f"version {version}, and this program knows {HEAD}",
        "A newer version has used this database: upgrade this one.",
    )


async def _writable(url: str, facts: StoreFacts) -> Outcome:
    if facts.version is None:
        return _makeable(sqlite_file(facts.url))
    async with looking(url) as connection:
        await connection.execute(
            insert(seen), {"key": f"{_PROBE}:{os.urandom(8).hex()}", "at": datetime.now(UTC)}
        )
        await connection.rollback()
    return fine("a row was written and taken back")


def _makeable(file: Path | None) -> Outcome:
    if file is None:
        return skipped("there is no table to write to yet")
    there = next(each for each in (file, *file.absolute().parents) if each.exists())
    if there.is_dir() and os.access(there, os.W_OK):
        return fine("it can be made")
    return bad(
        f"{file} cannot be made: {there} is not a folder that may be written to",
        "Set WORKFLOW_OPS_STATE_DIR or DATABASE_URL.",
    )


async def _version(connection: AsyncConnection) -> str | None:
    """What Alembic wrote, without which there are no tables of ours."""
    if not await connection.run_sync(lambda sync: inspect(sync).has_table("alembic_version")):
        return None
    found = await connection.execute(text("SELECT version_num FROM alembic_version"))
    version: str | None = found.scalar()
    return version
