"""The App Home as blocks; pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.blocks import actions, context, divider, header, section
from bot.buttons import button
from bot.home.alerts import alert_rows, subscription_rows
from bot.home.reading import Overview
from bot.message import Block
from bot.mrkdwn import bold, code, date, line
from bot.render.words import fields_words, since
from shared.results import ExecutionRow, PendingInput, ScheduleRow

_VIEW_BLOCKS = 100
_RUNNING = {"status": ["RUNNING"]}
_FAILED = {"status": ["FAILED", "TIMED_OUT"], "since": "24h"}


def home_view(overview: Overview, *, name: str, may_write: bool, now: datetime) -> dict[str, Any]:
    """A `home` view for views.publish, within Slack's hundred blocks."""
    blocks = [
        header(f"Workflows, {name}"),
        actions(*_doors(may_write=may_write)),
        *_part("🟡 Waits for people", _waiting(overview, may_write=may_write, now=now)),
        *_more("Show all that wait", "list_pending_inputs", overview.more_waiting),
        *_part(_running_title(overview), _executions(overview.running, "Nothing runs.")),
        *_more("Show all that run", "list_executions", overview.more_running, _RUNNING),
        *_part("❌ Failed in the last 24 hours", _executions(overview.failed, "Nothing failed.")),
        *_more("Show all that failed", "list_executions", overview.more_failed, _FAILED),
        *_part(_alerts_title(overview), _alerts(overview, may_write=may_write)),
        *subscription_rows(overview.subscriptions, may_write=may_write),
        *_part("🗓️ Schedules", _schedules(overview.schedules)),
        *_more("Show all schedules", "list_schedules", overview.more_schedules),
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
    if not overview.firing:
        return "🔔 Alerts"
    more = " or more" if overview.more_firing else ""
    return f"🔔 Alerts ({overview.firing:,}{more} firing)"


def _alerts(overview: Overview, *, may_write: bool) -> Iterator[Block]:
    yield from alert_rows(overview.alerts, may_write=may_write)
    hidden = overview.firing - len(overview.alerts or ())
    if hidden > 0:
        yield actions(button("Show all", "list_alerts"))


def _more(
    label: str, name: str, is_cut: bool, given: Mapping[str, Any] | None = None
) -> Iterator[Block]:
    """The way to what is not shown."""
    if is_cut:
        yield actions(button(label, name, given))


def _waiting(overview: Overview, *, may_write: bool, now: datetime) -> Iterator[Block]:
    waiting = overview.waiting
    for number, pending in enumerate(waiting or ()):
        given = {"execution_id": pending.execution_id, "task_id": pending.task_id}
        door = (
            button("Answer…", "open_answer", given, style="primary", tag=f"w{number}")
            if may_write
            else _status_button(pending.execution_id, f"w{number}")
        )
        label = bold(pending.label or "A question without a label")
        of = f" · {line(pending.workflow)}" if pending.workflow else ""
        words = "\n".join([f"{label}{of}", *_asked(pending, now)])
        yield section(words, accessory=door)
    if not waiting:
        yield context("Could not be read." if waiting is None else "Nothing waits.")


def _asked(pending: PendingInput, now: datetime) -> Iterator[str]:
    """What is decided, and since when it waits."""
    if about := fields_words(pending.input, 160):
        yield line(about)
    asked = f" · asked {since(pending.asked_at, now)} ago" if pending.asked_at else ""
    yield f"{code(pending.execution_id)}{asked}"


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
