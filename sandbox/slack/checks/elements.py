"""Walking through blocks: the blocks inside others, and the elements people touch."""

import copy
from collections.abc import Iterator
from typing import Any

from sandbox.slack.model import Json
from sandbox.slack.workspace import new_secret

_SILENT = ("image", "plain_text", "mrkdwn")
_NESTED = {"container": "child_blocks", "carousel": "elements", "plan": "tasks"}
_HOLDERS = {
    "section": "accessory",
    "input": "element",
    "actions": "elements",
    "context_actions": "elements",
    "card": "actions",
}


def every_block(blocks: object, at: str = "") -> Iterator[tuple[Json, str]]:
    """Each block with its pointer, those inside other blocks too; whatever else is passed over."""
    for index, block in enumerate(blocks if isinstance(blocks, list) else ()):
        if isinstance(block, dict):
            here = f"{at}/{index}"
            yield block, here
            inner = _NESTED.get(str(block.get("type")))
            if inner is not None:
                yield from every_block(block.get(inner), f"{here}/{inner}")


def elements(block: Json) -> list[Json]:
    """The interactive elements of one block, in their order."""
    held: Any = block.get(_HOLDERS.get(str(block.get("type")), ""))
    found = held if isinstance(held, list) else [held]
    return [each for each in found if isinstance(each, dict) and each.get("type") not in _SILENT]


def find_element(blocks: object, block_id: str, action_id: str) -> Json | None:
    """The element that a block and an action name."""
    for block, _ in every_block(blocks):
        if block.get("block_id") == block_id:
            for element in elements(block):
                if element.get("action_id") == action_id:
                    return element
    return None


def with_ids(blocks: list[Json] | None) -> list[Json]:
    """A copy of the blocks with an id wherever the app left one to Slack."""
    named = copy.deepcopy(blocks or [])
    for block, _ in every_block(named):
        block.setdefault("block_id", new_secret()[:5])
        for element in elements(block):
            element.setdefault("action_id", new_secret()[:5])
    return named
