"""What a message offers to do next: requests with labels, each only to those who may."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.buttons import Style, button, confirmation, menu
from bot.message import Block
from shared.operation import Effect
from shared.operations import OPERATIONS
from shared.results import NextStep

_EFFECTS: dict[str, Effect] = {each.name: each.effect for each in OPERATIONS}
_LABELS = {
    "cancel_executions": "Cancel…",
    "create_schedule": "Schedule…",
    "delete_schedule": "Delete…",
    "diagnose_execution": "Diagnose",
    "get_execution": "Status",
    "get_execution_history": "History",
    "get_execution_logs": "Logs",
    "get_execution_trace": "Trace",
    "get_schedule": "Schedule",
    "get_workflow": "Workflow",
    "list_execution_events": "Events",
    "list_executions": "Executions",
    "list_pending_inputs": "Waiting inputs",
    "list_schedules": "Schedules",
    "list_workflows": "Workflows",
    "pause_schedule": "Pause",
    "query_execution": "Query…",
    "reset_execution": "Reset…",
    "resume_schedule": "Resume",
    "signal_execution": "Signal…",
    "start_workflow": "Start…",
    "submit_input": "Answer…",
    "terminate_executions": "Terminate…",
    "trigger_schedule": "Start now",
    "update_execution": "Update…",
    "update_schedule": "Edit…",
}


@dataclass(frozen=True, slots=True)
class Offer:
    """A request that a person can make with one press."""

    label: str
    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    style: Style | None = None
    confirm: Block | None = None

    @property
    def effect(self) -> Effect:
        """What it may do; the bot's own commands change nothing that policy guards."""
        return _EFFECTS.get(self.name, Effect.READ)

    def allowed(self, offers: Callable[[Effect], bool]) -> bool:
        """Whether the person may."""
        return offers(self.effect)

    def button(self, tag: str = "") -> Block:
        """The offer as a button."""
        return button(
            self.label,
            self.name,
            self.arguments,
            style=self.style,
            confirm=self.confirm,
            tag=tag,
        )


def offer(
    name: str, arguments: Mapping[str, Any] | None = None, *, style: Style | None = None
) -> Offer:
    """An operation under its usual label."""
    return Offer(_LABELS[name], name, arguments or {}, style)


def cancel(execution_id: str) -> Offer:
    """Asking an execution to stop, which asks first."""
    asks = confirmation(
        "Cancel this execution?",
        f"{execution_id} will be asked to stop. It may clean up first.",
        "Cancel it",
        "Keep it running",
    )
    return Offer("Cancel…", "cancel_executions", {"execution_ids": [execution_id]}, "danger", asks)


def delete_schedule(schedule_id: str) -> Offer:
    """Deleting a schedule, which asks first."""
    asks = confirmation(
        "Delete this schedule?",
        f"{schedule_id} will start nothing any more, and cannot be brought back. "
        "Executions that are running go on.",
        "Delete it",
        "Keep it",
    )
    return Offer("Delete…", "delete_schedule", {"schedule_id": schedule_id}, "danger", asks)


def step_offer(step: NextStep) -> Offer:
    """A next step; waiting for an execution means watching it here."""
    if step.operation == "wait_for_execution":
        return Offer("Watch", "watch", {"execution_id": step.arguments.get("execution_id", "")})
    if step.operation == "cancel_executions":
        targets = step.arguments.get("execution_ids") or [""]
        return cancel(str(targets[0]))
    label = _LABELS.get(step.operation) or step.operation.replace("_", " ").capitalize()
    return Offer(label, step.operation, step.arguments)


def with_steps(own: Iterable[Offer], steps: Iterable[Offer]) -> list[Offer]:
    """The offers and the next steps, without a step that says an offer again.

    Where the step knows more, as a reset that names its event, it takes the offer's place.
    """
    kept = list(own)
    for step in steps:
        same = next((at for at, known in enumerate(kept) if _overlap(known, step)), None)
        if same is None:
            kept.append(step)
        elif len(step.arguments) > len(kept[same].arguments):
            kept[same] = step
    return kept


def overflow(offers: Sequence[Offer], tag: str = "") -> Block:
    """Up to five offers behind three dots; those that need a confirmation are asked for it."""
    return menu({each.label: (each.name, each.arguments) for each in offers[:5]}, tag)


def _overlap(one: Offer, other: Offer) -> bool:
    if one.name != other.name:
        return False
    fewer, more = sorted((one.arguments, other.arguments), key=len)
    return all(name in more and _same(more[name], value) for name, value in fewer.items())


def _same(one: object, other: object) -> bool:
    return json.dumps(one, default=str) == json.dumps(other, default=str)
