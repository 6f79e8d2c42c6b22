"""The modal of a subscription: what is heard of, a way to try that, and how it is told."""

from collections.abc import Iterator, Mapping, Sequence

from bot.blocks import actions, divider, section
from bot.forms.alerts import SUBSCRIBE, UPDATE, titles_of_filter, titles_of_manner
from bot.forms.view import CALLBACK, alert, button
from bot.message import Block
from bot.mrkdwn import line

TRY = "form:try"
_FORMS = (f"{CALLBACK}{SUBSCRIBE}", f"{CALLBACK}{UPDATE}")
_MOST_BLOCKS = 100


def dressed(
    modal: Block, told: Sequence[Block] = (), errors: Mapping[str, str] | None = None
) -> Block:
    """The modal with its headings and the button that tries the filter; others stay as they are.

    `told` is what came of trying, `errors` are words by the blocks that they belong to: Slack has
    a place for them only when a form is sent.
    """
    if modal.get("callback_id") not in _FORMS:
        return modal
    blocks = list(_parts(modal["blocks"], told, errors or {}))
    return {**modal, "blocks": blocks[:_MOST_BLOCKS]}


def field_ids(modal: Mapping[str, object]) -> dict[str, str]:
    """The blocks of the fields by the names of the arguments."""
    names = {title: name for name, title in {**titles_of_filter(), **titles_of_manner()}.items()}
    blocks = modal.get("blocks")
    found = blocks if isinstance(blocks, list) else []
    titled = {_title(each): str(each["block_id"]) for each in found if each["type"] == "input"}
    return {names[title]: block_id for title, block_id in titled.items() if title in names}


def _parts(
    blocks: Sequence[Block], told: Sequence[Block], errors: Mapping[str, str]
) -> Iterator[Block]:
    first = next((at for at, each in enumerate(blocks) if each["type"] == "input"), len(blocks))
    manners = set(titles_of_manner().values())
    last = next((at for at, each in enumerate(blocks) if _title(each) in manners), len(blocks))
    for at, each in enumerate(blocks):
        if at == first:
            yield section("*What to tell of*")
        if at == last:
            yield from _trial(told)
        yield each
        if each.get("block_id") in errors:
            yield alert(line(errors[each["block_id"]], 500))
    if last == len(blocks):
        yield from _trial(told)


def _trial(told: Sequence[Block]) -> Iterator[Block]:
    asking = button("What would this have matched?", TRY)
    yield {**actions(asking), "block_id": "try"}
    yield from told
    yield divider()
    yield section("*How to tell it*")


def _title(block: Mapping[str, object]) -> str:
    label = block.get("label")
    return str(label.get("text", "")) if isinstance(label, dict) else ""
