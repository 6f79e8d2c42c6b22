"""Waterfalls as pictures and as text."""

import io
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFont

from bot.pictures import Row, rows_of_picture, rows_of_trace, waterfall, waterfall_text
from bot.pictures.chosen import MOST_ROWS, chosen
from bot.pictures.lettering import MISSING, drawable, fitted, width
from bot.pictures.tones import TONES, Colour, tone_of
from shared.results import Bar, Trace
from shared.timeline.views import Failure, Picture, Question, Run, State, Step, Task

START = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def opened(png: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(png))
    image.load()
    return image.convert("RGB")


def has(png: bytes, colour: Colour) -> bool:
    image = opened(png)
    found = image.getcolors(image.width * image.height) or []
    return any(each == colour and count > 100 for count, each in found)


def step(name: str, begin: float, end: float | None, state: State, attempts: int = 1) -> Step:
    ended = None if end is None else at(end)
    return Step(name, name, state, at(begin), ended, attempts, "boom" if attempts > 1 else None)


PICTURE = Picture(
    execution_id="order-41",
    workflow_name="order-batch",
    status="RUNNING",
    started_at=START,
    runs=(
        Run(
            run_id="r",
            status="RUNNING",
            steps=(
                step("reserve", 1, 3, State.COMPLETED),
                step("charge", 3, None, State.RETRYING, attempts=2),
            ),
            tasks=(Task("t", "import", State.RUNNING, at(2)),),
            questions=(
                Question("q", "order-41", "r", "w", State.RUNNING, "Approve?", None, at(4)),
            ),
        ),
    ),
    children=(
        Picture(
            execution_id="child",
            workflow_name="order",
            status="FAILED",
            started_at=at(2.5),
            ended_at=at(5),
            failure=Failure("out of stock"),
        ),
    ),
)


def test_a_timeline_becomes_rows_in_the_order_of_time() -> None:
    rows = rows_of_picture(PICTURE, at(9))
    assert [(row.label, row.kind, row.depth, row.start_ms, row.end_ms) for row in rows] == [
        ("order-batch", "workflow", 0, 0, None),
        ("reserve", "activity", 1, 1_000, 3_000),
        ("import", "task", 1, 2_000, None),
        ("order", "child", 1, 2_500, 5_000),
        ("charge", "activity", 1, 3_000, None),
        ("Approve?", "wait", 1, 4_000, None),
    ]
    assert [row.state for row in rows][3:] == ["failed", "retrying", "waiting"]
    assert rows[0].state == "waiting"
    assert rows[4].attempt == 2


def test_a_trace_becomes_rows_and_events_are_points() -> None:
    trace = Trace(
        execution_id="e",
        view="summary",
        has_trace_data=True,
        bars=(
            Bar(name="w", kind="workflow", offset_ms=0, duration_ms=900, state="COMPLETED"),
            Bar(name="a", kind="activity", depth=1, offset_ms=10, duration_ms=50, queued_ms=7),
            Bar(name="b", kind="activity", depth=1, offset_ms=70),
            Bar(name="c", kind="event", depth=1, offset_ms=80),
        ),
    )
    rows = rows_of_trace(trace)
    assert [(row.end_ms, row.state, row.queued_ms) for row in rows] == [
        (900, "COMPLETED", 0),
        (60, "completed", 7),
        (None, "running", 0),
        (80, "completed", 0),
    ]


def test_what_failed_is_marked_by_more_than_its_colour() -> None:
    assert len({tone.mark for tone in TONES}) == len(TONES)
    assert len({tone.word for tone in TONES}) == len(TONES)
    failed = Row("a", "activity", 0, 0, 900, "FAILED", note="boom")
    png = waterfall([failed], title="t")
    assert has(png, tone_of("failed").colour)
    assert not has(png, tone_of("completed").colour)
    assert "✗ a" in waterfall_text([failed])
    assert "boom" in waterfall_text([failed])


