"""One result of each type, from a text that a stranger wrote, a number of rows, and an id."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from shared.results import (
    AlertDetail,
    AlertPreview,
    AlertRow,
    Alerts,
    AlertSubscription,
    AlertSubscriptionDetail,
    AlertSubscriptions,
    Answer,
    Bar,
    Diagnosis,
    Done,
    EventRow,
    Events,
    ExecutionDetail,
    ExecutionRow,
    Executions,
    Handler,
    History,
    HistoryRow,
    LogRow,
    Logs,
    NextStep,
    Outcome,
    Outcomes,
    PendingInput,
    PendingInputs,
    PreviewedAlert,
    Result,
    ScheduleDetail,
    ScheduleRow,
    Schedules,
    Started,
    Step,
    Trace,
    WorkflowDetail,
    WorkflowRow,
    Workflows,
)

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
THEN = NOW - timedelta(minutes=5)

type Example = Callable[[str, int, str], Result]


def workflows(s: str, n: int, k: str) -> Result:
    row = WorkflowRow(name=k, display_name=s, description=s, tags=(s, s), archived=True)
    return Workflows(workflows=(row,) * n, cursor=k)


def workflow(s: str, n: int, k: str) -> Result:
    handler = Handler(kind="signal", name=k, description=s, input_schema={s: s})
    return WorkflowDetail(
        name=k,
        workflow_id=k,
        display_name=s,
        description=s,
        active=True,
        tags=(s,),
        deployments=(k,),
        input_schema={s: s},
        output_schema={s: s},
        execution_timeout_seconds=3_600,
        handlers=(handler,) * n,
    )


def execution_row(k: str) -> ExecutionRow:
    return ExecutionRow(
        execution_id=k, workflow=k, status=k, started_at=THEN, duration_ms=1_500, parent_id=k
    )


def executions(s: str, n: int, k: str) -> Result:
    return Executions(executions=(execution_row(k),) * n, cursor=k)


def step(s: str, k: str) -> Step:
    return Step(
        name=s,
        kind="activity",
        state=s,
        attempts=3,
        started_at=THEN,
        duration_ms=20,
        message=s,
        progress=s,
        execution_id=k,
    )


def pending(s: str, k: str) -> PendingInput:
    return PendingInput(execution_id=k, workflow=k, task_id=k, label=s, input_schema={s: s})


def execution(s: str, n: int, k: str) -> Result:
    return ExecutionDetail(
        execution_id=k,
        run_id=k,
        workflow=k,
        status=k,
        still_running=True,
        started_at=THEN,
        ended_at=NOW,
        duration_ms=300_000,
        deployment=k,
        parent_id=k,
        root_id=k + k,
        search_keys={s: s},
        steps=(step(s, k),) * n,
        steps_done=2,
        pending_inputs=(pending(s, k),),
        children=(execution_row(k),) * n,
        error=s,
        result={"said": s[:4_000]},
        notes=(s,),
        next_steps=(NextStep(operation="submit_input", arguments={"execution_id": k}, why=s),),
    )


def history(s: str, n: int, k: str) -> Result:
    row = HistoryRow(event_id=7, type=s, time=THEN, summary=s, details={s: s})
    return History(
        execution_id=k,
        run_id=k,
        total=900,
        events=(row,) * n,
        reset_points=tuple(range(4, 400, 4)),
        next_event_id=51,
    )


def bar(s: str) -> Bar:
    return Bar(
        name=s,
        kind=s,
        depth=2,
        offset_ms=20,
        duration_ms=90,
        state=s,
        attempt=2,
        queued_ms=5,
        message=s,
    )


def trace(s: str, n: int, k: str) -> Result:
    return Trace(
        execution_id=k, view="summary", trace_id=k, has_trace_data=True, bars=(bar(s),) * n
    )


def log_row(s: str, k: str) -> LogRow:
    return LogRow(time=THEN, level=s, message=s, activity_id=k)


def logs(s: str, n: int, k: str) -> Result:
    return Logs(execution_id=k, records=(log_row(s, k),) * n, cursor=k)


def events(s: str, n: int, k: str) -> Result:
    row = EventRow(time=THEN, type=s, subject=s, summary=s, execution_id=k)
    return Events(execution_id=k, events=(row,) * n, cursor=k)


def pending_inputs(s: str, n: int, k: str) -> Result:
    return PendingInputs(pending_inputs=(pending(s, k),) * n, checked=n)


def schedules(s: str, n: int, k: str) -> Result:
    row = ScheduleRow(
        schedule_id=k, workflow=k, paused=True, times=s, next_at=NOW, last_execution_id=k
    )
    return Schedules(schedules=(row,) * n, cursor=k)


def schedule(s: str, n: int, k: str) -> Result:
    start = Started(execution_id=k, scheduled_at=THEN, started_at=THEN)
    return ScheduleDetail(
        schedule_id=k,
        workflow=k,
        paused=True,
        note=s,
        times=s,
        timezone=k,
        start_at=THEN,
        end_at=NOW,
        jitter=s,
        overlap=s,
        catchup_window_seconds=60,
        pause_on_failure=True,
        remaining_executions=3,
        deployment=k,
        input={s: s},
        next_times=(NOW,) * n,
        recent=(start,) * n,
        started=start,
    )


def diagnosis(s: str, n: int, k: str) -> Result:
    return Diagnosis(
        execution_id=k,
        run_id=k,
        workflow=k,
        status=k,
        headline=s,
        started_at=THEN,
        duration_ms=10,
        failed_step=step(s, k),
        error=s,
        stuck=True,
        attempts=9,
        running=(step(s, k),) * n,
        pending_inputs=(pending(s, k),),
        failed_children=(execution_row(k),) * n,
        logs=(log_row(s, k),) * n,
        slowest=(bar(s),) * n,
        reset_points=(4, 9),
        notes=(s,),
        next_steps=(NextStep(operation="get_execution", arguments={"execution_id": k}, why=s),),
    )


def answer(s: str, n: int, k: str) -> Result:
    return Answer(execution_id=k, kind="query", name=k, value={s: [s] * n})


def outcomes(s: str, n: int, k: str) -> Result:
    row = Outcome(execution_id=k, ok=True, message=s)
    return Outcomes(act="cancel", outcomes=(row,) * n)


def done(s: str, n: int, k: str) -> Result:
    return Done(message=s, execution_id=k, run_id=k, schedule_id=k)


def subscription(s: str, k: str) -> AlertSubscription:
    return AlertSubscription(
        subscription_id=k,
        channel=k,
        filter=s,
        manner=s,
        firing=2,
        muted_until=NOW + timedelta(hours=1),
        muted_by=s,
        created_by=s,
        created_at=THEN,
        error=s,
    )


def subscriptions(s: str, n: int, k: str) -> Result:
    return AlertSubscriptions(subscriptions=(subscription(s, k),) * n)


def one_subscription(s: str, n: int, k: str) -> Result:
    alert = PreviewedAlert(
        labels={s: s, "workflow": s}, count=3, first_at=THEN, last_at=NOW, execution_ids=(k,)
    )
    preview = AlertPreview(
        since=THEN, matched=3, looked_at=9, complete=False, alerts=(alert,) * n, more_alerts=1
    )
    return AlertSubscriptionDetail(subscription=subscription(s, k), preview=preview)


def alert_row(s: str, k: str) -> AlertRow:
    return AlertRow(
        alert_id=k,
        subscription_id=k,
        channel=k,
        state="firing",
        kind="failed",
        workflow=k,
        deployment=k,
        step=s,
        error=s,
        label=s,
        count=7,
        first_at=THEN,
        last_at=NOW,
        execution_ids=(k, k),
        late=True,
        acknowledged_by=s,
        acknowledged_at=NOW,
        muted_until=NOW + timedelta(hours=1),
    )


def alerts(s: str, n: int, k: str) -> Result:
    return Alerts(alerts=(alert_row(s, k),) * n, swept_at=THEN)


def one_alert(s: str, n: int, k: str) -> Result:
    return AlertDetail(alert=alert_row(s, k))


EXAMPLES: dict[type[Result], Example] = {
    Workflows: workflows,
    WorkflowDetail: workflow,
    Executions: executions,
    ExecutionDetail: execution,
    History: history,
    Trace: trace,
    Logs: logs,
    Events: events,
    PendingInputs: pending_inputs,
    Schedules: schedules,
    ScheduleDetail: schedule,
    Diagnosis: diagnosis,
    Answer: answer,
    Outcomes: outcomes,
    Done: done,
    AlertSubscriptions: subscriptions,
    AlertSubscriptionDetail: one_subscription,
    Alerts: alerts,
    AlertDetail: one_alert,
}
