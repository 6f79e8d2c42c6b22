"""The complete history of an execution as a file, for a thread that told some of it in numbers."""

from typing import TYPE_CHECKING

from bot.message import File
from bot.mrkdwn import in_utc
from bot.render.events import event_words
from bot.render.files import text_file
from shared.operations.event_pages import scope
from shared.operations.event_rows import event_row
from shared.operations.target import Target, find
from shared.secrets import redact_text
from shared.text import one_line

if TYPE_CHECKING:
    from shared.api import WorkflowsApi
    from shared.events import Event

_PAGE = 200
_LARGEST = 20 * 1024 * 1024
_KIND = 22


async def transcript(api: "WorkflowsApi", execution_id: str) -> File:
    """Every event of an execution and of those below it, a line each, oldest first.

    Raises whatever the API meets.
    """
    target = await find(api, execution_id)
    text = "\n".join(await _lines(api, target))
    return text_file(f"history-{execution_id}", text, f"The whole history of {execution_id}")


async def _lines(api: "WorkflowsApi", target: Target) -> list[str]:
    asked = scope(target, children=target.execution.root_execution_id == target.id)
    lines: list[str] = []
    size, cursor = 0, None
    while True:
        page = await api.list_events(**asked, limit=_PAGE, cursor=cursor)
        new = [line for event in page.events if (line := _line(event, target.id))]
        lines += new
        size += sum(map(len, new))
        cursor = page.next_cursor
        if not cursor or not page.events:
            return lines
        if size > _LARGEST:
            return [*lines, "… and more: the events command pages through all of them."]


def _line(event: "Event", execution_id: str) -> str:
    row = event_row(event, execution_id)
    if row.subject.startswith("__"):
        # The worker's own bookkeeping.
        return ""
    when = f"{in_utc(row.time):%Y-%m-%d %H:%M:%S.%f}"[:-3] if row.time else "-"
    child = f" (in {one_line(row.execution_id, 60)})" if row.execution_id else ""
    says = f"  {one_line(redact_text(row.summary), 300)}" if row.summary else ""
    kind = event_words(row.type)
    return f"{when}  {kind:<{_KIND}}  {one_line(row.subject, 80)}{child}{says}"
