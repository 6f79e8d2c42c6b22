"""One execution: what is known of it now."""

from collections.abc import Iterator

from bot.blocks import header, section
from bot.message import Block, File
from bot.mrkdwn import code, date, line
from bot.render import rich, states
from bot.render.dispatch import page
from bot.render.executions import execution_lines
from bot.render.files import shown_json, text_file
from bot.render.inputs import pending_blocks
from bot.render.offers import Offer, cancel, offer
from bot.render.page import Page, View
from bot.render.steps import steps_block
from bot.render.words import dotted, sentence, since, span
from shared.results import ExecutionDetail

_ERROR_SHOWN = 1_000
_CHILDREN = 6
_QUESTIONS = 3


@page.register
def _(result: ExecutionDetail, view: View) -> Page:
    shown, files = _result(result)
    head = [] if view.thread else [_title(result), section(fields=list(_fields(result, view)))]
    waiting = result.pending_inputs[:_QUESTIONS]
    return Page(
        text=_sentence(result, view),
        head=[
            *(head or [section(_sentence(result, view, with_error=False))]),
            *error_blocks(result.error),
            *(block for each in waiting for block in pending_blocks(each, view, named=False)),
            steps_block(result.steps, _steps_title(result)),
            rich.lines(
                execution_lines(result.children[:_CHILDREN], view),
                f"Children ({len(result.children)})",
            ),
            *shown,
        ],
        offers=[] if view.thread else _offers(result),
        menu=[] if view.thread else _menu(result),
        files=[*files, *error_files(result.execution_id, result.error)],
        covered=frozenset({"submit_input"} if waiting else ()),
    )


def error_blocks(error: str | None) -> list[Block]:
    """The beginning of an error, as it is."""
    if not error:
        return []
    cut = f"{error[:_ERROR_SHOWN]}…" if len(error) > _ERROR_SHOWN else error
    return [rich.preformatted(cut, "Error")]


def error_files(execution_id: str, error: str | None) -> list[File]:
    """The whole of an error that is too long to show."""
    if not error or len(error) <= _ERROR_SHOWN:
        return []
    return [text_file(f"error-{execution_id}", error, "The whole error")]


def _sentence(result: ExecutionDetail, view: View, *, with_error: bool = True) -> str:
    """What notifications say: who, what, how long, why."""
    who = f"{code(result.workflow, 80)} {code(result.execution_id)}"
    state = line(states.word(result.status))
    if states.is_open(result.status):
        going = since(result.started_at, view.now)
        waits = " and waits for a person" if result.pending_inputs else ""
        still = "is still" if result.still_running else "is"
        return f"{states.emoji(_state(result))} {who} {still} {state}" + (
            f" for {going}{waits}." if going else f"{waits}."
        )
    after = f" after {span(result.duration_ms)}" if result.duration_ms is not None else ""
    why = f": {line(result.error.splitlines()[0], 200)}" if result.error and with_error else ""
    return sentence(f"{states.emoji(result.status)} {who} {_ended(result)}{after}{why}")


def _ended(result: ExecutionDetail) -> str:
    word = line(states.word(result.status))
    was = "" if word in ("completed", "failed", "timed out") else "was "
    return f"{was}{word}"


def _state(result: ExecutionDetail) -> str | None:
    waits = result.pending_inputs and states.is_open(result.status)
    return "waiting" if waits else result.status


def _title(result: ExecutionDetail) -> Block:
    state = _state(result)
    return header(f"{states.emoji(state)} {result.workflow[:100]} · {states.word(state)}")


def _fields(result: ExecutionDetail, view: View) -> Iterator[str]:
    yield f"*Execution*\n{code(result.execution_id)}"
    if result.started_at:
        yield f"*Started*\n{date(result.started_at)}"
    if result.duration_ms is not None:
        yield f"*Took*\n{span(result.duration_ms)}"
    elif states.is_open(result.status) and result.started_at:
        yield f"*Running for*\n{since(result.started_at, view.now)}"
    if result.deployment:
        yield f"*Deployment*\n{code(result.deployment, 80)}"
    if result.parent_id:
        yield f"*Parent*\n{code(result.parent_id)}"
    keys = [f"{code(name, 40)} {code(value, 60)}" for name, value in _keys(result)]
    if keys:
        yield "*Search keys*\n" + "\n".join(keys)


def _keys(result: ExecutionDetail) -> list[tuple[str, str]]:
    return [(name, value) for name, value in result.search_keys.items() if value][:5]


def _steps_title(result: ExecutionDetail) -> str:
    done = f"{result.steps_done} done" if result.steps_done else ""
    return dotted(["Steps", done])


def _result(result: ExecutionDetail) -> tuple[list[Block], list[File]]:
    if result.result is None:
        return [], []
    return shown_json("Result", f"result-{result.execution_id}", result.result)


def _offers(result: ExecutionDetail) -> list[Offer]:
    """What a person may want to do with it: four buttons at most, beside the menu."""
    me = {"execution_id": result.execution_id}
    logs, trace = offer("get_execution_logs", me), offer("get_execution_trace", me)
    if states.is_open(result.status):
        return [Offer("Watch", "watch", me), logs, trace, cancel(result.execution_id)]
    again = Offer("Start again…", "start_workflow", {"workflow": result.workflow})
    why = [offer("diagnose_execution", me)] if states.is_trouble(result.status) else []
    return [*why, logs, trace, again]


def _menu(result: ExecutionDetail) -> list[Offer]:
    me = {"execution_id": result.execution_id}
    going = states.is_open(result.status)
    return [
        Offer("Refresh", "get_execution", me),
        offer("get_execution_history", me),
        offer("list_execution_events", me),
        offer("reset_execution", me),
        offer("terminate_executions", {"execution_ids": [result.execution_id]})
        if going
        else offer("list_executions", {"workflow": result.workflow}),
    ]
