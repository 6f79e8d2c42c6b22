"""The calls that the sweeps make, counted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from shared.alerts.sweeps.health import DURATIONS
from shared.alerts.sweeps.rhythm import SweepRhythm
from shared.errors import ApiError, NotFound, RateLimited, UnexpectedAnswer
from shared.models import OPEN
from shared.operations.history_events import HistoryEvent, history_events
from shared.operations.pending import WAITING_FILTER, read_pending

if TYPE_CHECKING:
    from shared.api import WorkflowsApi
    from shared.models import EventPage, Execution, ExecutionPage, Schedule
    from shared.results import PendingInput

_OPEN = tuple(sorted(OPEN))


class Reader:
    """Reads for one turn; internal workflows are nobody's concern.

    `unreadable` has the names of executions that were listed, but cannot be read.
    """

    def __init__(self, api: WorkflowsApi, rhythm: SweepRhythm) -> None:
        self.calls = 0
        self.unreadable: set[str] = set()
        self._api = api
        self._rhythm = rhythm

    async def ended(self, after: datetime) -> AsyncIterator[ExecutionPage]:
        """The pages of runs that ended since then, asked for in the order of their ends."""

        def read(token: str | None) -> Awaitable[ExecutionPage]:
            return self._api.list_runs(
                sort_by="end_time",
                order="asc",
                end_time_after=after,
                include_internal=False,
                row_by_row=True,
                page_size=self._rhythm.page,
                next_page_token=token,
            )

        async for page in self._pages(read):
            yield page

    async def running(self, started_before: datetime | None) -> tuple[list[Execution], bool]:
        """Open executions, newest first, and whether they are all."""
        return await self._bounded(
            lambda token: self._api.list_runs(
                status=_OPEN,
                sort_by="start_time",
                start_time_before=started_before,
                include_internal=False,
                row_by_row=True,
                page_size=self._rhythm.page,
                next_page_token=token,
            )
        )

    async def waiting(self) -> tuple[list[Execution], bool]:
        """Open executions whose search key says that they wait, and whether they are all."""
        return await self._bounded(
            lambda token: self._api.list_runs(
                status=("RUNNING",),
                search_key=(WAITING_FILTER,),
                include_internal=False,
                row_by_row=True,
                page_size=self._rhythm.page,
                next_page_token=token,
            )
        )

    async def completed(self, workflow: str) -> list[Execution]:
        """The latest completed executions of a workflow, newest first."""
        self.calls += 1
        page = await self._api.list_runs(
            workflow_identifier=workflow,
            status=("COMPLETED",),
            sort_by="end_time",
            include_internal=False,
            row_by_row=True,
            page_size=DURATIONS,
        )
        return page.executions

    async def execution(self, execution_id: str) -> Execution | None:
        """The execution as of its latest run; None when the API does not know it."""
        self.calls += 1
        try:
            return await self._api.get_execution(execution_id)
        except NotFound:
            return None

    async def history(self, run_id: str) -> list[HistoryEvent]:
        """The history of one run; nothing when the API does not have it."""
        self.calls += 1
        try:
            return history_events(await self._api.get_run_history(run_id, decode_payloads=False))
        except NotFound:
            return []

    async def questions(self, execution_id: str) -> list[PendingInput] | None:
        """What an execution waits for; None when nobody says, such as a worker that is away."""
        self.calls += 1
        try:
            async with asyncio.timeout(self._rhythm.query_seconds):
                return await read_pending(self._api, execution_id)
        except NotFound:
            return []
        except RateLimited:
            raise
        except (ApiError, TimeoutError):
            return None

    async def events(self, execution_id: str, cursor: str | None, limit: int) -> EventPage:
        """A page of the events of one execution, oldest first."""
        self.calls += 1
        return await self._api.list_events(
            workflow_exec_id=execution_id, limit=limit, cursor=cursor
        )

    async def schedules(self) -> tuple[list[Schedule], bool]:
        """Schedules, and whether they are all."""
        found: list[Schedule] = []
        token: str | None = None
        for _ in range(self._rhythm.most_pages):
            self.calls += 1
            page = await self._api.list_schedules(
                page_size=self._rhythm.page, next_page_token=token
            )
            found += page.schedules
            token = page.next_page_token
            if not token:
                return found, True
        return found, False

    async def schedule(self, schedule_id: str) -> Schedule | None:
        """The schedule; None when it is gone."""
        self.calls += 1
        try:
            return await self._api.get_schedule(schedule_id)
        except NotFound:
            return None

    async def each[K, V](
        self, keys: Iterable[K], read: Callable[[K], Awaitable[V]]
    ) -> list[tuple[K, V | ApiError]]:
        """What is read for each key, a few at a time, or why it cannot be read.

        What is wrong with one of them must not hide the others; too many requests end it all.
        """
        turns = asyncio.Semaphore(self._rhythm.at_once)

        async def take(key: K) -> tuple[K, V | ApiError]:
            async with turns:
                try:
                    return key, await read(key)
                except RateLimited:
                    raise
                except ApiError as error:
                    return key, error

        return await gathered([take(key) for key in keys])

    async def _bounded(
        self, read: Callable[[str | None], Awaitable[ExecutionPage]]
    ) -> tuple[list[Execution], bool]:
        found: list[Execution] = []
        pages = 0
        async for page in self._pages(read):
            found += page.executions
            pages += 1
            if pages == self._rhythm.most_pages and page.next_page_token:
                return found, False
        return found, True

    async def _pages(
        self, read: Callable[[str | None], Awaitable[ExecutionPage]]
    ) -> AsyncIterator[ExecutionPage]:
        token: str | None = None
        seen: set[str] = set()
        while True:
            self.calls += 1
            page = await read(token)
            self.unreadable |= {each.name for each in page.unreadable}
            yield page
            token = page.next_page_token
            if not token:
                return
            if token in seen:
                raise UnexpectedAnswer(
                    "Could not list executions: the API gives the same page again and again. "
                    "Nothing was lost; it is tried again."
                )
            seen.add(token)


async def gathered[T](works: list[Awaitable[T]]) -> list[T]:
    """All results in order; when one fails the others are stopped, and its error is raised."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        return list(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
