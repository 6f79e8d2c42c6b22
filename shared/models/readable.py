"""A list of executions of which each row is read by itself: one misfit does not hide the others."""

from collections.abc import Collection, Mapping
from hashlib import sha256
from typing import Any

from pydantic import ValidationError, model_validator

from shared.models.executions import Execution, ExecutionPage, UnreadableRun
from shared.text import one_line

# What says whose end it was, and how and when it ended.
_NEEDED = frozenset({"workflow_name", "execution_id", "status", "end_time"})
# No column of PostgreSQL takes a zero character in these.
_TEXTS = ("workflow_name", "execution_id", "run_id", "deployment_name", "root_execution_id")


class ReadablePage(ExecutionPage):
    """A page without the rows that cannot be read, which are `unreadable`."""

    @model_validator(mode="before")
    @classmethod
    def _row_by_row(cls, content: Any) -> Any:
        rows = content.get("executions") if isinstance(content, Mapping) else None
        if not isinstance(rows, list):
            return content
        read = [read_run(row) for row in rows]
        executions = [each for each in read if isinstance(each, Execution)]
        left_out = [each for each in read if isinstance(each, UnreadableRun)]
        return {**content, "executions": executions, "unreadable": left_out}


def read_run(row: Any) -> Execution | UnreadableRun:
    """The execution of a row, without what does not fit where it can be done without."""
    if not isinstance(row, Mapping):
        return UnreadableRun(name=_name({}, row))
    try:
        run = Execution.model_validate(row)
        misfits = {name for name in _TEXTS if "\0" in (getattr(run, name) or "")}
    except ValidationError as error:
        misfits = {str(each["loc"][0]) for each in error.errors()}
    else:
        if not misfits:
            return run
    needed = _NEEDED if row.get("end_time") is not None else _NEEDED | {"start_time"}
    if misfits & needed:
        return UnreadableRun(name=_name(row, row), misfits=sorted(misfits & needed))
    return read_run(_without(row, misfits))


def _without(row: Mapping[str, Any], misfits: Collection[str]) -> dict[str, Any]:
    kept = {name: value for name, value in row.items() if name not in misfits}
    # One that never started took no time.
    return {"root_execution_id": row["execution_id"], "start_time": row.get("end_time"), **kept}


def _name(known: Mapping[str, Any], row: Any) -> str:
    """What people may look for; a digest tells rows without ids apart."""
    ids = [known.get(name) for name in ("execution_id", "run_id")]
    said = " run ".join(one_line(each, 100) for each in ids if isinstance(each, str) and each)
    return said or f"a row without ids ({sha256(repr(row).encode()).hexdigest()[:8]})"
