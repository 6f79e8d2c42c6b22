"""What the doctor found, trouble first."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import batched, groupby

from bot.blocks import section, small_print
from bot.message import Block, Message
from bot.mrkdwn import line
from bot.render import rich
from bot.render.offers import Offer
from bot.render.page import Page, View, assemble
from shared.call import Effect
from shared.doctor.assumptions import GROUP as ASSUMPTIONS
from shared.doctor.check import Check, Verdict
from shared.doctor.table import counted
from shared.text import ago_words, one_line

_SIGNS = {Verdict.OK: "✅", Verdict.WARNING: "⚠️", Verdict.BAD: "❌", Verdict.SKIPPED: "▫️"}
_ORDER = (Verdict.BAD, Verdict.WARNING)
_IN_A_BLOCK = 15
_TOO_LONG = "There is more; workflow-bot doctor tells all of it on the command line."
_FOR_FEW = "Details are for people who may write."


def render_doctor(
    checks: Sequence[Check], at: datetime, view: View, *, everything: bool = False
) -> Message:
    """A sentence, what is wrong with what to do, and the rest by its names.

    What was found is told in full to people who may write: it names hosts and channels.
    """
    detailed = view.offers(Effect.WRITE)
    trouble = [check for verdict in _ORDER for check in checks if check.verdict is verdict]
    whole = everything and detailed
    words = _words(trouble)
    page = Page(
        text=f"{words} {counted(checks)}.",
        head=[section(f"*{line(words)}* {counted(checks)} · {ago_words(at, view.now)}")],
        rows=[
            *([rich.paragraph(*_pieces(check, detailed))] for check in trouble),
            *([block] for block in _told(checks) if whole),
        ],
        tail=[
            None if whole else rich.lines(_rest(checks)),
            None if detailed else small_print(_FOR_FEW),
        ],
        offers=_offers(everything or not detailed),
        rest=lambda _: (_TOO_LONG, None),
    )
    return assemble(page, view)


def _words(trouble: Sequence[Check]) -> str:
    if not trouble:
        return "🩺 Everything is well."
    if trouble[0].verdict is Verdict.BAD:
        return "🩺 Something is wrong."
    return "🩺 Everything works, and something is worth a look."


def _told(checks: Sequence[Check]) -> Iterator[Block]:
    """What is no trouble, with what was found, in blocks of some lines."""
    rest = [check for check in checks if check.verdict not in _ORDER]
    for group, members in groupby(rest, key=lambda check: check.group):
        for few in batched(members, _IN_A_BLOCK):
            words = "\n".join(("", *map(_line, few)))
            yield rich.paragraph(rich.strong(group), rich.text(words))


def _line(check: Check) -> str:
    return f"{_SIGNS[check.verdict]} {check.name}: {one_line(check.outcome.found, 140)}"


def _pieces(check: Check, detailed: bool) -> Iterator[rich.Piece]:
    yield rich.text(f"{_SIGNS[check.verdict]} ")
    yield rich.strong(f"{check.group} · {check.name}")
    if detailed:
        yield rich.text(f": {one_line(check.outcome.found, 400)}")
    if check.outcome.advice:
        yield rich.text("\n")
        yield rich.faint(one_line(check.outcome.advice, 300))


def _rest(checks: Sequence[Check]) -> Iterator[list[rich.Piece]]:
    """What is well, in a line for each group; assumptions are too many for their names."""
    for group, members in groupby(checks, key=lambda check: check.group):
        rows = list(members)
        fine = [check.name for check in rows if check.verdict is Verdict.OK]
        untold = [check.name for check in rows if check.verdict is Verdict.SKIPPED]
        yield [rich.strong(group), rich.text(f" {_named(group, fine, untold)}")]


def _named(group: str, fine: Sequence[str], untold: Sequence[str]) -> str:
    if group == ASSUMPTIONS:
        return f"✅ {len(fine)} hold · ▫️ {len(untold)} cannot be told"
    parts = [f"✅ {', '.join(fine)}" if fine else "", f"▫️ {', '.join(untold)}" if untold else ""]
    return " · ".join(part for part in parts if part) or "see above"


def _offers(is_whole: bool) -> list[Offer]:
    again = Offer("Look again", "doctor")
    return [again] if is_whole else [again, Offer("Everything", "doctor", {"everything": True})]
