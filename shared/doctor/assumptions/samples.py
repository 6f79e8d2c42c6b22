"""What several assumptions are tried on, read once."""

from datetime import datetime, timedelta

from shared.api import WorkflowsApi
from shared.context import Clock
from shared.doctor.once import Once
from shared.models import EventPage, Execution, ExecutionPage, is_terminal

PAGE = 200
_WINDOW = timedelta(days=7)


class Samples:
    """Recent executions, those that ended since `window` in order, and the events of one."""

    def __init__(self, api: WorkflowsApi, clock: Clock) -> None:
        self.api = api
        self.clock = clock
        self.window = clock() - _WINDOW
        self.recent = Once(self._recent)
        self.ended = Once(self._ended)
        self.one = Once(self._one)
        self.events = Once(self._events)

    async def _recent(self) -> ExecutionPage:
        return await self.api.list_runs(page_size=PAGE)

    async def _ended(self) -> ExecutionPage:
        return await self.ended_since(self.window, PAGE)

    async def ended_since(
        self, moment: datetime, size: int, token: str | None = None
    ) -> ExecutionPage:
        """A page as sweeps ask for it."""
        return await self.api.list_runs(
            sort_by="end_time",
            order="asc",
            end_time_after=moment,
            include_internal=False,
            page_size=size,
            next_page_token=token,
        )

    async def _one(self) -> Execution | None:
        """The latest root execution that has ended."""
        rows = (await self.recent()).executions
        roots = (row for row in rows if row.root_execution_id == row.execution_id)
        found = next((row for row in roots if is_terminal(row.status)), None)
        return await self.api.get_execution(found.execution_id) if found else None

    async def _events(self) -> EventPage | None:
        one = await self.one()
        if one is None:
            return None
        return await self.api.list_events(root_workflow_exec_id=one.execution_id, limit=PAGE)
