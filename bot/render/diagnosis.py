"""What is wrong with an execution, or that nothing is."""

from bot.blocks import header, section
from bot.message import Block
from bot.mrkdwn import code, date, line
from bot.render import rich, states
from bot.render.dispatch import page
from bot.render.execution import error_blocks, error_files
from bot.render.executions import execution_lines
from bot.render.inputs import pending_blocks
from bot.render.logs import log_line
from bot.render.offers import Offer, offer, step_offer, with_steps
from bot.render.page import Page, View
from bot.render.steps import steps_block
from bot.render.trace import slow_line
from bot.render.words import dotted, span
from shared.results import Diagnosis, Step

_CHILDREN = 4
_QUESTIONS = 2
_LOG_LINES = 8
_LOG_WIDTH = 180
_SLOWEST = 3


@page.register
def _(result: Diagnosis, view: View) -> Page:
    waiting = result.pending_inputs[:_QUESTIONS]
    return Page(
        text=f"{_sign(result)} {code(result.workflow, 80)} {code(result.execution_id)}: "
        f"{line(result.headline, 400)}",
        head=[
            None if view.thread else header(f"{_sign(result)} {_title(result)}"),
            rich.paragraph(rich.strong(rich.prose(result.headline, 500)["text"])),
            None if view.thread else section(_facts(result)),
            *_error(result),
            steps_block(_failed_step(result), "Failed step"),
            *(block for each in waiting for block in pending_blocks(each, view, named=False)),
            rich.lines(
                execution_lines(result.failed_children[:_CHILDREN], view), "Failed children"
            ),
            steps_block(result.running, "Running now", 6),
            _logs(result),
            rich.lines(map(slow_line, result.slowest[:_SLOWEST]), "Slowest"),
        ],
        offers=with_steps(map(step_offer, result.next_steps), _offers(result, view)),
        files=error_files(result.execution_id, result.error),
        covered=frozenset({"submit_input"} if waiting else ()),
    )


def _sign(result: Diagnosis) -> str:
    if result.stuck:
        return states.emoji("retrying")
    waits = result.pending_inputs and states.is_open(result.status)
    return states.emoji("waiting" if waits else result.status)


def _title(result: Diagnosis) -> str:
    word = "stuck" if result.stuck else states.word(result.status)
    waits = result.pending_inputs and states.is_open(result.status) and not result.stuck
    return f"{result.workflow[:100]} · {'waiting' if waits else word}"


def _facts(result: Diagnosis) -> str:
    return dotted(
        [
            code(result.execution_id),
            f"started {date(result.started_at)}" if result.started_at else "",
            f"took {span(result.duration_ms)}" if result.duration_ms is not None else "",
            f"attempt {result.attempts}" if result.attempts and result.attempts > 1 else "",
        ]
    )


def _error(result: Diagnosis) -> list[Block]:
    """Nothing twice: a short error is in the headline, without the step it names first."""
    said = (result.error or "").strip()
    told = [said, said.partition(": ")[2]]
    return [] if any(each and each in result.headline for each in told) else error_blocks(said)


def _failed_step(result: Diagnosis) -> list[Step]:
    step = result.failed_step
    if step is None:
        return []
    said = step.message is not None and step.message in f"{result.headline} {result.error}"
    return [step.model_copy(update={"message": None})] if said else [step]


def _logs(result: Diagnosis) -> Block | None:
    lines = [log_line(row, _LOG_WIDTH) for row in result.logs[-_LOG_LINES:]]
    return rich.preformatted("\n".join(lines), "Last log lines, times in UTC") if lines else None


def _offers(result: Diagnosis, view: View) -> list[Offer]:
    me = {"execution_id": result.execution_id}
    if view.thread:
        return []
    return [offer("get_execution", me), offer("get_execution_trace", me)]
