"""Events as a worker sends them, made in the order they are written down."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from shared.events import Event
from shared.models import Execution

RECORDINGS = Path(__file__).parents[1] / "data" / "traces"
START = datetime(2026, 11, 22, tzinfo=UTC)
_START_NS = int(START.timestamp()) * 10**9


def recorded(name: str) -> tuple[list[Event], Execution]:
    """What a real worker sent of an execution, and how the API shows its end."""
    lines = (RECORDINGS / f"{name}.jsonl").read_text().splitlines()
    events = [Event.model_validate(json.loads(line)["data"]) for line in lines]
    execution = json.loads((RECORDINGS / f"{name}.exec.json").read_text())
    return events, Execution.model_validate(execution)


def second(seconds: float) -> datetime:
    """The time so many seconds after the start."""
    return START + timedelta(seconds=seconds)


@dataclass
class Happenings:
    """Each event comes a second after the one before."""

    execution_id: str = "order-41"
    workflow_name: str = "orders"
    events: list[Event] = field(default_factory=list)
    seconds: int = 0

    def add(self, event_type: str, *, at: float | None = None, **fields: Any) -> Event:
        """One event; `attributes` are given by name, the envelope has its own names."""
        self.seconds += 1
        time = self.seconds if at is None else at
        envelope = {
            "event_id": f"event-{len(self.events)}",
            "event_type": event_type,
            "event_timestamp": _START_NS + round(time * 10**9),
            "workflow_exec_id": self.execution_id,
            "root_workflow_exec_id": self.execution_id,
            "workflow_run_id": "run-1",
            "workflow_name": self.workflow_name,
            "parent_workflow_exec_id": None,
            "chain_run_id": None,
        }
        own = {name: fields.pop(name) for name in tuple(fields) if name in Event.model_fields}
        event = Event.model_validate(envelope | {"attributes": fields} | own)
        self.events.append(event)
        return event

    def starts(self, **fields: Any) -> None:
        """The execution starts."""
        fields = {"task_id": "w", "input": payload([{"n": 2}])} | fields
        self.add("WORKFLOW_EXECUTION_STARTED", **fields)

    def completes(self, result: Any = None, **fields: Any) -> None:
        """The execution says that it is complete."""
        self.add("WORKFLOW_EXECUTION_COMPLETED", task_id="w", result=payload(result), **fields)

    def fails(self, message: str, **fields: Any) -> None:
        """The execution says that it failed."""
        failure = {"message": message}
        self.add("WORKFLOW_EXECUTION_FAILED", task_id="w", failure=failure, **fields)

    def activity(self, what: str, task_id: str, **fields: Any) -> None:
        """Something happens to an activity."""
        message = fields.pop("message", None)
        failure = {} if message is None else {"failure": {"message": message}}
        names = {"task_id": task_id, "activity_name": f"step-{task_id}"}
        self.add(f"ACTIVITY_TASK_{what}", **(names | failure | fields))

    def task(self, what: str, task_id: str, state: Any = None, **fields: Any) -> None:
        """Something happens to a custom task; a state is given as it is."""
        names = {"custom_task_id": task_id, "custom_task_type": "work", "payload": payload(state)}
        self.add(f"CUSTOM_TASK_{what}", **(names | fields))

    def asks(self, task_id: str, label: str | None = "Manager", **fields: Any) -> None:
        """The execution waits for input."""
        question = {"input_schema": {"type": "object"}, "label": label}
        self.task("STARTED", task_id, question, custom_task_type="wait_for_input", **fields)


def payload(value: Any, type: str = "json") -> dict[str, Any]:
    """A value as events carry it."""
    return {"value": value, "type": type, "encoding_options": None}


def patch(*operations: Any) -> dict[str, Any]:
    """A patch as events carry it."""
    return payload(list(operations), "json_patch")


def seen(status: str | None, **changes: Any) -> Execution:
    """The execution as the API shows it."""
    return Execution.model_validate(
        {
            "workflow_name": "orders",
            "execution_id": "order-41",
            "root_execution_id": "order-41",
            "status": status,
            "start_time": START,
            "end_time": None,
            "result": None,
        }
        | changes
    )
