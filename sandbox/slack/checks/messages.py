"""May this be a message?"""

import json
from collections.abc import Iterator

from sandbox.slack.checks.elements import elements, every_block
from sandbox.slack.checks.layout import MARKDOWN_LIMIT, MESSAGE_BLOCKS
from sandbox.slack.checks.objects import address
from sandbox.slack.checks.shapes import boolean, items, text, wrong
from sandbox.slack.checks.together import TABLES, block_problems, characters, count
from sandbox.slack.refusals import Refusal

MAX_BLOCKS = 50
MAX_ATTACHMENTS = 100
MAX_TEXT = 40_000
MAX_CHARACTERS = 13_200
"""Of all blocks together; undocumented, met in practice (slackapi/bolt-js#2509)."""
MAX_METADATA = 16_000

_ATTACHMENT_TEXTS = ("text", "fallback", "pretext", "title", "footer", "author_name", "color")
_ATTACHMENT_LINKS = ("title_link", "author_link", "image_url", "thumb_url", "from_url")


def check_message(message_text: str, blocks: object = None, attachments: object = None) -> None:
    """Raises msg_too_long, or what is wrong with the blocks or the attachments."""
    if len(message_text) > MAX_TEXT:
        raise Refusal("msg_too_long")
    if attachments is not None:
        check_attachments(attachments)
    if blocks is not None:
        check_blocks(blocks)
    attached = attachments if isinstance(attachments, list) else []
    if count(blocks, *TABLES) + sum(count(each.get("blocks"), *TABLES) for each in attached) > 1:
        raise refused("invalid_attachments", ["only_one_table_allowed"])


def check_blocks(blocks: object, at: str = "/blocks") -> None:
    """Raises invalid_blocks_format, invalid_blocks or msg_blocks_too_long."""
    if not isinstance(blocks, list):
        raise refused("invalid_blocks_format", [wrong("must provide an array", at)])
    problems = block_problems(blocks, MESSAGE_BLOCKS, MAX_BLOCKS, at)
    if problems := problems or list(_out_of_place(blocks, at)):
        raise refused("invalid_blocks", problems)
    markdown = (block for block, _ in every_block(blocks) if block["type"] == "markdown")
    too_much = sum(len(block["text"]) for block in markdown) > MARKDOWN_LIMIT
    if too_much or characters(blocks) > MAX_CHARACTERS:
        raise Refusal("msg_blocks_too_long")


def check_attachments(attachments: object) -> None:
    """Raises invalid_attachments or too_many_attachments."""
    if isinstance(attachments, list) and len(attachments) > MAX_ATTACHMENTS:
        raise Refusal("too_many_attachments")
    if problems := list(items(_attachment)(attachments, "/attachments")):
        raise refused("invalid_attachments", problems)


def check_metadata(metadata: object) -> None:
    """Raises invalid_metadata_format or metadata_too_large; an empty object clears metadata."""
    if not isinstance(metadata, dict):
        raise refused("invalid_metadata_format", [wrong("must provide an object", "/metadata")])
    if not metadata:
        return
    if problems := list(_metadata_problems(metadata)):
        raise refused("invalid_metadata_format", problems)
    if len(json.dumps(metadata)) > MAX_METADATA:
        raise Refusal("metadata_too_large")


def refused(error: str, problems: list[str]) -> Refusal:
    """A refusal that names every problem, in both places where Slack puts them."""
    return Refusal(
        error,
        errors=problems,
        response_metadata={"messages": [f"[ERROR] {each}" for each in problems]},
    )


def _metadata_problems(metadata: dict[str, object]) -> Iterator[str]:
    if "entities" in metadata and "event_type" not in metadata:
        if not isinstance(metadata["entities"], list):
            yield wrong("must provide an array", "/metadata/entities")
        return
    yield from text(1, 255)(metadata.get("event_type"), "/metadata/event_type")
    if not isinstance(metadata.get("event_payload"), dict):
        yield wrong("must provide an object", "/metadata/event_payload")


def _attachment(value: object, at: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield wrong("must provide an object", at)
        return
    if not value:
        yield wrong("must not be empty", at)
    for name in _ATTACHMENT_TEXTS:
        if value.get(name) is not None:
            yield from text()(value[name], f"{at}/{name}")
    for name in _ATTACHMENT_LINKS:
        if value.get(name):
            yield from address(value[name], f"{at}/{name}")
    yield from _attachment_parts(value, at)


def _attachment_parts(value: dict[str, object], at: str) -> Iterator[str]:
    for index, field in enumerate(_array(value, "fields")):
        if isinstance(field, dict) and "short" in field:
            yield from boolean(field["short"], f"{at}/fields/{index}/short")
    if "blocks" in value:
        yield from block_problems(value["blocks"], MESSAGE_BLOCKS, MAX_BLOCKS, f"{at}/blocks")
        yield from _out_of_place(value["blocks"], f"{at}/blocks")


def _array(value: dict[str, object], name: str) -> list[object]:
    found = value.get(name)
    return found if isinstance(found, list) else []


def _out_of_place(blocks: object, at: str) -> Iterator[str]:
    for block, here in every_block(blocks, at):
        for element in elements(block):
            if element.get("type") == "file_input":
                yield wrong("unsupported type: file_input", f"{here}/element/type")
            if element.get("response_url_enabled"):
                yield wrong("`response_url_enabled` is for modals only", f"{here}/element")
