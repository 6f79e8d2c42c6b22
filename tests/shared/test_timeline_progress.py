"""How far a task is, read from states of common shapes."""

from typing import Any

import pytest

from shared.timeline import Progress
from shared.timeline.progress import note_of, progress_of


@pytest.mark.parametrize(
    ("state", "progress"),
    [
        ({"done": 3, "total": 4}, Progress(75.0, 3, 4)),
        ({"processed": 1, "total": 3}, Progress(33.3, 1, 3)),
        ({"completed": 0, "total": 10, "status": "x"}, Progress(0.0, 0, 10)),
        ({"current": 12, "total": 10}, Progress(100.0, 12, 10)),
        ({"done": 3, "total": 0}, None),
        ({"done": True, "total": 4}, None),
        ({"done": "3", "total": "4"}, None),
        ({"percent": 40}, Progress(40.0)),
        ({"pct": 140}, Progress(100.0)),
        ({"percentage": -1}, Progress(0.0)),
        ({"fraction": 0.25}, Progress(25.0)),
        ({"progress": 0.5}, Progress(50.0)),
        ({"progress": 1.0}, Progress(100.0)),
        ({"progress": 1}, Progress(1.0)),
        ({"progress": 50}, Progress(50.0)),
        ({"progress": {"done": 1, "total": 2}}, Progress(50.0, 1, 2)),
        ({"progress": {"percent": 5}}, Progress(5.0)),
        ({"progress": "half"}, None),
        ({"progress": float("nan")}, None),
        ({"percent": 10**400}, None),
        ({"items": [{"status": "done"}, {"status": "in_progress"}]}, Progress(50.0, 1, 2)),
        ({"items": [{"status": "todo"}, "x"]}, None),
        ({"items": [{"title": "x"}]}, None),
        ({"items": [{"status": ["done"]}]}, Progress(0.0, 0, 1)),
        ({"items": []}, None),
        ({}, None),
        ([1, 2], None),
        ("50%", None),
        (None, None),
    ],
)
def test_progress_is_read_where_it_can_be_told(state: Any, progress: Progress | None) -> None:
    assert progress_of(state) == progress


@pytest.mark.parametrize(
    ("state", "note"),
    [
        ({"note": "page 1", "title": "x"}, "page 1"),
        ({"type": "tool", "title": "Searching", "content": "..."}, "Searching"),
        ({"message": 5, "phase": "upload"}, "upload"),
        ({"note": ""}, None),
        ({"note": "x" * 1_000}, "x" * 177 + "… (+823 characters)"),
        ({}, None),
        ("x", None),
    ],
)
def test_a_note_says_what_is_being_done(state: Any, note: str | None) -> None:
    shown = note_of(state)

    assert shown == note or (shown is not None and shown[:100] == (note or "")[:100])
    assert len(shown or "") <= 200
