"""What cannot be undone is asked about first, unless a person was asked already."""

from typing import Any

from bot.acts.forms import show_form
from bot.acts.lookup import execution_rows, whole_history
from bot.forms import Draft, cancel_form, reset_form, terminate_form
from bot.message import Message
from bot.mrkdwn import code, line
from bot.render import states
from bot.render.confirm import render_confirm
from bot.visit import Visit
from shared.call import Effect
from shared.errors import InvalidArguments
from shared.operation import Operation
from shared.operations.target import has_ended
from shared.results import ExecutionRow

_TITLE = "Please confirm"
_STOPS = ("cancel_executions", "terminate_executions")


async def asked_first(visit: Visit, operation: Operation[Any, Any]) -> bool:
    """Whether a question went out in place of the act; policy is asked before the person is."""
    if operation.effect is not Effect.DESTRUCTIVE or visit.request.confirmed:
        return False
    await _refuse(visit, operation)
    targets = _targets(visit)
    rows = await _stopped(visit, operation, targets)
    if rows and len(rows) == len(targets) and all(has_ended(each.status) for each in rows):
        await _decline(visit, rows)
    elif operation.name == "delete_schedule" or (
        operation.name == "cancel_executions" and len(targets) == 1
    ):
        operation.validate(visit.arguments)
        visit.modal.leave()
        asked = render_confirm(operation.name, visit.arguments, targets, visit.view)
        await visit.whisper(asked)
    else:
        await show_form(visit, _TITLE, _form(visit, operation, targets, rows))
    return True


async def _stopped(
    visit: Visit, operation: Operation[Any, Any], targets: list[str]
) -> list[ExecutionRow]:
    """What is known of the executions that would be stopped."""
    if operation.name not in _STOPS:
        return []
    operation.validate(visit.arguments)
    if len(targets) > 1:
        visit.modal.expect(_TITLE)
    return await execution_rows(visit, targets)


async def _decline(visit: Visit, rows: list[ExecutionRow]) -> None:
    """Say that there is nothing to stop: to ask would promise that something happens."""
    first = rows[0]
    told = f"{code(first.execution_id)} has ended already ({line(states.word(first.status))})"
    if len(rows) > 1:
        told = f"All {len(rows)} executions have ended already"
    words = f"☑️ {told}: there is nothing to stop."
    if not await visit.modal.conclude("Nothing to stop", words):
        await visit.whisper(Message(words))


async def _refuse(visit: Visit, operation: Operation[Any, Any]) -> None:
    """Raise NotAllowed where the person may not; the trail tells of what was whole enough to do."""
    policy = visit.person.policy
    if policy.offers(operation.effect):
        return
    try:
        operation.validate(visit.arguments)
    except InvalidArguments:
        policy.check_effect(operation.name, operation.effect)
    await operation.invoke(visit.context, visit.arguments)


async def _form(
    visit: Visit, operation: Operation[Any, Any], targets: list[str], rows: list[ExecutionRow]
) -> Draft:
    if operation.name == "reset_execution":
        # The picker asks for what is missing, so that only the target has to be there.
        operation.validate({"event_id": 1, **visit.arguments})
        return reset_form(await whole_history(visit, targets[0]), visit.arguments)
    make = terminate_form if operation.name == "terminate_executions" else cancel_form
    return make(targets, rows, visit.arguments.get("reason"))


def _targets(visit: Visit) -> list[str]:
    given = visit.arguments
    several = given.get("execution_ids") or ()
    one = given.get("execution_id") or given.get("schedule_id")
    found = [*([several] if isinstance(several, str) else several), one]
    return [str(each) for each in found if each]
