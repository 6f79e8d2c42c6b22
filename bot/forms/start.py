"""Forms that start things: an execution, or a schedule that starts executions."""

from collections.abc import Mapping
from typing import Any

from bot.blocks import context, plain_text, section
from bot.forms.draft import Draft
from bot.forms.fields import Option
from bot.forms.view import WORKFLOW, alert, select
from bot.message import Block
from bot.mrkdwn import bold, code, line
from shared.results import ScheduleDetail, WorkflowDetail, WorkflowRow
from shared.secrets import HIDDEN
from shared.text import json_text

_ID = {
    "title": "Execution id",
    "description": "Chosen if left empty.",
    "type": "string",
    "maxLength": 300,
    "pattern": r"^\S+$",
    "errorMessage": "Must be one id, without spaces.",
}
_OVERLAPS = (
    ("skip", "Skip the new one"),
    ("buffer_one", "Wait, keeping one"),
    ("buffer_all", "Wait, keeping all"),
    ("cancel_other", "Cancel the old one"),
    ("terminate_other", "Terminate the old one"),
    ("allow_all", "Run both"),
)
_CRON = "Such as 0 9 * * MON-FRI."
_CUT = "There are more workflows: `start NAME` starts any, `workflows WORD` looks for them."
_WHEN = "Say when it starts: cron lines, or an interval."


def start_form(detail: WorkflowDetail, given: Mapping[str, Any] | None = None) -> Draft:
    """Start a workflow; `given` are arguments of start_workflow known so far."""
    known = {name: value for name, value in (given or {}).items() if name != "workflow"}
    fixed = {name: value for name, value in known.items() if name not in ("input", "execution_id")}
    return Draft(
        name="start_workflow",
        title="Start a workflow",
        submit="Start",
        arguments={"workflow": detail.name, **fixed},
        intro=_about(detail),
        takes_input=True,
        schema_=_schema(detail.input_schema),
        given=_object(known.get("input")),
        options={"type": "object", "properties": {"execution_id": _ID}},
        options_given={k: known[k] for k in ("execution_id",) if known.get(k)},
    )


def create_schedule_form(detail: WorkflowDetail, given: Mapping[str, Any] | None = None) -> Draft:
    """Make a schedule of a workflow."""
    known = dict(given or {})
    properties = {
        **_times(),
        "overlap": _overlap(),
        "paused": {"type": "boolean", "title": "Start paused", "default": False},
        "schedule_id": {**_ID, "title": "Schedule id"},
    }
    fixed = {k: v for k, v in known.items() if k not in (*properties, "input", "workflow")}
    needed = [{"required": ["cron"]}, {"required": ["every"]}]
    timed = {} if "calendars" in fixed else {"anyOf": needed, "errorMessage": _WHEN}
    return Draft(
        name="create_schedule",
        title="New schedule",
        submit="Create",
        arguments={"workflow": detail.name, **fixed},
        intro=_about(detail),
        takes_input=True,
        schema_=_schema(detail.input_schema),
        given=_object(known.get("input")),
        options={"type": "object", "properties": properties, **timed},
        options_given=_listed({k: v for k, v in known.items() if k in properties and v}),
    )


def update_schedule_form(
    schedule: ScheduleDetail, detail: WorkflowDetail, given: Mapping[str, Any] | None = None
) -> Draft:
    """Change a schedule; what stays as it is shown is not sent."""
    known = dict(given or {})
    whole = isinstance(schedule.input, dict) and HIDDEN not in json_text(schedule.input)
    present = {"timezone": schedule.timezone, "overlap": schedule.overlap}
    options = {**_times(keep=True), "overlap": _overlap()}
    shown = {name: value for name, value in present.items() if _known(name, value)}
    times = [f"Now: {line(schedule.times)}" + (" · paused" if schedule.paused else "")]
    hidden = "The input cannot be shown here whole, and stays as it is."
    intro = (
        f"{bold(schedule.workflow)} · {code(schedule.schedule_id)}",
        *times,
        *(() if whole else (hidden,)),
    )
    return Draft(
        name="update_schedule",
        title="Change a schedule",
        submit="Change",
        arguments={"schedule_id": schedule.schedule_id},
        intro=intro,
        takes_input=whole,
        schema_=_schema(detail.input_schema),
        given={**(schedule.input if whole else {}), **_object(known.get("input"))},
        exact=True,
        options={"type": "object", "properties": options},
        options_given={**shown, **_listed({k: v for k, v in known.items() if k in options and v})},
        unchanged={**shown, **({"input": schedule.input} if whole else {})},
    )


