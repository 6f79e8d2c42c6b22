"""Puts findings into the inbox, each of them once."""

from collections.abc import Sequence
from dataclasses import asdict
from itertools import batched
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.alerts.finding import Finding
from shared.alerts.sweeps.memory import bounded_key
from shared.tables import findings

_AT_ONCE = 500


async def put(connection: AsyncConnection, found: Sequence[Finding]) -> set[str]:
    """The keys of those that were not there yet."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    new: set[str] = set()
    for some in batched(found, _AT_ONCE):
        statement = dialect.insert(findings).values([_row(each) for each in some])
        once = statement.on_conflict_do_nothing(index_elements=["key"])
        new |= set((await connection.execute(once.returning(findings.c.key))).scalars())
    return new


def _row(finding: Finding) -> dict[str, Any]:
    return asdict(finding) | {
        "key": bounded_key(finding.key),
        "kind": finding.kind.value,
        "detail": dict(finding.detail),
    }
