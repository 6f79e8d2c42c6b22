"""What a dry run reads of ends beyond their list: within bounds, a few at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from shared.alerts.details import NOTHING, Details, Need, ReadDetails
from shared.alerts.finding import Finding, Kind
from shared.alerts.matching import deciding, needs_details
from shared.alerts.sweeps.resets import was_reset
from shared.errors import ApiError, RateLimited, Unavailable

if TYPE_CHECKING:
    from shared.alerts.sweeps.reader import Reader
    from shared.alerts.wanted import Wanted

_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much a dry run may read."""

    runs: int = 2_000
    details: int = 100
    seconds: float = 20.0


@dataclass(slots=True)
class CloseLook:
    """What was read, by the keys of findings; `resets` ended runs that go on as others."""

    reader: Reader
    read: ReadDetails
    wanted: Wanted
    details: dict[str, Details] = field(default_factory=dict)
    resets: set[str] = field(default_factory=set)
    _refused: bool = False

    async def at(self, asked: Sequence[Finding], bounds: Bounds) -> None:
        """Look, the newest first, as long as that goes well and does not take too long."""
        chosen = [each for each in reversed(asked) if _is_looked_at(self.wanted, each)]
        turns = asyncio.Semaphore(_AT_ONCE)

        async def look(finding: Finding) -> None:
            async with turns:
                await self._look(finding)

        try:
            async with asyncio.timeout(bounds.seconds), asyncio.TaskGroup() as group:
                for finding in chosen[: bounds.details]:
                    group.create_task(look(finding))
        except TimeoutError:
            pass

    def is_undecided(self, finding: Finding) -> bool:
        """Whether it would have to be read to say whether it fits, and was not."""
        return _is_decided_by_look(self.wanted, finding) and not self._has_seen(finding)

    def _has_seen(self, finding: Finding) -> bool:
        return finding.key in self.details or finding.key in self.resets

    async def _look(self, finding: Finding) -> None:
        if self._refused:
            return
        try:
            if await self._was_reset(finding):
                self.resets.add(finding.key)
            else:
                self.details[finding.key] = await self._details(finding)
        except (RateLimited, Unavailable):
            self._refused = True

    async def _was_reset(self, finding: Finding) -> bool:
        if finding.kind is not Kind.TERMINATED:
            return False
        try:
            return await was_reset(
                self.reader, finding.execution_id or "", finding.run_id, finding.at
            )
        except (RateLimited, Unavailable):
            raise
        except ApiError:
            return False  # as the sweeps have it: where it cannot be known, it was terminated

    async def _details(self, finding: Finding) -> Details:
        need = _need(self.wanted, finding)
        return NOTHING if need is Need.NOTHING else await self.read(finding, need)


def _is_looked_at(wanted: Wanted, finding: Finding) -> bool:
    return finding.kind is Kind.TERMINATED or _need(wanted, finding) is not Need.NOTHING


def _is_decided_by_look(wanted: Wanted, finding: Finding) -> bool:
    return finding.kind is Kind.TERMINATED or deciding(wanted, finding) is not Need.NOTHING


def _need(wanted: Wanted, finding: Finding) -> Need:
    # Without a filter or a group that depends on them nobody needs the errors of old.
    if "error" in wanted.group_by:
        return needs_details(wanted, finding)
    return deciding(wanted, finding)