def launcher_view(
    workflows: tuple[WorkflowRow, ...], draft_id: str, what: str = "Start", *, is_cut: bool = False
) -> Block:
    """Pick a workflow: its form takes the place of this view.

    The choice comes with the action `form:workflow`; `picked` reads it.
    """
    return {
        "type": "modal",
        "callback_id": "form:launch",
        "private_metadata": draft_id,
        "title": plain_text(f"{what} a workflow", 24),
        "close": plain_text("Go back", 24),
        "blocks": [*_offered(workflows), *([context(_CUT)] if is_cut else [])],
    }


def launcher_draft(workflows: tuple[WorkflowRow, ...]) -> dict[str, Any]:
    """What is to be kept for the launcher: the names behind its options."""
    return {"workflows": [each.name for each in _startable(workflows)]}


def picked(kept: Mapping[str, Any], action: Mapping[str, Any]) -> str | None:
    """The workflow that was picked in the launcher."""
    number = str((action.get("selected_option") or {}).get("value", ""))
    names = kept.get("workflows") or []
    return str(names[int(number)]) if number.isdecimal() and int(number) < len(names) else None


def _offered(workflows: tuple[WorkflowRow, ...]) -> list[Block]:
    startable = _startable(workflows)
    if not startable:
        return [alert("There is no workflow to start: none is registered, or all are archived.")]
    options = tuple(
        Option(each.name, each.display_name or each.name, each.description or "")
        for each in startable
    )
    first = section("*Workflow*", accessory=select(WORKFLOW, options))
    return [{**first, "block_id": "workflow"}, context("Its form opens as soon as you choose.")]


def _startable(workflows: tuple[WorkflowRow, ...]) -> list[WorkflowRow]:
    return [each for each in workflows if not each.archived]


def _about(detail: WorkflowDetail) -> tuple[str, ...]:
    name = detail.display_name or detail.name
    titled = f"{bold(name)} {code(detail.name)}" if name != detail.name else code(detail.name)
    idle = "⚠️ No worker serves it now: it starts when one does."
    told = [line(detail.description, 500)] if detail.description else []
    return (titled, *told, *((idle,) if detail.active is False else ()))


def _times(*, keep: bool = False) -> dict[str, Any]:
    kept = " Left empty, the times stay." if keep else ""
    return {
        "cron": {
            "title": "Cron",
            "description": _CRON + kept,
            "type": "array",
            "items": {"type": "string"},
        },
        "every": {"title": "Every", "description": "Such as 15m, 1h or 1d.", "type": "string"},
        "timezone": {
            "title": "Time zone",
            "description": "Such as Europe/Paris; UTC if left empty.",
            "type": "string",
        },
    }


def _overlap() -> dict[str, Any]:
    ways = [{"const": word, "description": label} for word, label in _OVERLAPS]
    return {"title": "When the one before still runs", "oneOf": ways}


def _known(name: str, value: Any) -> bool:
    return bool(value) and (name != "overlap" or value in dict(_OVERLAPS))


def _listed(given: dict[str, Any]) -> dict[str, Any]:
    cron = given.get("cron")
    several = list(cron) if isinstance(cron, list | tuple) else [cron]
    return {**given, "cron": several} if cron else given


def _schema(schema: Any) -> dict[str, Any] | None:
    return schema if isinstance(schema, dict) else None


def _object(value: Any) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else {}
