"""Every operation there is; both faces render this list."""

from typing import Any

from shared.operation import Operation
from shared.operations.alerts import (
    create_alert_subscription,
    delete_alert_subscription,
    list_alert_subscriptions,
    mute_alert_subscription,
)
from shared.operations.alerts_firing import acknowledge_alert, list_alerts
from shared.operations.diagnose import diagnose_execution
from shared.operations.events import list_execution_events
from shared.operations.executions import get_execution, list_executions
from shared.operations.history import get_execution_history
from shared.operations.inputs import list_pending_inputs, submit_input
from shared.operations.logs import get_execution_logs
from shared.operations.messages import query_execution, signal_execution, update_execution
from shared.operations.reset import reset_execution
from shared.operations.schedule_changes import (
    create_schedule,
    delete_schedule,
    pause_schedule,
    resume_schedule,
    trigger_schedule,
    update_schedule,
)
from shared.operations.schedules import get_schedule, list_schedules
from shared.operations.start import start_workflow
from shared.operations.stop import cancel_executions, terminate_executions
from shared.operations.trace import get_execution_trace
from shared.operations.wait import wait_for_execution
from shared.operations.workflows import get_workflow, list_workflows

OPERATIONS: tuple[Operation[Any, Any], ...] = (
    list_workflows,
    get_workflow,
    list_executions,
    get_execution,
    get_execution_history,
    get_execution_trace,
    get_execution_logs,
    list_execution_events,
    wait_for_execution,
    query_execution,
    list_pending_inputs,
    list_schedules,
    get_schedule,
    diagnose_execution,
    list_alerts,
    list_alert_subscriptions,
    start_workflow,
    signal_execution,
    update_execution,
    submit_input,
    create_schedule,
    update_schedule,
    pause_schedule,
    resume_schedule,
    trigger_schedule,
    create_alert_subscription,
    mute_alert_subscription,
    delete_alert_subscription,
    acknowledge_alert,
    cancel_executions,
    terminate_executions,
    reset_execution,
    delete_schedule,
)
