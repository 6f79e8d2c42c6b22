"""Forms of acts that cannot be taken back: cancel, terminate, reset."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from bot.forms.draft import Draft
from bot.mrkdwn import code, line
from shared.errors import InvalidArguments
from shared.results import ExecutionRow, History, HistoryRow

_MOST_POINTS = 100
_LINE_LIMIT, _SECTION_LIMIT = 330, 2_900
_FAILED = re.compile(r"(?!WORKFLOW_EXECUTION).*(?:FAILED|TIMED_OUT)")
_REASON = {"title": "Reason", "type": "string", "maxLength": 1_000}


def terminate_form(
    execution_ids: Sequence[str], rows: Sequence[ExecutionRow] = (), reason: str | None = None
) -> Draft:
    """Stop executions at once, for a reason that must be told."""
    return _stop("terminate", execution_ids, rows, reason)


def cancel_form(
    execution_ids: Sequence[str], rows: Sequence[ExecutionRow] = (), reason: str | None = None
) -> Draft:
    """Ask executions to stop."""
    return _stop("cancel", execution_ids, rows, reason)


def reset_form(history: History, given: Mapping[str, Any] | None = None) -> Draft:
    """Go back to a reset point of the history; raises InvalidArguments where it has none."""
    known = {name: value for name, value in (given or {}).items() if name != "execution_id"}
    points = history.reset_points[-_MOST_POINTS:]
    if not points:
        raise InvalidArguments("The history has no point that a reset could go back to.")
    events = {event.event_id: event for event in history.events}
    ways = [_point(number, events, history.events) for number in reversed(points)]
    properties = {
        "event_id": {"title": "Go back to", "oneOf": ways, "default": good_point(history)},
        "reason": {**_REASON, "minLength": 1},
        "exclude_signals": _switch("Leave out signals received since"),
        "exclude_updates": _switch("Leave out updates received since"),
    }
    return Draft(
        name="reset_execution",
        title="Reset",
        submit="Reset",
        arguments={"execution_id": history.execution_id},
        intro=(
            f"⚠️ {code(history.execution_id)} goes on in a new run from the point you choose. "
            "What happened after it is done again; a run that is still open is terminated.",
        ),
        options={"type": "object", "properties": properties, "required": ["event_id", "reason"]},
        options_given={k: v for k, v in known.items() if v is not None and k in properties},
    )


def good_point(history: History) -> int:
    """The newest point before the last failure, so that what failed is done again."""
    failures = [event.event_id for event in history.events if _FAILED.fullmatch(event.type)]
    points = _sound(history)
    before = [point for point in points if not failures or point < failures[-1]]
    return (before or points)[-1]


def _sound(history: History) -> list[int]:
    """Points at which the workflow's own code did not fail, where there are any."""
    failed = {event.event_id for event in history.events if _FAILED.fullmatch(event.type)}
    return [point for point in history.reset_points if point not in failed] or [
        *history.reset_points
    ]


def _stop(
    act: str, execution_ids: Sequence[str], rows: Sequence[ExecutionRow], reason: str | None
) -> Draft:
    ids = list(dict.fromkeys(execution_ids))
    many = f"{len(ids)} executions" if len(ids) > 1 else "this execution"
    told = {
        "terminate": f"⚠️ *Terminate {many} at once?* Nothing is cleaned up.",
        "cancel": f"*Ask {many} to stop?* Each may clean up first.",
    }
    needed = act == "terminate"
    return Draft(
        name=f"{act}_executions",
        title=act.capitalize(),
        submit=act.capitalize(),
        arguments={"execution_ids": ids},
        intro=(told[act],),
        listing=tuple(_sections(ids, {row.execution_id: row for row in rows})),
        options={
            "type": "object",
            "properties": {"reason": {**_REASON, **({"minLength": 1} if needed else {})}},
            "required": ["reason"] if needed else [],
        },
        options_given={"reason": reason} if reason else {},
    )


def _sections(ids: Sequence[str], rows: Mapping[str, ExecutionRow]) -> list[str]:
    """Every target by its whole id, in as many paragraphs as it takes."""
    paragraphs = [""]
    for each in ids:
        told = _target(each, rows.get(each))
        if len(paragraphs[-1]) + len(told) > _SECTION_LIMIT:
            paragraphs.append("")
        paragraphs[-1] += f"{told}\n"
    return [paragraph.rstrip("\n") for paragraph in paragraphs if paragraph]


def _target(execution_id: str, row: ExecutionRow | None) -> str:
    about = f" {line(row.workflow, 60)}, {line((row.status or 'unknown').lower())}" if row else ""
    return f"• {code(execution_id, 300)}{about}"


def _point(
    number: int, events: Mapping[int, HistoryRow], rows: Sequence[HistoryRow]
) -> dict[str, Any]:
    event = events.get(number)
    kind = event.type.replace("_", " ").lower() if event else ""
    at = f"{event.time:%H:%M:%S} UTC" if event and event.time else ""
    title = " · ".join(filter(None, (f"#{number}", kind, at)))
    then = next((row for row in rows if row.event_id > number), None)
    follows = f"{then.type.replace('_', ' ').lower()} {then.summary}".strip() if then else ""
    said = (event.summary if event else "") or (f"then {follows}" if follows else "")
    return {"const": number, "title": title, "description": said or "the newest point"}


def _switch(title: str) -> dict[str, Any]:
    return {"type": "boolean", "title": title, "default": False}
