"""What the sweeps remember from turn to turn, written with what they found."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from itertools import batched
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.tables import sweep_memory

LONGEST_KEY = 700
_AT_ONCE = 500


class Scope(StrEnum):
    """What a row of memory is about."""

    CURSOR = "cursor"
    """Up to where the ends of executions were read."""
    STATUS = "status"
    """When each part was complete last, or why it was not."""
    WORKFLOW = "workflow"
    """The health of each workflow."""
    STATE = "state"
    """Each state that holds now."""
    BOUND = "bound"
    """Since when each bound of Kind.SLOW is looked at."""
    SCHEDULE = "schedule"
    """What each schedule looked like."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """A row of memory; `at` means what the scope makes of it."""

    value: Any
    at: datetime


async def recall(connection: AsyncConnection, scope: Scope) -> dict[str, Remembered]:
    """All rows of a scope by their keys."""
    wanted = select(sweep_memory).where(sweep_memory.c.scope == scope)
    return {row.key: Remembered(row.value, row.at) for row in await connection.execute(wanted)}


async def recall_some(
    connection: AsyncConnection, scope: Scope, keys: Iterable[str]
) -> dict[str, Remembered]:
    """Those rows of a scope that exist under these keys, which may be any texts."""
    found: dict[str, Remembered] = {}
    for some in batched(sorted(set(keys)), _AT_ONCE):
        by_row = {bounded_key(key): key for key in some}
        wanted = select(sweep_memory).where(
            sweep_memory.c.scope == scope, sweep_memory.c.key.in_(by_row)
        )
        for row in await connection.execute(wanted):
            found[by_row[row.key]] = Remembered(row.value, row.at)
    return found


async def remember(
    connection: AsyncConnection, scope: Scope, values: Mapping[str, Any], at: datetime
) -> None:
    """Write rows over what was there."""
    rows = [
        {"scope": scope, "key": bounded_key(key), "value": value, "at": at}
        for key, value in values.items()
    ]
    for some in batched(rows, _AT_ONCE):
        statement = _insert(connection).values(some)
        new = {"value": statement.excluded["value"], "at": statement.excluded["at"]}
        upsert = statement.on_conflict_do_update(index_elements=["scope", "key"], set_=new)
        await connection.execute(upsert)


async def forget(connection: AsyncConnection, scope: Scope, keys: Iterable[str]) -> None:
    """Remove the rows of these keys."""
    for some in batched(sorted(set(keys)), _AT_ONCE):
        bounded = [bounded_key(key) for key in some]
        await connection.execute(
            delete(sweep_memory).where(
                sweep_memory.c.scope == scope, sweep_memory.c.key.in_(bounded)
            )
        )


async def forget_all(connection: AsyncConnection, scope: Scope) -> None:
    """Remove all rows of a scope."""
    await connection.execute(delete(sweep_memory).where(sweep_memory.c.scope == scope))


def bounded_key(key: str, longest: int = LONGEST_KEY) -> str:
    """The key as a column can hold it: one that is too long ends in a digest of the whole."""
    if len(key) <= longest:
        return key
    digest = sha256(key.encode()).hexdigest()
    return f"{key[: longest - len(digest) - 1]}#{digest}"


def joined(parts: Sequence[object]) -> str:
    """The parts of a key as one text."""
    return ":".join(map(str, parts))


def _insert(connection: AsyncConnection) -> Any:
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    return dialect.insert(sweep_memory)
