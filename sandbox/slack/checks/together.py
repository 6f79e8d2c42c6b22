"""What blocks may not do together: share ids, be too many, be too long."""

from collections.abc import Iterator, Mapping

from sandbox.slack.checks.elements import elements, every_block
from sandbox.slack.checks.shapes import Rule, items, tagged, wrong

TABLES = ("table", "data_table")
CHARTS = 2

_WRITTEN = ("text", "title", "alt_text", "caption", "fallback")


def block_problems(blocks: object, kinds: Mapping[str, Rule], most: int, at: str) -> list[str]:
    """Everything that is wrong with an array of blocks, in Slack's words."""
    problems = list(items(tagged(kinds), 0, most)(blocks, at))
    if not problems:
        problems = [*_shared_ids(blocks, at), *_too_many_charts(blocks, at), *_focus(blocks, at)]
    return problems


def characters(value: object) -> int:
    """How much text there is in blocks, for the limit of a whole message."""
    if isinstance(value, list):
        return sum(characters(each) for each in value)
    if not isinstance(value, dict):
        return 0
    own = (value.get(name) for name in _WRITTEN)
    return sum(len(each) for each in own if isinstance(each, str)) + sum(
        characters(each) for each in value.values()
    )


def count(blocks: object, *kinds: str) -> int:
    """How many blocks are of one of the kinds, wherever they stand."""
    return sum(block.get("type") in kinds for block, _ in every_block(blocks))


def _shared_ids(blocks: object, at: str) -> Iterator[str]:
    seen: set[str] = set()
    for block, here in every_block(blocks, at):
        block_id = block.get("block_id")
        if block_id in seen:
            yield wrong(f"`block_id` must be unique: {block_id}", f"{here}/block_id")
        if block_id is not None:
            seen.add(block_id)
        yield from _shared_actions(block, here)


def _shared_actions(block: Mapping[str, object], at: str) -> Iterator[str]:
    seen: set[object] = set()
    for element in elements(dict(block)):
        action_id = element.get("action_id")
        if action_id is not None and action_id in seen:
            yield wrong(f'`action_id` "{action_id}" already exists in this block', at)
        seen.add(action_id)


def _too_many_charts(blocks: object, at: str) -> Iterator[str]:
    if count(blocks, "data_visualization") > CHARTS:
        yield wrong(f"no more than {CHARTS} data_visualization blocks allowed", at)


def _focus(blocks: object, at: str) -> Iterator[str]:
    focused = [
        each
        for block, _ in every_block(blocks)
        for each in elements(block)
        if each.get("focus_on_load")
    ]
    if len(focused) > 1:
        yield wrong("only one element may have `focus_on_load`", at)
