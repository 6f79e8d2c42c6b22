"""Tables and charts; Slack takes one table of either kind in a message."""

from collections.abc import Iterator

from sandbox.slack.checks.objects import ID
from sandbox.slack.checks.rich_text import RICH_TEXT
from sandbox.slack.checks.shapes import (
    Rule,
    boolean,
    choice,
    integer,
    items,
    number,
    shape,
    tagged,
    text,
    wrong,
)

COLUMNS = 20
CELL_CHARACTERS = 10_000

_PLAIN_CELLS: dict[str, Rule] = {
    "raw_text": shape({"text": text(1)}),
    "raw_number": shape({"value": number, "text": text(1)}),
}
_CELLS: dict[str, Rule] = {**_PLAIN_CELLS, "rich_text": RICH_TEXT}
_ROW = items(tagged(_CELLS), 1, COLUMNS)
_SETTING = shape({}, {"align": choice("left", "center", "right"), "is_wrapped": boolean})


def _setting(value: object, at: str) -> Iterator[str]:
    if value is not None:
        yield from _SETTING(value, at)


def _small(value: object, at: str) -> Iterator[str]:
    assert isinstance(value, dict)
    if _characters(value["rows"]) > CELL_CHARACTERS:
        yield wrong(f"must be less than {CELL_CHARACTERS + 1} characters", f"{at}/rows")


def _even(value: object, at: str) -> Iterator[str]:
    assert isinstance(value, dict)
    first = value["rows"][0]
    for index, row in enumerate(value["rows"]):
        if len(row) != len(first):
            yield wrong("all rows must have the same number of cells", f"{at}/rows/{index}")
    yield from items(tagged(_PLAIN_CELLS))(first, f"{at}/rows/0")


def _characters(value: object) -> int:
    if isinstance(value, dict):
        written = value.get("text")
        own = len(written) if isinstance(written, str) else 0
        return own + sum(_characters(each) for each in value.values())
    return sum(_characters(each) for each in value) if isinstance(value, list) else 0


TABLE = shape(
    {"rows": items(_ROW, 1, 100)},
    {"block_id": ID, "column_settings": items(_setting, 0, COLUMNS)},
    _small,
)
DATA_TABLE = shape(
    {"caption": text(1), "rows": items(_ROW, 2, 101)},
    {
        "block_id": ID,
        "page_size": integer(1, 100),
        "row_header_column_index": integer(0, COLUMNS - 1),
    },
    _small,
    _even,
)
