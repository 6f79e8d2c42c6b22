"""A store with subscriptions, findings that are put into it, and what the matcher makes of them."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.alerts import group_rows, subscriptions
from shared.alerts.details import Details, Need
from shared.alerts.finding import Finding, Kind
from shared.alerts.groups import Group
from shared.alerts.matcher import Matcher
from shared.alerts.subscriptions import Subscription
from shared.alerts.sweeps import inbox
from shared.alerts.wanted import Wanted
from shared.call import Actor
from shared.database import Database
from shared.tables.alerts import alert_groups, alert_occurrences, findings
from tests.bot.stores import opened

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
ANA = Actor("slack", "U0ANA", "ana")


@dataclass
class Clock:
    """A time that passes when told to."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def passes(self, **length: float) -> None:
        self.now += timedelta(**length)


@dataclass
class Answers:
    """Details by execution id; an exception stands for trouble of the API."""

    by_execution: dict[str | None, Details | Exception] = field(default_factory=dict)
    trouble: Exception | None = None
    asked: list[tuple[str | None, Need]] = field(default_factory=list)

    async def __call__(self, finding: Finding, need: Need) -> Details:
        self.asked.append((finding.execution_id, need))
        answer = self.trouble or self.by_execution.get(finding.execution_id, Details())
        if isinstance(answer, Exception):
            raise answer
        return answer


@dataclass
class MatchStage:
    """A matcher in front of a store."""

    database: Database
    clock: Clock
    answers: Answers
    matcher: Matcher

    async def subscribe(self, *, channel: str = "C0OPS", **wanted: Any) -> Subscription:
        async with (await self.database.store()).writing() as connection:
            return await subscriptions.add(
                connection, channel, Wanted(**wanted), ANA, self.clock.now - timedelta(hours=1)
            )

    async def find(self, *found: Finding) -> None:
        async with (await self.database.store()).writing() as connection:
            await inbox.put(connection, found)

    async def match(self, *found: Finding) -> int:
        """Put these in and match everything."""
        await self.find(*found)
        total = 0
        while count := await self.matcher.match(nobody_minds):
            total += count
        return total

    async def match_in_turns(self, limit: int) -> int:
        """Match with others who do the same, a few at a time, until nothing is left."""
        total = 0
        while await self.unmatched():
            total += await self.matcher.match(nobody_minds, limit)
        return total

    async def groups(self) -> list[Group]:
        async with (await self.database.store()).reading() as connection:
            ids = (await connection.execute(select(alert_groups.c.id))).scalars().all()
            found = [await group_rows.get(connection, each) for each in ids]
        kept = [each for each in found if each is not None]
        return sorted(kept, key=lambda group: (group.created_at, group.first_at, group.id))

    async def group(self) -> Group:
        (only,) = await self.groups()
        return only

    async def save(self, group: Group) -> None:
        async with (await self.database.store()).writing() as connection:
            await group_rows.save(connection, [group])

    async def occurrences(self) -> list[dict[str, Any]]:
        order = alert_occurrences.c.group_id, alert_occurrences.c.number
        async with (await self.database.store()).reading() as connection:
            rows = await connection.execute(select(alert_occurrences).order_by(*order))
            return [dict(row) for row in rows.mappings()]

    async def unmatched(self) -> list[str]:
        waiting = select(findings.c.key).where(findings.c.matched_at.is_(None))
        async with (await self.database.store()).reading() as connection:
            return list((await connection.execute(waiting.order_by(findings.c.seq))).scalars())


async def nobody_minds(connection: AsyncConnection) -> None:
    """The guard of a lease that nobody takes away."""


@asynccontextmanager
async def match_stage(url: str) -> AsyncIterator[MatchStage]:
    """A stage on a database."""
    clock, answers = Clock(), Answers()
    async with opened(url) as database:
        yield stage_on(database, clock, answers)


def stage_on(database: Database, clock: Clock, answers: Answers) -> MatchStage:
    """A stage on an open database: several on one are several replicas."""
    api: Any = None  # the answers stand in front of it
    matcher = Matcher(database, api, clock, read=answers)
    return MatchStage(database, clock, answers, matcher)


def finding(kind: Kind = Kind.FAILED, number: int = 1, **changes: Any) -> Finding:
    """An end of an execution, minutes after noon by its number."""
    at = changes.pop("at", NOW + timedelta(minutes=number))
    execution_id = changes.pop("execution_id", f"order-{number}")
    made = Finding(
        key=f"{kind}:{execution_id}:run-{number}",
        kind=kind,
        workflow="invoice-eu",
        at=at,
        found_at=at,
        subject=execution_id,
        execution_id=execution_id,
        run_id=f"run-{number}",
        detail={"duration_ms": 1_000},
    )
    return replace(made, **changes)


def waiting(number: int = 1, **changes: Any) -> Finding:
    """A question that begins to wait."""
    execution_id = changes.pop("execution_id", f"order-{number}")
    at = NOW + timedelta(minutes=number)
    return finding(
        Kind.WAITING,
        number,
        key=f"waiting:{execution_id}/t1:{at.isoformat()}",
        subject=f"{execution_id}/t1",
        execution_id=execution_id,
        detail={"task_id": "t1", "label": "Manager approval"},
        **changes,
    )


def over(begun: Finding, **later: float) -> Finding:
    """The end of a state."""
    return replace(
        begun,
        key=f"{begun.key}:over",
        over=True,
        at=begun.at + timedelta(**(later or {"minutes": 1})),
    )


def only[T](found: Iterable[T]) -> T:
    """The one there is."""
    (one,) = found
    return one
