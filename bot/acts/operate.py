"""One operation for a person: made complete, asked about where it destroys, done, and shown."""

from collections.abc import Mapping
from typing import Any

from bot.acts.aftermath import done
from bot.acts.answering import answer_pending
from bot.acts.asking import asked_first
from bot.acts.expecting import expect_form
from bot.acts.filling import filled_in
from bot.acts.outcome import told
from bot.acts.starting import start
from bot.grammar import fit
from bot.grammar.values import is_loose, settled
from bot.render import render
from bot.visit import Visit
from shared.call import Effect
from shared.operation import Operation
from shared.operations import OPERATIONS
from shared.operations.inputs import submit_input
from shared.operations.start import start_workflow
from shared.results import Result

BY_NAME: Mapping[str, Operation[Any, Any]] = {each.name: each for each in OPERATIONS}

# Lists that short keep their buttons for each of their rows.
_DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "list_executions": {"limit": 10},
    "list_pending_inputs": {"limit": 10},
}


async def operate(visit: Visit) -> None:
    """Run the operation that is asked for; raises OpsError."""
    operation = BY_NAME[visit.request.name]
    expect_form(visit)
    given = {**_DEFAULTS.get(operation.name, {}), **visit.arguments}
    resolved = await visit.parts.targets.resolve(operation.name, given, visit.place)
    asking = visit.asking(operation.name, resolved)
    complete = await filled_in(asking)
    if complete is None:
        # A form or a question took over; the request comes back from there.
        return
    ready = visit.asking(operation.name, _plain(complete))
    # A reset without an event is no mistake: the form asks for it.
    if await asked_first(ready, operation):
        return
    visit.modal.leave()
    operation.validate(ready.arguments)
    if operation is start_workflow:
        await start(ready, operation)
        return
    result = await _run(ready, operation)
    if operation.effect is Effect.READ:
        await _show(ready, result)
        return
    wholly = result.shortfall() is None
    async with done(ready, lambda: render(result, ready.view), wholly=wholly):
        await _show(ready, result)


async def _show(visit: Visit, result: Result) -> None:
    await visit.parts.targets.notice(visit.place, result)
    await told(visit, result, lambda: render(result, visit.view))


async def _run(visit: Visit, operation: Operation[Any, Any]) -> Result:
    if operation is submit_input:
        return await answer_pending(visit)
    result: Result = await operation.invoke(visit.context, visit.arguments)
    return result


def _plain(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments without words that still wait for a type."""
    return {
        name: fit(value, None) if isinstance(value, dict) and is_loose(value) else settled(value)
        for name, value in arguments.items()
    }
