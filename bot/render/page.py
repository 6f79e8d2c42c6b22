"""A message in parts, of which only the rows may be cut where Slack's patience ends."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import accumulate
from typing import Any

from bot.blocks import MESSAGE_BLOCKS, actions, cut, small_print
from bot.message import Block, File, Message
from bot.render.offers import Offer, overflow, step_offer, with_steps
from bot.render.spoken import spoken
from shared.operation import Effect
from shared.results import NextStep, Result

# Slack refuses about 13,200 characters of blocks (msg_blocks_too_long), and says so nowhere.
BUDGET = 12_000
# The bot keeps longer arguments itself and sends an id instead (bot/drafts.py).
_BUTTON_LIMIT, _OPTION_LIMIT = 2_000, 150
_STOWED_AS = 100
# What it takes to say that rows were left out, with a button.
_REST, _REST_BLOCKS = 1_500, 2
_IN_A_ROW = 5
_TEXT_LIMIT = 3_000
_NOTES = 8
_STEPS = 4


@dataclass(frozen=True, slots=True)
class View:
    """What a renderer knows besides the result.

    The time, what the person may do, the request itself, and whether the answer stands in the
    thread of a card that shows the execution already.
    """

    now: datetime
    offers: Callable[[Effect], bool] = lambda effect: True
    name: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    thread: bool = False

    def again(self, label: str, **changes: Any) -> Offer:
        """The same request with other arguments; None takes one away."""
        merged = {**self.arguments, **changes}
        kept = {name: value for name, value in merged.items() if value is not None}
        return Offer(label, self.name, kept)


@dataclass(frozen=True, slots=True)
class Page:
    """The parts of an answer; `text` is a full sentence, escaped.

    `rows` may be cut, to whole ones; `rest`, told how many are shown, says how to get the others.
    `offers` are buttons, of which those are left out that the person may not press; `menu` is what
    More holds. Next steps to operations in `covered` have their buttons in the rows.
    """

    text: str
    head: Sequence[Block | None] = ()
    rows: Sequence[Sequence[Block]] = ()
    tail: Sequence[Block | None] = ()
    offers: Sequence[Offer] = ()
    menu: Sequence[Offer] = ()
    files: Sequence[File] = ()
    covered: frozenset[str] = frozenset()
    rest: Callable[[int], tuple[str, Offer | None]] | None = None


def message_of(page: Page, result: Result, view: View) -> Message:
    """The message of a page, with the notes and next steps that every result has."""
    steps = [step for step in result.next_steps[:_STEPS] if step.operation not in page.covered]
    offers = with_steps(page.offers, map(step_offer, steps))
    told = [*result.notes[:_NOTES], *(why for step in steps if (why := _reason(step, view)))]
    notes = [small_print(*map(spoken, told))] if told else []
    return assemble(replace(page, offers=offers, tail=[*page.tail, *notes]), view)


def assemble(page: Page, view: View) -> Message:
    """The message of a page: as many rows as fit, and a word about those that do not."""
    head, tail, last, rest = _bounded(
        _present(page.head), _present(page.tail), _buttons(page.offers, page.menu, view)
    )
    shown = _fitting(page.rows, [*head, *tail, *last])
    if len(shown) < len(page.rows) and page.rest is not None:
        words, offer = page.rest(len(shown))
        rest += [small_print(words), *_buttons([offer] if offer else [], (), view)]
    return Message(
        cut(page.text, _TEXT_LIMIT), (*head, *_flat(shown), *rest, *tail, *last), tuple(page.files)
    )


def size(blocks: Iterable[Block]) -> int:
    """The characters of blocks, without arguments too long for Slack, which it never sees."""
    return sum(len(_written(block)) - _stowed(block) for block in blocks)


def _bounded(
    head: list[Block], tail: list[Block], last: list[Block]
) -> tuple[list[Block], list[Block], list[Block], list[Block]]:
    """Without what no message can hold: the end of the head first, for it matters least."""
    rest: list[Block] = []
    for parts, kept in ((head, 1), (tail, 0), (last, 0)):
        while len(parts) > kept and size([*head, *tail, *last]) > BUDGET - _REST:
            parts.pop()
            rest = [small_print("There is more, but it does not fit into a message.")]
    return head, tail, last, rest


def _fitting(rows: Sequence[Sequence[Block]], around: Sequence[Block]) -> Sequence[Sequence[Block]]:
    everything = [*_flat(rows), *around]
    if len(everything) <= MESSAGE_BLOCKS and size(everything) <= BUDGET:
        return rows
    room = BUDGET - _REST - size(around)
    places = MESSAGE_BLOCKS - _REST_BLOCKS - len(around)
    used = zip(accumulate(map(size, rows)), accumulate(map(len, rows)), strict=True)
    return rows[: sum(1 for characters, blocks in used if characters <= room and blocks <= places)]


def _buttons(offers: Sequence[Offer], menu: Sequence[Offer], view: View) -> list[Block]:
    allowed = [offer for offer in offers if offer.allowed(view.offers)]
    options = [offer for offer in menu if offer.allowed(view.offers)]
    elements = [offer.button(str(place)) for place, offer in enumerate(allowed)]
    if options:
        elements.insert(_IN_A_ROW - 1, overflow(options))
    rows = [elements[at : at + _IN_A_ROW] for at in range(0, len(elements), _IN_A_ROW)]
    return [actions(*row) for row in rows]


def _reason(step: NextStep, view: View) -> str:
    """What a button that changes something is for; the others say it themselves."""
    offer = step_offer(step)
    needs_words = offer.effect > Effect.READ and offer.allowed(view.offers)
    return f"{offer.label} {step.why[0].lower()}{step.why[1:]}" if step.why and needs_words else ""


def _flat(rows: Iterable[Iterable[Block]]) -> list[Block]:
    return [block for row in rows for block in row]


def _present(blocks: Iterable[Block | None]) -> list[Block]:
    return [block for block in blocks if block is not None]


def _written(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _stowed(block: Block) -> int:
    elements = [*block.get("elements", ()), block.get("accessory") or {}]
    values = [(str(each.get("value", "")), _BUTTON_LIMIT) for each in elements]
    options = (option for each in elements for option in each.get("options", ()))
    values += [(str(option.get("value", "")), _OPTION_LIMIT) for option in options]
    return sum(len(_written(value)) - _STOWED_AS for value, limit in values if len(value) > limit)
