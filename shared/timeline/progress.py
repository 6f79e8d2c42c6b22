"""How far a custom task is, where its state has one of the common shapes."""

import math
from typing import Any

from shared.text import truncate
from shared.timeline.views import Progress

_DONE = ("done", "completed", "processed", "finished", "current")
_TOTAL = ("total", "count", "of")
_PERCENT = ("percent", "percentage", "pct")
_FRACTION = ("fraction", "ratio")
_NOTE = ("note", "message", "title", "label", "phase", "step")
_LONGEST_NOTE = 200


def progress_of(state: Any) -> Progress | None:
    """From `{done, total}`, `{percent}`, `{progress}`, or a list of items with a status."""
    if not isinstance(state, dict):
        return None
    return _counted(state) or _percent(state) or _progress(state) or _items(state)


def note_of(state: Any) -> str | None:
    """A short text that says what is being done."""
    if not isinstance(state, dict):
        return None
    found = next((state[key] for key in _NOTE if isinstance(state.get(key), str)), "")
    return truncate(found, _LONGEST_NOTE) or None


def _counted(state: dict[str, Any]) -> Progress | None:
    done, total = _first(state, _DONE), _first(state, _TOTAL)
    if done is None or total is None or total <= 0:
        return None
    return Progress(_bounded(100 * done / total), done, total)


def _percent(state: dict[str, Any]) -> Progress | None:
    percent, fraction = _first(state, _PERCENT), _first(state, _FRACTION)
    if percent is not None:
        return Progress(_bounded(percent))
    return Progress(_bounded(100 * fraction)) if fraction is not None else None


def _progress(state: dict[str, Any]) -> Progress | None:
    value = state.get("progress")
    if isinstance(value, dict):
        return _counted(value) or _percent(value)
    number = _number(value)
    if number is None:
        return None
    # Fractions are written 0.5 and 1.0, percentages 1, 50 and 100.
    is_fraction = isinstance(value, float) and number <= 1
    return Progress(_bounded(100 * number if is_fraction else number))


def _items(state: dict[str, Any]) -> Progress | None:
    """The `todo_list` of mistralai-workflows 3.16.0: items that are todo, in_progress or done."""
    items = state.get("items")
    if not isinstance(items, list) or not items:
        return None
    statuses = [item.get("status") for item in items if isinstance(item, dict)]
    if len(statuses) < len(items) or None in statuses:
        return None
    done = sum(status in ("done", "completed") for status in statuses)
    return Progress(_bounded(100 * done / len(items)), done, len(items))


def _first(state: dict[str, Any], keys: tuple[str, ...]) -> float | None:
    return next((n for key in keys if (n := _number(state.get(key))) is not None), None)


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if abs(value) < 1e15 and math.isfinite(value) else None


def _bounded(percent: float) -> float:
    return round(min(max(float(percent), 0.0), 100.0), 1)
