"""Filtering, sorting and paging the index of runs, as `GET /runs` promises."""

import re
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sandbox import pages
from sandbox.gateway import USER_ID
from sandbox.runs_index import stamp

# What `search_key` filters look like: `key:value`, `key==:value`, `key`, `key==`.
_SEARCH_KEY = re.compile(r"(?P<key>[^:]*?)(?P<exact>==)?(?P<colon>:(?P<value>.*))?", re.DOTALL)

type Bounds = tuple[datetime | None, datetime | None]


@dataclass(frozen=True, slots=True)
class Filter:
    """All that `GET /runs` can ask for; every part narrows the list."""

    workflow: str | None
    root_execution_id: str | None
    search: str | None
    status: tuple[str, ...]
    deployment_name: str | None
    start_time: Bounds
    end_time: Bounds
    user_id: str | None
    workflow_tags: tuple[str, ...]
    include_internal: bool
    search_keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """Rows as the API shows them, and where the next page begins."""

    rows: list[dict[str, Any]]
    position: dict[str, Any] | None


@dataclass(slots=True)
class _Conditions:
    clauses: list[str]
    values: list[Any]

    def add(self, clause: str, *values: Any) -> None:
        self.clauses.append(clause)
        self.values.extend(values)


def page(
    db: sqlite3.Connection,
    wanted: Filter,
    sort_by: str,
    descending: bool,
    size: int,
    position: dict[str, Any] | None,
) -> Page:
    """Read one full page after `position`; open runs have no end time and sort as the newest."""
    conditions = _conditions(wanted)
    # Open runs count as ending now, so that a descending list begins with them.
    key = "r.start_time" if sort_by == "start_time" else "coalesce(r.end_time, '9999')"
    if position:
        value, run_id = _position(position)
        conditions.add(f"({key}, r.run_id) {'<' if descending else '>'} (?, ?)", value, run_id)
    direction = "DESC" if descending else "ASC"
    rows = db.execute(
        "SELECT r.*, w.workflow_id, " + key + " AS sort_key FROM runs r"
        " LEFT JOIN workflows w ON w.name = r.workflow_name"
        f" WHERE {' AND '.join(conditions.clauses) or '1'}"
        f" ORDER BY sort_key {direction}, r.run_id {direction} LIMIT ?",
        (*conditions.values, size + 1),
    ).fetchall()
    more = len(rows) > size
    rows = rows[:size]
    end = {"key": rows[-1]["sort_key"], "run_id": rows[-1]["run_id"]} if more else None
    return Page([_body(row) for row in rows], end)


def _conditions(wanted: Filter) -> _Conditions:
    found = _Conditions([], [])
    if wanted.workflow is not None:
        found.add("(r.workflow_name = ? OR w.workflow_id = ?)", wanted.workflow, wanted.workflow)
    if wanted.root_execution_id is not None:
        found.add("r.root_execution_id = ?", wanted.root_execution_id)
    if wanted.search:
        _add_search(found, wanted.search)
    if wanted.status:
        found.add(f"r.status IN ({', '.join('?' for _ in wanted.status)})", *wanted.status)
    if wanted.deployment_name is not None:
        found.add("r.task_queue = ?", wanted.deployment_name)
    _add_bounds(found, "r.start_time", wanted.start_time)
    _add_bounds(found, "r.end_time", wanted.end_time)
    if wanted.user_id is not None:
        found.add("r.user_id = ?", USER_ID if wanted.user_id == "current" else wanted.user_id)
    for tag in wanted.workflow_tags:
        found.add("EXISTS (SELECT 1 FROM json_each(w.tags) WHERE value = ?)", tag)
    if not wanted.include_internal:
        found.add("NOT coalesce(w.is_technical, 0)")
    for search_key in wanted.search_keys:
        _add_search_key(found, search_key)
    return found


def _add_search(found: _Conditions, text: str) -> None:
    like = "%" + _escaped(text) + "%"
    columns = ("r.workflow_name", "w.display_name", "r.execution_id", "r.run_id")
    clause = " OR ".join(f"{column} LIKE ? ESCAPE '\\'" for column in columns)
    found.add(f"({clause})", *(like for _ in columns))


def _add_bounds(found: _Conditions, column: str, bounds: Bounds) -> None:
    after, before = bounds
    if after is not None:
        found.add(f"{column} >= ?", stamp(_aware(after)))
    if before is not None:
        found.add(f"{column} <= ?", stamp(_aware(before)))


def _add_search_key(found: _Conditions, text: str) -> None:
    match = _SEARCH_KEY.fullmatch(text)
    if match is None or not match["key"]:
        raise pages.refused(
            ("query", "search_key"), "Write key:value, key==:value, key or key== here."
        )
    clause = (
        "EXISTS (SELECT 1 FROM search_keys s WHERE s.execution_id = r.execution_id AND s.key = ?"
    )
    if match["colon"] and match["exact"]:
        found.add(f"{clause} AND s.value = ?)", match["key"], match["value"])
    elif match["colon"]:
        like = "%" + _escaped(match["value"]) + "%"
        found.add(f"{clause} AND s.value LIKE ? ESCAPE '\\')", match["key"], like)
    elif match["exact"]:
        found.add(f"{clause} AND s.value IS NULL)", match["key"])
    else:
        found.add(f"{clause})", match["key"])


def _position(position: dict[str, Any]) -> tuple[str, str]:
    value, run_id = position.get("key"), position.get("run_id")
    if not isinstance(value, str) or not isinstance(run_id, str):
        raise pages.refused(("query", "next_page_token"), "This page token is not one of ours.")
    return value, run_id


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _body(row: sqlite3.Row) -> dict[str, Any]:
    started = datetime.fromisoformat(row["start_time"])
    ended = datetime.fromisoformat(row["end_time"]) if row["end_time"] else None
    return {
        "workflow_name": row["workflow_name"],
        "execution_id": row["execution_id"],
        "root_execution_id": row["root_execution_id"],
        "parent_execution_id": row["parent_execution_id"],
        "status": row["status"],
        "start_time": row["start_time"],
        "end_time": row["end_time"],
        "total_duration_ms": round((ended - started).total_seconds() * 1000) if ended else None,
        "workflow_id": row["workflow_id"],
        "deployment_name": row["task_queue"],
        "run_id": row["run_id"],
        "user_id": row["user_id"],
    }
