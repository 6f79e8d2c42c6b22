"""Forms that say something to an execution: signals, queries, updates, answers."""

from collections.abc import Mapping
from typing import Any, Literal

from bot.forms.changed import choose
from bot.forms.draft import Choice, Draft
from bot.mrkdwn import bold, code, date, line
from bot.render.words import dotted, fields_words
from shared.errors import InvalidArguments
from shared.explain import did_you_mean
from shared.results import PendingInput, WorkflowDetail
from shared.text import one_line

type Kind = Literal["signal", "query", "update"]

_NONE = {"signal": "signals", "query": "queries", "update": "updates"}
_TITLES = {
    "signal": ("Send a signal", "Send"),
    "query": ("Ask a query", "Ask"),
    "update": ("Send an update", "Send"),
}


def signal_form(
    execution_id: str, detail: WorkflowDetail, given: Mapping[str, Any] | None = None
) -> Draft:
    """Send a signal; raises InvalidArguments where the workflow declares none."""
    return _talk("signal", execution_id, detail, given or {})


def query_form(
    execution_id: str, detail: WorkflowDetail, given: Mapping[str, Any] | None = None
) -> Draft:
    """Ask a query; raises InvalidArguments where the workflow declares none."""
    return _talk("query", execution_id, detail, given or {})


def update_form(
    execution_id: str, detail: WorkflowDetail, given: Mapping[str, Any] | None = None
) -> Draft:
    """Send an update; raises InvalidArguments where the workflow declares none."""
    return _talk("update", execution_id, detail, given or {})


def answer_form(pending: PendingInput, given: Mapping[str, Any] | None = None) -> Draft:
    """Answer a question of an execution."""
    schema = pending.input_schema if isinstance(pending.input_schema, dict) else None
    asked = pending.label or str((schema or {}).get("description") or "") or "It waits for input."
    since = f"asked {date(pending.asked_at)}" if pending.asked_at else ""
    whose = (line(pending.workflow or ""), code(pending.execution_id), since)
    about = filter(None, (line(fields_words(pending.input)), dotted(whose)))
    return Draft(
        name="submit_input",
        title="Answer",
        submit="Answer",
        arguments={"execution_id": pending.execution_id, "task_id": pending.task_id},
        intro=(bold(asked, 500), *about),
        takes_input=True,
        schema_=schema,
        given=dict(given or {}),
    )


def _talk(kind: Kind, execution_id: str, detail: WorkflowDetail, given: Mapping[str, Any]) -> Draft:
    choices = _choices(kind, detail)
    title, submit = _TITLES[kind]
    draft = Draft(
        name=f"{kind}_execution",
        title=title,
        submit=submit,
        arguments={"execution_id": execution_id},
        intro=(f"{line(detail.display_name or detail.name)} · {code(execution_id)}",),
        given=dict(given.get("input") or {}),
        choices=choices,
    )
    wanted = given.get("name")
    if wanted is None:
        return choose(draft, choices[0].name) if len(choices) == 1 else draft
    return choose(draft, _known(kind, str(wanted), choices))


def _choices(kind: Kind, detail: WorkflowDetail) -> tuple[Choice, ...]:
    found = tuple(
        Choice(
            name=each.name,
            description=each.description or "",
            input_schema=each.input_schema if isinstance(each.input_schema, dict) else None,
        )
        for each in detail.handlers
        if each.kind == kind and not each.name.startswith("__")
    )
    if not found:
        raise InvalidArguments(f"Workflow {one_line(detail.name, 80)} declares no {_NONE[kind]}.")
    return found


def _known(kind: Kind, name: str, choices: tuple[Choice, ...]) -> str:
    names = [each.name for each in choices]
    if name in names:
        return name
    hint = did_you_mean(name, names) or "."
    listed = one_line(", ".join(names), 300)
    raise InvalidArguments(
        f"The workflow declares no {kind} '{one_line(name, 60)}'{hint} It has: {listed}."
    )