def test_states_in_any_words_have_their_look() -> None:
    seen = {
        word: tone_of(word).word
        for word in ("COMPLETED", "TIMED_OUT", "CANCELED", "TERMINATED", "RETRYING_AFTER_ERROR")
    }
    assert seen == {
        "COMPLETED": "completed",
        "TIMED_OUT": "timed out",
        "CANCELED": "cancelled or terminated",
        "TERMINATED": "cancelled or terminated",
        "RETRYING_AFTER_ERROR": "retrying",
    }
    assert all(tone_of(state.value).word != "unknown" for state in State if state != "unfinished")


def test_of_many_rows_the_whole_the_failed_and_the_longest_stay() -> None:
    rows = [Row("whole", "workflow", 0, 0, 9_000, "completed")]
    rows += [Row(f"r{n}", "activity", 1, n, n + 10, "completed") for n in range(200)]
    rows[150] = Row("bad", "activity", 1, 150, 151, "failed")
    shown, left_out = chosen(rows)
    assert len(shown) == MOST_ROWS
    assert shown[0].label == "whole"
    assert "bad" in [row.label for row in shown]
    assert left_out == "not shown: 141 completed"
    assert left_out in waterfall_text(rows, most=MOST_ROWS)
    assert opened(waterfall(rows, title="t")).height < 4_000


def test_an_execution_without_rows_has_a_picture_too() -> None:
    assert opened(waterfall([], title="nothing")).width == 2_000
    assert waterfall_text([]) == "Nothing has been recorded yet."


FOREIGN = "Żółć Müller Ελληνικά обработка"


def test_letters_of_many_scripts_are_drawn_as_they_are_where_the_machine_can() -> None:
    try:
        ImageFont.truetype("DejaVuSans.ttf", 24)
    except OSError:
        pytest.skip("This machine has no DejaVu Sans.")
    assert drawable(FOREIGN) == FOREIGN
    assert drawable("Z\u0307o\u0301l\u0301") == "Żóĺ", "accents that came by themselves"
    pictures = {waterfall([Row(each, "activity", 0, 0, 9, "failed")], title="t") for each in ABOUT}
    assert len(pictures) == len(ABOUT)


ABOUT = ("Muller", "Müller", "Мюллер")


def test_letters_that_no_font_has_are_marked_and_the_others_stay() -> None:
    assert drawable("order \U00013000 41") == f"order {MISSING} 41"


def test_without_any_font_of_the_machine_accents_are_dropped_and_words_stay_readable() -> None:
    code = f"from bot.pictures.lettering import drawable; print(ascii(drawable({FOREIGN!r})))"
    bare = {**os.environ, "XDG_DATA_DIRS": "/nowhere", "XDG_DATA_HOME": "/nowhere"}
    if not sys.platform.startswith("linux"):
        pytest.skip("Elsewhere fonts cannot be hidden from a program.")
    done = subprocess.run(
        [sys.executable, "-c", code], env=bare, capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("'Zolc Muller \\ufffd")


def test_what_is_too_long_is_cut_by_the_width_of_its_own_font() -> None:
    for text in ("extract_page " * 9, "обработка заказа " * 9):
        cut = fitted(drawable(text), 25, 300)
        assert cut.endswith("…")
        assert 200 < width(cut, 25) <= 300


ROWS = st.builds(
    Row,
    label=st.text(max_size=300),
    kind=st.sampled_from(["workflow", "activity", "child", "wait", "event", ""]),
    depth=st.integers(0, 50),
    start_ms=st.integers(-(10**6), 10**12),
    end_ms=st.none() | st.integers(-(10**6), 10**12),
    state=st.text(max_size=10) | st.sampled_from([tone.word for tone in TONES]),
    attempt=st.integers(0, 10**9),
    note=st.text(max_size=300),
    queued_ms=st.integers(0, 10**12),
)


@settings(deadline=None, max_examples=15)
@given(st.lists(ROWS, max_size=8), st.text(max_size=300), st.none() | st.integers(0, 10**12))
def test_no_row_breaks_a_waterfall(rows: list[Row], title: str, now_ms: int | None) -> None:
    assert opened(waterfall(rows, title=title, subtitle=title, now_ms=now_ms)).width == 2_000
    lines = waterfall_text(rows, now_ms).splitlines()
    assert len(lines) == max(len(rows), 1)
