"""Which schedules there are, and when they start their workflows."""

from typing import Literal

from shared.arguments import Cursor, Id, Limit, Name
from shared.call import Effect
from shared.context import Context
from shared.operation import Params, operation
from shared.operations.schedule_words import schedule_detail, schedule_row
from shared.results import ScheduleDetail, Schedules


class ListSchedules(Params):
    """The arguments of list_schedules."""

    workflow: Name | None = None
    search: Name | None = None
    status: Literal["active", "paused"] | None = None
    user: Name | None = None
    limit: Limit = 50
    cursor: Cursor | None = None


class GetSchedule(Params):
    """The arguments of get_schedule."""

    schedule_id: Id


@operation(
    command="schedules list {workflow}",
    effect=Effect.READ,
    idempotent=True,
    examples=lambda: (ListSchedules(), ListSchedules(status="paused")),
)
async def list_schedules(context: Context, params: ListSchedules) -> Schedules:
    """List schedules with their next start."""
    page = await context.api.list_schedules(
        workflow_name=params.workflow,
        search=params.search,
        status=params.status,
        user_id=params.user,
        page_size=params.limit,
        next_page_token=params.cursor,
    )
    rows = tuple(schedule_row(each) for each in page.schedules)
    return Schedules(schedules=rows, cursor=page.next_page_token or None)


@operation(
    command="schedules show {schedule_id}",
    effect=Effect.READ,
    idempotent=True,
    examples=lambda: (GetSchedule(schedule_id="nightly"),),
)
async def get_schedule(context: Context, params: GetSchedule) -> ScheduleDetail:
    """Show a schedule with next times and recent executions."""
    return schedule_detail(await context.api.get_schedule(params.schedule_id))
