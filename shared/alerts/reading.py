"""Details of many findings, a few at a time, and not at all while the API asks for patience."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta

from shared.alerts.details import Details, Need, ReadDetails
from shared.alerts.finding import Finding
from shared.context import Clock
from shared.errors import RateLimited, Unavailable

_AT_ONCE = 4
_FIRST_WAIT = 2.0
_LONGEST_WAIT = 60.0
# After so long an alert without its details is better than none.
PATIENCE = timedelta(minutes=5)


class DetailsReader:
    """Reads what is needed, and backs off when the API has trouble."""

    def __init__(self, read: ReadDetails, clock: Clock) -> None:
        self._read = read
        self._clock = clock
        self._failures = 0
        self._not_before: datetime | None = None

    async def read(self, needs: Mapping[int, tuple[Finding, Need]]) -> dict[int, Details]:
        """The details by their places; those that cannot be had now are missing."""
        found: dict[int, Details] = {}
        limit = asyncio.Semaphore(_AT_ONCE)

        async def one(place: int, finding: Finding, need: Need) -> None:
            async with limit:
                details = await self._one(finding, need)
            if details is not None:
                found[place] = details

        async with asyncio.TaskGroup() as group:
            for place, (finding, need) in needs.items():
                group.create_task(one(place, finding, need))
        return found

    async def _one(self, finding: Finding, need: Need) -> Details | None:
        if need is Need.NOTHING:
            return Details()
        if not self._is_open:
            return self._without(finding)
        try:
            details = await self._read(finding, need)
        except (RateLimited, Unavailable) as error:
            self._back_off(error.retry_after)
            return self._without(finding)
        self._failures, self._not_before = 0, None
        return details

    @property
    def _is_open(self) -> bool:
        return self._not_before is None or self._clock() >= self._not_before

    def _back_off(self, asked: float | None) -> None:
        # Those that were on their way together count once.
        if self._is_open:
            self._failures += 1
            wait = min(_FIRST_WAIT * 2.0 ** (self._failures - 1), _LONGEST_WAIT)
            self._not_before = self._clock() + timedelta(seconds=max(wait, asked or 0.0))

    def _without(self, finding: Finding) -> Details | None:
        if self._clock() - finding.found_at < PATIENCE:
            return None
        return Details(note="The API could not be asked about it.")
