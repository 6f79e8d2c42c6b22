"""Blocks of messages: what Slack takes, and in which words it refuses the rest."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.slack.checks import check_blocks, check_message, check_metadata
from sandbox.slack.model import Json
from sandbox.slack.refusals import Refusal
from tests.slack.kit import (
    actions,
    button,
    cell,
    chart,
    confirm,
    data_table,
    field,
    image,
    line,
    menu,
    mrkdwn,
    option,
    options,
    plain,
    rich,
    table,
    task,
    typed,
)

TEXT: Json = {"type": "text", "text": "words", "style": {"bold": True}}
LEGAL: dict[str, Json] = {
    "section": {"type": "section", "text": mrkdwn(), "expand": True},
    "section fields": {"type": "section", "fields": [plain()] * 10, "accessory": button()},
    "section image": {"type": "section", "text": mrkdwn(), "accessory": image()},
    "header": {"type": "header", "text": plain("h" * 150)},
    "divider": {"type": "divider", "block_id": "line"},
    "image": image(title=plain()),
    "context": {"type": "context", "elements": [image(), mrkdwn(), plain()]},
    "actions": actions(
        button(
            value="v" * 2000,
            style="danger",
            confirm=confirm(style="danger"),
            url="slack://open",
            visible_to_user_ids=["U1"],
            agent_prompt="p" * 4000,
        ),
        {"type": "overflow", "action_id": "more", "options": [option(url="https://x.example")]},
        menu(options=options(100), initial_option=option("o7"), placeholder=plain("p" * 150)),
        menu("external_select", min_query_length=0) | {"action_id": "far"},
        menu("users_select", initial_user="U1") | {"action_id": "who"},
        menu("conversations_select", filter={"include": ["public"]}) | {"action_id": "where"},
        menu("channels_select") | {"action_id": "channel"},
        menu("checkboxes", options=[option() | {"text": mrkdwn()}]) | {"action_id": "boxes"},
        menu("radio_buttons", options=options(10)) | {"action_id": "radio"},
        {"type": "datepicker", "action_id": "day", "initial_date": "2026-02-28"},
        {"type": "timepicker", "action_id": "time", "initial_time": "23:59"},
        {"type": "datetimepicker", "action_id": "at", "initial_date_time": 1_795_000_000},
    ),
    "input": field(typed(min_length=1, max_length=3000, multiline=True), hint=plain()),
    "number": field(
        {"type": "number_input", "is_decimal_allowed": False, "min_value": "1", "max_value": "9"}
    ),
    "email": field({"type": "email_text_input"}),
    "url": field({"type": "url_text_input"}),
    "rich text input": field({"type": "rich_text_input", "initial_value": rich(line(TEXT))}),
    "several": field(menu("multi_static_select", options=options(3), max_selected_items=2)),
    "groups": field(menu(option_groups=[{"label": plain(), "options": options(2)}])),
    "rich_text": rich(
        line(
            TEXT,
            {"type": "link", "url": "https://x.example", "text": "x"},
            {"type": "emoji", "name": "wave"},
            {"type": "user", "user_id": "U1"},
            {"type": "date", "timestamp": 1, "format": "{date}", "fallback": "then"},
            {"type": "broadcast", "range": "here"},
        ),
        {"type": "rich_text_list", "style": "bullet", "indent": 1, "elements": [line(TEXT)]},
        {"type": "rich_text_quote", "elements": [TEXT]},
        {"type": "rich_text_preformatted", "elements": [TEXT], "border": 1},
    ),
    "markdown": {"type": "markdown", "text": "m" * 12_000},
    "table": table(100, 20) | {"column_settings": [None, {"align": "right", "is_wrapped": True}]},
    "data_table": data_table(101, page_size=100, row_header_column_index=0),
    "chart": chart(12),
    "task_card": task(details=rich(line(TEXT)), sources=[
        {"type": "url", "url": "https://x.example", "text": "x"}
    ]),
    "plan": {"type": "plan", "title": "Steps", "tasks": [task()]},
    "alert": {"type": "alert", "text": mrkdwn(), "level": "warning"},
    "card": {"type": "card", "title": mrkdwn(), "body": plain("b" * 200), "actions": [button()]},
    "carousel": {"type": "carousel", "elements": [{"type": "card", "title": plain()}] * 10},
    "container": {
        "type": "container", "title": plain(), "child_blocks": [table()], "is_collapsible": True,
    },
    "context_actions": {
        "type": "context_actions",
        "elements": [
            {
                "type": "feedback_buttons",
                "action_id": "good",
                "positive_button": {"text": plain(), "value": "1"},
                "negative_button": {"text": plain(), "value": "0"},
            },
            {"type": "icon_button", "action_id": "bin", "icon": "trash", "text": plain()},
        ],
    },
    "video": {
        "type": "video",
        "alt_text": "a video",
        "title": plain(),
        "thumbnail_url": "https://x.example/a.png",
        "video_url": "https://x.example/a",
    },
    "file": {"type": "file", "external_id": "1", "source": "remote"},
}  # fmt: skip

REFUSED: dict[str, tuple[Json, str]] = {
    "unknown block": ({"type": "teapot"}, "unsupported type: teapot [json-pointer:/blocks/0/type]"),
    "no type": ({}, "missing required field: type [json-pointer:/blocks/0]"),
    "unknown field": (
        {"type": "divider", "text": "x"},
        "invalid additional property: text [json-pointer:/blocks/0]",
    ),
    "empty section": (
        {"type": "section"},
        "missing required field: text [json-pointer:/blocks/0]",
    ),
    "empty text": (
        {"type": "section", "text": mrkdwn("")},
        "must be more than 0 characters [json-pointer:/blocks/0/text/text]",
    ),
    "long section": (
        {"type": "section", "text": mrkdwn("x" * 3001)},
        "must be less than 3001 characters [json-pointer:/blocks/0/text/text]",
    ),
    "section that grows when escaped": (
        {"type": "section", "text": mrkdwn("&" * 601)},
        "must be less than 3001 characters [json-pointer:/blocks/0/text/text]",
    ),
    "long field": (
        {"type": "section", "fields": [plain("x" * 2001)]},
        "must be less than 2001 characters [json-pointer:/blocks/0/fields/0/text]",
    ),
    "eleven fields": (
        {"type": "section", "fields": [plain()] * 11},
        "no more than 10 items allowed [json-pointer:/blocks/0/fields]",
    ),
    "long header": (
        {"type": "header", "text": plain("x" * 151)},
        "must be less than 151 characters [json-pointer:/blocks/0/text/text]",
    ),
    "markup in a header": (
        {"type": "header", "text": mrkdwn()},
        "unsupported type: mrkdwn [json-pointer:/blocks/0/text/type]",
    ),
    "image without words": (
        {"type": "image", "image_url": "https://x.example/a.png"},
        "missing required field: alt_text [json-pointer:/blocks/0]",
    ),
    "image from nowhere": (
        {"type": "image", "alt_text": "a"},
        "must provide exactly one of `image_url` and `slack_file` [json-pointer:/blocks/0]",
    ),
    "image by no address": (
        image(image_url="a.png"),
        "must be a valid URL [json-pointer:/blocks/0/image_url]",
    ),
    "eleven in context": (
        {"type": "context", "elements": [mrkdwn()] * 11},
        "no more than 10 items allowed [json-pointer:/blocks/0/elements]",
    ),
    "button in context": (
        {"type": "context", "elements": [button()]},
        "unsupported type: button [json-pointer:/blocks/0/elements/0/type]",
    ),
    "26 actions": (
        actions(*(button(f"b{index}") for index in range(26))),
        "no more than 25 items allowed [json-pointer:/blocks/0/elements]",
    ),
    "typing in a row": (
        actions(typed()),
        "unsupported type: plain_text_input [json-pointer:/blocks/0/elements/0/type]",
    ),
    "a button as an input": (
        field(button()),
        "unsupported type: button [json-pointer:/blocks/0/element/type]",
    ),
    "upload in a message": (
        field({"type": "file_input"}),
        "unsupported type: file_input [json-pointer:/blocks/0/element/type]",
    ),
    "block_id on an element": (
        actions(button(block_id="b")),
        "invalid additional property: block_id [json-pointer:/blocks/0/elements/0]",
    ),
    "long label": (
        actions(button(text=plain("x" * 76))),
        "must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]",
    ),
    "long value": (
        actions(button(value="x" * 2001)),
        "must be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]",
    ),
    "long action_id": (
        actions(button("x" * 256)),
        "must be less than 256 characters [json-pointer:/blocks/0/elements/0/action_id]",
    ),
    "no style of Slack's": (
        actions(button(style="default")),
        "must be a valid enum value [json-pointer:/blocks/0/elements/0/style]",
    ),
    "half a confirmation": (
        actions(button(confirm={"title": plain(), "text": plain(), "confirm": plain()})),
        "missing required field: deny [json-pointer:/blocks/0/elements/0/confirm]",
    ),
    "long confirmation": (
        actions(button(confirm=confirm(title=plain("x" * 101)))),
        "must be less than 101 characters [json-pointer:/blocks/0/elements/0/confirm/title/text]",
    ),
    "six in an overflow": (
        actions({"type": "overflow", "options": options(6)}),
        "no more than 5 items allowed [json-pointer:/blocks/0/elements/0/options]",
    ),
    "long option value": (
        actions({"type": "overflow", "options": [option() | {"value": "x" * 151}]}),
        "must be less than 151 characters [json-pointer:/blocks/0/elements/0/options/0/value]",
    ),
    "101 options": (
        actions(menu(options=options(101))),
        "no more than 100 items allowed [json-pointer:/blocks/0/elements/0/options]",
    ),
    "no options": (
        actions(menu()),
        "must provide exactly one of `options` and `option_groups` "
        "[json-pointer:/blocks/0/elements/0]",
    ),
    "a choice that is not offered": (
        actions(menu(options=options(2), initial_option=option("other"))),
        "`initial_option` must be one of the options "
        "[json-pointer:/blocks/0/elements/0/initial_option]",
    ),
    "eleven boxes": (
        actions(menu("checkboxes", options=options(11))),
        "no more than 10 items allowed [json-pointer:/blocks/0/elements/0/options]",
    ),
    "no such day": (
        actions({"type": "datepicker", "initial_date": "2026-02-30"}),
        "must be a date in the format YYYY-MM-DD [json-pointer:/blocks/0/elements/0/initial_date]",
    ),
    "a text field that cannot be filled": (
        field(typed(min_length=9, max_length=3)),
        "`min_length` must not be greater than `max_length` [json-pointer:/blocks/0/element]",
    ),
    "a number of no kind": (
        field({"type": "number_input"}),
        "missing required field: is_decimal_allowed [json-pointer:/blocks/0/element]",
    ),
    "two of one action": (
        actions(button("same"), button("same")),
        '`action_id` "same" already exists in this block [json-pointer:/blocks/0]',
    ),
    "long markdown": (
        {"type": "markdown", "text": "x" * 12_001},
        "must be less than 12001 characters [json-pointer:/blocks/0/text]",
    ),
    "101 rows": (table(101), "no more than 100 items allowed [json-pointer:/blocks/0/rows]"),
    "21 columns": (table(1, 21), "no more than 20 items allowed [json-pointer:/blocks/0/rows/0]"),
    "empty cell": (
        {"type": "table", "rows": [[cell("")]]},
        "must be more than 0 characters [json-pointer:/blocks/0/rows/0/0/text]",
    ),
    "a wordy table": (
        {"type": "table", "rows": [[cell("x" * 2001)] * 5]},
        "must be less than 10001 characters [json-pointer:/blocks/0/rows]",
    ),
    "a data table of nothing": (
        data_table(1),
        "no less than 2 items allowed [json-pointer:/blocks/0/rows]",
    ),
    "a ragged data table": (
        data_table() | {"rows": [[cell(), cell()], [cell()]]},
        "all rows must have the same number of cells [json-pointer:/blocks/0/rows/1]",
    ),
    "a rich header": (
        data_table() | {"rows": [[rich(line(TEXT))], [cell()]]},
        "unsupported type: rich_text [json-pointer:/blocks/0/rows/0/0/type]",
    ),
    "a table inside a list": (
        rich({"type": "rich_text_list", "style": "bullet", "elements": [table()]}),
        "unsupported type: table [json-pointer:/blocks/0/elements/0/elements/0/type]",
    ),
    "a mention inside code": (
        rich({"type": "rich_text_preformatted", "elements": [{"type": "user", "user_id": "U"}]}),
        "unsupported type: user [json-pointer:/blocks/0/elements/0/elements/0/type]",
    ),
    "a task in no state": (
        task(status="done"),
        "must be a valid enum value [json-pointer:/blocks/0/status]",
    ),
    "an empty card": (
        {"type": "card", "subtitle": plain()},
        "must provide one of `hero_image`, `title`, `actions` and `body` [json-pointer:/blocks/0]",
    ),
    "eleven cards": (
        {"type": "carousel", "elements": [{"type": "card", "title": plain()}] * 11},
        "no more than 10 items allowed [json-pointer:/blocks/0/elements]",
    ),
    "a container in a container": (
        {
            "type": "container",
            "title": plain(),
            "child_blocks": [{"type": "container", "title": plain(), "child_blocks": [image()]}],
        },
        "unsupported type: container [json-pointer:/blocks/0/child_blocks/0/type]",
    ),
    "13 pieces": (
        chart(13),
        "no more than 12 items allowed [json-pointer:/blocks/0/chart/segments]",
    ),
}


def _refusal(*, text: str = "words", blocks: Any = None, attachments: Any = None) -> Refusal:
    with pytest.raises(Refusal) as caught:
        check_message(text, blocks, attachments)
    return caught.value


def _error(check: Callable[[], None]) -> str | None:
    try:
        check()
    except Refusal as refusal:
        return refusal.error
    return None


@pytest.mark.parametrize("name", LEGAL)
def test_slack_takes_a_block_at_its_limits(name: str) -> None:
    check_message("words", [LEGAL[name]])


@pytest.mark.parametrize("name", REFUSED)
def test_slack_says_what_is_wrong_with_a_block_and_where(name: str) -> None:
    block, complaint = REFUSED[name]
    refusal = _refusal(blocks=[block])

    assert refusal.error == "invalid_blocks"
    assert complaint in refusal.details["errors"]  # type: ignore[operator]
    assert f"[ERROR] {complaint}" in refusal.details["response_metadata"]["messages"]  # type: ignore[index]


def test_a_message_has_fifty_blocks_at_most() -> None:
    check_message("words", [{"type": "divider"}] * 50)
    refusal = _refusal(blocks=[{"type": "divider"}] * 51)
    assert refusal.details["errors"] == ["no more than 50 items allowed [json-pointer:/blocks]"]


def test_a_message_has_one_table_wherever_it_stands() -> None:
    boxed = {"type": "container", "title": plain(), "child_blocks": [data_table()]}
    for refusal in (
        _refusal(blocks=[table(), table()]),
        _refusal(blocks=[table(), boxed]),
        _refusal(blocks=[table()], attachments=[{"blocks": [data_table()]}]),
    ):
        assert refusal.error == "invalid_attachments"
        assert refusal.details["errors"] == ["only_one_table_allowed"]


def test_blocks_that_are_fine_one_by_one_may_be_too_long_together() -> None:
    block = {"type": "section", "text": mrkdwn("x" * 3000)}
    check_message("words", [block] * 4)
    assert _refusal(blocks=[block] * 5).error == "msg_blocks_too_long"


def test_markdown_is_counted_over_all_blocks() -> None:
    block = {"type": "markdown", "text": "x" * 6001}
    assert _refusal(blocks=[block, block]).error == "msg_blocks_too_long"


def test_a_block_id_may_not_come_twice_even_inside_a_container() -> None:
    line = {"type": "divider", "block_id": "same"}
    boxed = {"type": "container", "title": plain(), "child_blocks": [line]}
    assert _refusal(blocks=[line, boxed]).details["errors"] == [
        "`block_id` must be unique: same [json-pointer:/blocks/1/child_blocks/0/block_id]"
    ]


def test_an_action_may_return_in_another_block() -> None:
    check_message("words", [actions(button("same")), actions(button("same"))])


def test_only_one_element_may_ask_for_the_focus() -> None:
    focused = field(typed(focus_on_load=True))
    other = field(typed(focus_on_load=True)) | {"block_id": "other"}
    assert _refusal(blocks=[focused, other]).error == "invalid_blocks"


def test_three_charts_are_one_too_many() -> None:
    check_message("words", [chart(), chart()])
    assert _refusal(blocks=[chart()] * 3).error == "invalid_blocks"


@pytest.mark.parametrize("blocks", [{}, "[]", 7])
def test_blocks_are_an_array(blocks: object) -> None:
    assert _refusal(blocks=blocks).error == "invalid_blocks_format"


def test_every_problem_is_named_at_once() -> None:
    refusal = _refusal(blocks=[{"type": "teapot"}, {"type": "header", "text": plain("")}])
    assert len(refusal.details["errors"]) == 2  # type: ignore[arg-type]


def test_text_ends_at_forty_thousand_characters() -> None:
    check_message("x" * 40_000)
    assert _refusal(text="x" * 40_001).error == "msg_too_long"


@pytest.mark.parametrize(
    ("attachments", "error"),
    [
        ([{"text": "x"}] * 101, "too_many_attachments"),
        ({"text": "x"}, "invalid_attachments"),
        (["x"], "invalid_attachments"),
        ([{}], "invalid_attachments"),
        ([{"title_link": "nowhere"}], "invalid_attachments"),
        ([{"blocks": [{"type": "teapot"}]}], "invalid_attachments"),
    ],
)
def test_attachments_are_checked_too(attachments: object, error: str) -> None:
    assert _refusal(attachments=attachments).error == error


def test_a_hundred_attachments_are_fine() -> None:
    check_message("words", None, [{"text": "x", "blocks": [LEGAL["section"]]}] * 100)


@pytest.mark.parametrize(
    "metadata",
    [
        "key",
        {"event_type": "x"},
        {"event_payload": {}},
        {"event_type": "", "event_payload": {}},
        {"event_type": "x", "event_payload": []},
        {"entities": {}},
    ],
)
def test_metadata_is_a_type_and_an_object(metadata: object) -> None:
    with pytest.raises(Refusal, match="invalid_metadata_format"):
        check_metadata(metadata)


def test_metadata_may_be_cleared_but_not_endless() -> None:
    check_metadata({})
    check_metadata({"event_type": "workflow_ops", "event_payload": {"key": "k"}})
    with pytest.raises(Refusal, match="metadata_too_large"):
        check_metadata({"event_type": "x", "event_payload": {"key": "k" * 16_000}})


SCRAPS = st.sampled_from(
    ["type", "section", "input", "element", "elements", "text", "rows", "blocks"]
)
ANYTHING: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | SCRAPS
    | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(SCRAPS, inner, max_size=4),
    max_leaves=12,
)
LEGAL_TEXT = st.sampled_from([json.dumps(each) for each in LEGAL.values()])


@settings(max_examples=60)
@given(ANYTHING)
def test_whatever_is_sent_is_taken_or_refused_by_name(blocks: Any) -> None:
    error = _error(lambda: check_message("words", blocks, blocks))
    assert error is None or error.startswith(("invalid_", "msg_", "too_many_"))


@settings(max_examples=60)
@given(LEGAL_TEXT, st.data())
def test_a_legal_block_with_one_scrap_in_it_never_breaks_the_checks(
    written: str, data: st.DataObject
) -> None:
    block = json.loads(written)
    part: Any = block
    while isinstance(part, dict | list) and part and data.draw(st.booleans()):
        key = data.draw(
            st.sampled_from(sorted(part) if isinstance(part, dict) else range(len(part)))
        )
        if not isinstance(part[key], dict | list) or not part[key]:
            part[key] = data.draw(ANYTHING)
            break
        part = part[key]
    error = _error(lambda: check_blocks([block]))
    assert error in (None, "invalid_blocks", "msg_blocks_too_long")
