"""Every block by its type, and where each may stand.

Limits: docs.slack.dev, reference/block-kit/blocks (read November 2026).
"""

from collections.abc import Iterator, Mapping

from sandbox.slack.checks.buttons import BUTTON, OVERFLOW, WORKFLOW_BUTTON
from sandbox.slack.checks.cards import ALERT, CARDS
from sandbox.slack.checks.charts import CHART
from sandbox.slack.checks.inputs import FILE_INPUT, MOMENT, PICKERS, TYPED
from sandbox.slack.checks.menus import LISTS, MULTI_SELECTS, SELECTS
from sandbox.slack.checks.objects import (
    ID,
    IMAGE,
    IMAGE_FIELDS,
    either,
    image_source,
    mrkdwn,
    plain,
    web_address,
)
from sandbox.slack.checks.rich_text import RICH_TEXT
from sandbox.slack.checks.shapes import (
    Rule,
    boolean,
    choice,
    items,
    shape,
    tagged,
    text,
    wrong,
)
from sandbox.slack.checks.tables import DATA_TABLE, TABLE

MARKDOWN_LIMIT = 12_000

_BUTTONS: dict[str, Rule] = {
    "button": BUTTON,
    "workflow_button": WORKFLOW_BUTTON,
    "overflow": OVERFLOW,
}
_BESIDE: dict[str, Rule] = {
    **_BUTTONS,
    **SELECTS,
    **MULTI_SELECTS,
    **LISTS,
    **PICKERS,
    "image": IMAGE,
}
_IN_A_ROW: dict[str, Rule] = {**_BUTTONS, **SELECTS, **LISTS, **PICKERS, **MOMENT}
_IN_AN_INPUT: dict[str, Rule] = {
    **SELECTS,
    **MULTI_SELECTS,
    **LISTS,
    **PICKERS,
    **MOMENT,
    **TYPED,
    **FILE_INPUT,
}
_SMALL_PRINT: dict[str, Rule] = {"image": IMAGE, "plain_text": plain(), "mrkdwn": mrkdwn(3_000)}


def _says_something(value: object, at: str) -> Iterator[str]:
    assert isinstance(value, dict)
    if "text" not in value and "fields" not in value:
        yield wrong("missing required field: text", at)


def _titled(value: object, at: str) -> Iterator[str]:
    assert isinstance(value, dict)
    if "title" not in value and "rich_text_title" not in value:
        yield wrong("missing required field: title", at)
    if value.get("default_collapsed") and not value.get("is_collapsible"):
        yield wrong("`default_collapsed` requires `is_collapsible`", at)
    if value.get("is_collapsible") and value.get("has_header_divider"):
        yield wrong("`has_header_divider` cannot be set when `is_collapsible` is true", at)


def _container(kinds: Mapping[str, Rule]) -> Rule:
    """A container of these blocks, which are never containers again."""
    return shape(
        {"child_blocks": items(tagged(kinds), 1, 10)},
        {
            "block_id": ID,
            "title": plain(150),
            "rich_text_title": tagged({"rich_text": RICH_TEXT}),
            "subtitle": either(150),
            "width": choice("narrow", "standard", "wide", "full"),
            "icon": IMAGE,
            "is_collapsible": boolean,
            "default_collapsed": boolean,
            "has_header_divider": boolean,
        },
        _titled,
    )


_ANYWHERE: Mapping[str, Rule] = {
    "section": shape(
        {},
        {
            "block_id": ID,
            "text": either(3_000),
            "fields": items(either(2_000), 1, 10),
            "accessory": tagged(_BESIDE),
            "expand": boolean,
        },
        _says_something,
    ),
    "header": shape({"text": plain(150)}, {"block_id": ID}),
    "divider": shape({}, {"block_id": ID}),
    "image": shape(
        {"alt_text": text(1, 2_000)},
        {"block_id": ID, "title": plain(2_000), **IMAGE_FIELDS},
        image_source,
    ),
    "context": shape({"elements": items(tagged(_SMALL_PRINT), 1, 10)}, {"block_id": ID}),
    "actions": shape({"elements": items(tagged(_IN_A_ROW), 1, 25)}, {"block_id": ID}),
    "input": shape(
        {"label": plain(2_000), "element": tagged(_IN_AN_INPUT)},
        {"block_id": ID, "hint": plain(2_000), "optional": boolean, "dispatch_action": boolean},
    ),
    "rich_text": RICH_TEXT,
    "video": shape(
        {
            "alt_text": text(1),
            "title": plain(199),
            "thumbnail_url": web_address,
            "video_url": web_address,
        },
        {
            "block_id": ID,
            "title_url": web_address,
            "description": plain(200),
            "provider_icon_url": web_address,
            "provider_name": text(1),
            "author_name": text(1, 49),
        },
    ),
    "alert": ALERT,
}
_IN_MESSAGES: Mapping[str, Rule] = {
    **_ANYWHERE,
    **CARDS,
    "markdown": shape({"text": text(1, MARKDOWN_LIMIT)}, {"block_id": ID}),
    "table": TABLE,
    "data_table": DATA_TABLE,
    "data_visualization": CHART,
    "file": shape({"external_id": text(1), "source": choice("remote")}, {"block_id": ID}),
}
MESSAGE_BLOCKS = {**_IN_MESSAGES, "container": _container(_IN_MESSAGES)}
VIEW_BLOCKS = {**_ANYWHERE, "container": _container(_ANYWHERE)}
