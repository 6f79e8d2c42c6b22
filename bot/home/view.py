"""The App Home as blocks; pure."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from bot.blocks import actions, context, divider, header, section
from bot.buttons import button
from bot.home.alerts import alert_rows, subscription_rows
from bot.home.reading import Overview
from bot.message import Block
from bot.mrkdwn import bold, code, date, line
from shared.results import ExecutionRow, PendingInput, ScheduleRow

_VIEW_BLOCKS = 100


def home_view(overview: Overview, *, name: str, may_write: bool, now: datetime) -> dict[str, Any]:
    """A `home` view for views.publish, within Slack's hundred blocks."""
    blocks = [
        header(f"Workflows, {name}"),
        actions(*_doors(may_write=may_write)),
        *_part("🟡 Waits for people", _waiting(overview.waiting, may_write=may_write)),
        *_part(_running_title(overview), _executions(overview.running, "Nothing runs.")),
        *_part("❌ Failed in the last 24 hours", _executions(overview.failed, "Nothing failed.")),
        *_part(_alerts_title(overview), alert_rows(overview.alerts, may_write=may_write)),
        *subscription_rows(overview.subscriptions, may_write=may_write),
        *_part("🗓️ Schedules", _schedules(overview.schedules)),
        *(context(f"⚠️ {line(note)}") for note in overview.notes[:5]),
        context(f"As of {date(now)}"),
    ]
    return {"type": "home", "callback_id": "home", "blocks": blocks[:_VIEW_BLOCKS]}


def _doors(*, may_write: bool) -> Iterator[Block]:
    if may_write:
        yield button("Start a workflow", "open_launcher", style="primary")
    yield button("Refresh", "open_home")
    yield button("Help", "help")


def _part(title: str, rows: Iterable[Block]) -> Iterator[Block]:
    yield divider()
    yield header(title)
    yield from rows


def _running_title(overview: Overview) -> str:
    if not overview.running:
        return "⏳ Running"
    more = " or more" if overview.more_running else ""
    return f"⏳ Running ({len(overview.running)}{more})"


def _alerts_title(overview: Overview) -> str:
    return f"🔔 Alerts ({len(overview.alerts)} firing)" if overview.alerts else "🔔 Alerts"


def _waiting(waiting: Sequence[PendingInput] | None, *, may_write: bool) -> Iterator[Block]:
    for number, pending in enumerate(waiting or ()):
        given = {"execution_id": pending.execution_id, "task_id": pending.task_id}
        door = (
            button("Answer…", "open_answer", given, style="primary", tag=f"w{number}")
            if may_write
            else _status_button(pending.execution_id, f"w{number}")
        )
        label = bold(pending.label or "A question without a label")
        of = f" · {line(pending.workflow)}" if pending.workflow else ""
        yield section(f"{label}{of}\n{code(pending.execution_id)}", accessory=door)
    if not waiting:
        yield context("Could not be read." if waiting is None else "Nothing waits.")


def _executions(rows: Sequence[ExecutionRow] | None, none: str) -> Iterator[Block]:
    for number, row in enumerate(rows or ()):
        since = f" · {date(row.started_at)}" if row.started_at else ""
        yield section(
            f"{bold(row.workflow)}{since}\n{code(row.execution_id)}",
            accessory=_status_button(row.execution_id, f"{row.status}{number}"),
        )
    if not rows:
        yield context("Could not be read." if rows is None else none)


def _schedules(rows: Sequence[ScheduleRow] | None) -> Iterator[Block]:
    for number, row in enumerate(rows or ()):
        state = "⏸️ paused" if row.paused else _next(row)
        yield section(
            f"{bold(row.workflow)} · {line(row.times)}\n{state} · {code(row.schedule_id)}",
            accessory=button(
                "Show", "get_schedule", {"schedule_id": row.schedule_id}, tag=f"s{number}"
            ),
        )
    if not rows:
        yield context("Could not be read." if rows is None else "There are no schedules.")


def _next(row: ScheduleRow) -> str:
    return f"next {date(row.next_at)}" if row.next_at else "no further time"


def _status_button(execution_id: str, tag: str) -> Block:
    return button("Show", "get_execution", {"execution_id": execution_id}, tag=tag)
