"""Elements that take what a person types, picks from a calendar or uploads."""

import re
from collections.abc import Iterator, Mapping
from datetime import date, time
from itertools import pairwise

from sandbox.slack.checks.objects import CONFIRM, DISPATCH, ID, PLACEHOLDER
from sandbox.slack.checks.rich_text import RICH_TEXT
from sandbox.slack.checks.shapes import Rule, boolean, integer, items, shape, tagged, text, wrong

_EVERY: dict[str, Rule] = {"action_id": ID, "focus_on_load": boolean, "placeholder": PLACEHOLDER}
_TYPED: dict[str, Rule] = {**_EVERY, "dispatch_action_config": DISPATCH}
_PICKED: dict[str, Rule] = {**_EVERY, "confirm": CONFIRM}


def _day(value: object, at: str) -> Iterator[str]:
    try:
        well = isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        well = False
    if not well:
        yield wrong("must be a date in the format YYYY-MM-DD", at)


def _time_of_day(value: object, at: str) -> Iterator[str]:
    try:
        well = isinstance(value, str) and time.fromisoformat(value).strftime("%H:%M") == value
    except ValueError:
        well = False
    if not well:
        yield wrong("must be a time in the format HH:mm", at)


def _numeric(value: object, at: str) -> Iterator[str]:
    written = str(value) if isinstance(value, str | int | float) else ""
    if isinstance(value, bool) or not re.fullmatch(r"-?\d+(\.\d+)?", written):
        yield wrong("must be a number", at)


def _lengths(value: object, at: str) -> Iterator[str]:
    assert isinstance(value, dict)
    least, most = value.get("min_length", 0), value.get("max_length", 3_000)
    if least > most:
        yield wrong("`min_length` must not be greater than `max_length`", at)
    elif len(value.get("initial_value", "")) > most:
        yield wrong(f"must be less than {most + 1} characters", f"{at}/initial_value")


def _amounts(value: object, at: str) -> Iterator[str]:
    assert isinstance(value, dict)
    names = ("min_value", "initial_value", "max_value")
    given = [(name, float(value[name])) for name in names if name in value]
    for (low_name, low), (high_name, high) in pairwise(given):
        if low > high:
            yield wrong(f"`{low_name}` must not be greater than `{high_name}`", at)
    for name, _ in given:
        if not value["is_decimal_allowed"] and "." in str(value[name]):
            yield wrong("must be an integer", f"{at}/{name}")


INITIAL_TEXT = text(0, 3_000)
PICKERS: Mapping[str, Rule] = {
    "datepicker": shape({}, {**_PICKED, "initial_date": _day}),
    "timepicker": shape({}, {**_PICKED, "initial_time": _time_of_day, "timezone": text(1)}),
}
MOMENT: Mapping[str, Rule] = {
    "datetimepicker": shape(
        {},
        {
            "action_id": ID,
            "focus_on_load": boolean,
            "confirm": CONFIRM,
            "initial_date_time": integer(1_000_000_000, 9_999_999_999),
        },
    ),
}
TYPED: Mapping[str, Rule] = {
    "plain_text_input": shape(
        {},
        {
            **_TYPED,
            "initial_value": INITIAL_TEXT,
            "multiline": boolean,
            "min_length": integer(0, 3_000),
            "max_length": integer(1, 3_000),
        },
        _lengths,
    ),
    "number_input": shape(
        {"is_decimal_allowed": boolean},
        {**_TYPED, "initial_value": _numeric, "min_value": _numeric, "max_value": _numeric},
        _amounts,
    ),
    "email_text_input": shape({}, {**_TYPED, "initial_value": INITIAL_TEXT}),
    "url_text_input": shape({}, {**_TYPED, "initial_value": INITIAL_TEXT}),
    "rich_text_input": shape(
        {},
        {
            **_TYPED,
            "initial_value": tagged({"rich_text": RICH_TEXT}),
            "min_lines": integer(1),
            "max_lines": integer(1),
        },
    ),
}
FILE_INPUT: Mapping[str, Rule] = {
    "file_input": shape(
        {}, {"action_id": ID, "filetypes": items(text(1), 1), "max_files": integer(1, 10)}
    ),
}
