"""Answers to questions of executions: by a button, or in a form."""

from bot.acts.filling import allow, chosen_question
from bot.acts.forms import show_form
from bot.forms import Draft, answer_form
from bot.mrkdwn import bold
from bot.questions.refusals import NotOpen
from bot.questions.rows import Stand, admit
from bot.visit import Visit
from shared.errors import InvalidArguments
from shared.results import Answer, NextStep
from shared.timeline import Question, State

_OPERATION = "submit_input"


async def answer_question(visit: Visit) -> None:
    """Send an answer, once for all people; the question's own card tells who answered what."""
    question = str(visit.arguments.get("question", ""))
    given = visit.arguments.get("input")
    if not isinstance(given, dict):
        raise InvalidArguments("The answer has no input. Use the form.")
    answered = await visit.parts.questions.answer(question, visit.person.id, given, visit.context)
    if visit.origin.view_id is not None:
        label = bold(answered.label or "the question")
        await visit.modal.conclude("Done", f"You answered {label}.")


async def answer_pending(visit: Visit) -> Answer:
    """Answer what was asked for in words or in a form, under the lock that buttons have too."""
    pending = await chosen_question(visit)
    question = Question(
        task_id=pending.task_id,
        execution_id=pending.execution_id,
        run_id="",
        workflow_name=pending.workflow or "",
        state=State.RUNNING,
        label=pending.label,
        schema=pending.input_schema,
    )
    store = await visit.parts.database.store()
    async with store.writing() as connection:
        asked = await admit(connection, question, visit.parts.clock(), pending.input)
        asked = await visit.parts.questions.still_asked(connection, asked)
    given = visit.arguments["input"]
    answered = await visit.parts.questions.answer(asked.id, visit.person.id, given, visit.context)
    return Answer(
        execution_id=pending.execution_id,
        kind="input",
        name=pending.label or pending.task_id,
        notes=(answered.note,) if answered.note else (),
        next_steps=(
            NextStep(operation="get_execution", arguments={"execution_id": pending.execution_id}),
        ),
    )


async def open_answer(visit: Visit) -> None:
    """The form of a question, by its card or by its execution."""
    allow(visit, _OPERATION)
    await show_form(visit, "Answer", _draft(visit))


async def _draft(visit: Visit) -> Draft:
    question = visit.arguments.get("question")
    if question is None:
        return answer_form(await chosen_question(visit))
    asked = await visit.parts.questions.get(str(question))
    if asked.state is not Stand.OPEN:
        raise NotOpen(asked, visit.parts.clock())
    # The card is the place of the answer: a second person is told who was first.
    form = answer_form(asked.pending)
    return form.model_copy(update={"name": "answer_question", "arguments": {"question": question}})
