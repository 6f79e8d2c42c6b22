"""Forms that will probably be needed, told from what was left out of a request."""

from collections.abc import Callable, Mapping
from typing import Any

from bot.visit import Visit
from shared.operations import OPERATIONS

type Given = Mapping[str, Any]

_EFFECTS = {each.name: each.effect for each in OPERATIONS}
TIMES = ("cron", "every", "calendars")

TITLES: Mapping[str, str] = {
    "create_schedule": "New schedule",
    "query_execution": "Send a query",
    "reset_execution": "Please confirm",
    "signal_execution": "Send a signal",
    "start_workflow": "Start a workflow",
    "submit_input": "Answer",
    "terminate_executions": "Please confirm",
    "update_execution": "Send an update",
    "update_schedule": "Change a schedule",
}


def expect_form(visit: Visit) -> None:
    """Keep the trigger from running out where a form is likely; only a lookup can tell surely."""
    name = visit.request.name
    leaves_open = _OPEN.get(name)
    if leaves_open is None or visit.request.confirmed:
        return
    if visit.person.policy.offers(_EFFECTS[name]) and leaves_open(visit.arguments):
        visit.modal.expect(TITLES[name])


def _without_input(given: Given) -> bool:
    return not given.get("input")


def _without_name_or_input(given: Given) -> bool:
    return not (given.get("name") and given.get("input"))


def _without_name(given: Given) -> bool:
    """Queries seldom have an input; a single word may be the execution as well as the name."""
    return not (given.get("name") and given.get("execution_id"))


def _without_time(given: Given) -> bool:
    return not any(given.get(name) for name in TIMES)


def _without_change(given: Given) -> bool:
    return not set(given) - {"schedule_id"}


def _always(_: Given) -> bool:
    return True


_OPEN: Mapping[str, Callable[[Given], bool]] = {
    "create_schedule": _without_time,
    "query_execution": _without_name,
    "reset_execution": _always,
    "signal_execution": _without_name_or_input,
    "start_workflow": _without_input,
    "submit_input": _without_input,
    "terminate_executions": _always,
    "update_execution": _without_name_or_input,
    "update_schedule": _without_change,
}
