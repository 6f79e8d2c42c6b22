"""What the App Home shows, read at once; a part that cannot be had becomes a note."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass

from shared.context import Context
from shared.errors import OpsError
from shared.operations.alerts import ListAlertSubscriptions, list_alert_subscriptions
from shared.operations.alerts_firing import ListAlerts, list_alerts
from shared.operations.alerts_store import MOST_SHOWN
from shared.operations.executions import ListExecutions, list_executions
from shared.operations.inputs import ListPendingInputs, list_pending_inputs
from shared.operations.schedules import ListSchedules, list_schedules
from shared.results import (
    AlertRow,
    AlertSubscription,
    ExecutionRow,
    PendingInput,
    ScheduleRow,
)

RUNNING_SHOWN = 10
WAITING_SHOWN = 10
FAILED_SHOWN = 8
SCHEDULES_SHOWN = 8
ALERTS_SHOWN = 8
_PATIENCE_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Overview:
    """The state of a workspace for one person; None where a part could not be read."""

    running: tuple[ExecutionRow, ...] | None
    more_running: bool
    waiting: tuple[PendingInput, ...] | None
    failed: tuple[ExecutionRow, ...] | None
    schedules: tuple[ScheduleRow, ...] | None
    more_waiting: bool = False
    more_failed: bool = False
    more_schedules: bool = False
    alerts: tuple[AlertRow, ...] | None = ()
    firing: int = 0
    more_firing: bool = False
    subscriptions: tuple[AlertSubscription, ...] | None = ()
    notes: tuple[str, ...] = ()


async def read_overview(context: Context) -> Overview:
    """Six questions at once, each with its own fate."""
    notes: list[str] = []
    running, waiting, failed, schedules, alerts, subscriptions = await asyncio.gather(
        _have(
            "Running executions",
            list_executions(context, ListExecutions(status=("RUNNING",), limit=RUNNING_SHOWN)),
            notes,
        ),
        _have(
            "Waiting inputs",
            list_pending_inputs(context, ListPendingInputs(limit=WAITING_SHOWN)),
            notes,
        ),
        _have(
            "Failures",
            list_executions(
                context,
                ListExecutions(status=("FAILED", "TIMED_OUT"), since="24h", limit=FAILED_SHOWN),
            ),
            notes,
        ),
        _have("Schedules", list_schedules(context, ListSchedules(limit=50)), notes),
        _have("Alerts", list_alerts(context, ListAlerts()), notes),
        _have(
            "Subscriptions",
            list_alert_subscriptions(context, ListAlertSubscriptions(channel="all")),
            notes,
        ),
    )
    return Overview(
        running=running.executions if running else None,
        more_running=bool(running and running.cursor),
        waiting=waiting.pending_inputs[:WAITING_SHOWN] if waiting else None,
        more_waiting=bool(
            waiting and (waiting.cursor or len(waiting.pending_inputs) > WAITING_SHOWN)
        ),
        failed=failed.executions if failed else None,
        more_failed=bool(failed and failed.cursor),
        schedules=_soonest(schedules.schedules) if schedules else None,
        more_schedules=bool(
            schedules and (schedules.cursor or len(schedules.schedules) > SCHEDULES_SHOWN)
        ),
        alerts=alerts.alerts[:ALERTS_SHOWN] if alerts else None,
        firing=len(alerts.alerts) if alerts else 0,
        more_firing=bool(alerts and len(alerts.alerts) >= MOST_SHOWN),
        subscriptions=_busiest(subscriptions.subscriptions) if subscriptions else None,
        notes=(*notes, *(waiting.notes if waiting else ())),
    )


def _soonest(rows: tuple[ScheduleRow, ...]) -> tuple[ScheduleRow, ...]:
    """Active ones by their next time, then those without one, paused ones last."""
    ordered = sorted(rows, key=lambda row: (row.paused, row.next_at is None, row.next_at))
    return tuple(ordered[:SCHEDULES_SHOWN])


def _busiest(rows: tuple[AlertSubscription, ...]) -> tuple[AlertSubscription, ...]:
    """Those with alerts that fire, then the newest."""
    ordered = sorted(rows, key=lambda row: (row.firing, row.created_at), reverse=True)
    return tuple(ordered)


async def _have[T](what: str, asking: Awaitable[T], notes: list[str]) -> T | None:
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            return await asking
    except OpsError as error:
        notes.append(f"{what}: {error}")
    except TimeoutError:
        notes.append(f"{what} took longer than {_PATIENCE_SECONDS} s.")
    return None
