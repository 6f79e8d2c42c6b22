"""A page of executions."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import batched

from bot.blocks import section
from bot.message import Block
from bot.mrkdwn import code, date, line
from bot.render import rich, states
from bot.render.dispatch import page
from bot.render.offers import Offer, cancel, offer, overflow
from bot.render.page import Page, View, size
from bot.render.rich import Piece
from bot.render.words import dotted, many, since, span
from shared.results import ExecutionRow, Executions

_ROOM = 10_500
_MOST_ELEMENTS = 40
_LINES_IN_BLOCK = 5
_FILTERS = ("workflow", "status", "search", "since", "until", "waiting", "tags", "search_key")


@page.register
def _(result: Executions, view: View) -> Page:
    rows = result.executions
    if not rows:
        return _nothing(result, view)
    alike = len({row.workflow for row in rows}) == 1
    of = f" of {code(rows[0].workflow)}" if alike else ""
    title = many(len(rows), "execution")
    listed = _rows(rows, view, with_workflow=not alike)
    in_each = -(-len(rows) // len(listed))
    return Page(
        text=f"{title}{of}: {_counts(rows)}.",
        head=[section(f"*{title}*{of}\n{_counts(rows)}")],
        rows=[[block] for block in listed],
        offers=pages(view, result.cursor),
        rest=lambda shown: fewer(shown * in_each, len(rows), view),
    )


def pages(view: View, cursor: str | None) -> list[Offer]:
    """Ways through a list: the next page, the first one, the same one again."""
    later = bool(view.arguments.get("cursor"))
    return [
        *([view.again("Next", cursor=cursor)] if cursor else []),
        *([view.again("First page", cursor=None)] if later else [view.again("Refresh")]),
    ]


def fewer(shown: int, total: int, view: View) -> tuple[str, Offer | None]:
    """A word about rows that did not fit, and the same question in portions that do."""
    words = f"{shown} of {total} rows fit into a message."
    return words, view.again(f"{shown} at a time", limit=shown, cursor=None) if shown else None


def execution_lines(rows: Iterable[ExecutionRow], view: View) -> Iterator[list[Piece]]:
    """Executions as lines of rich text, for those that belong to another."""
    for row in rows:
        yield [
            rich.text(f"{states.emoji(row.status)} {states.word(row.status)} · "),
            rich.code(row.execution_id),
            rich.text(" · "),
            rich.code(row.workflow, 80),
            rich.text(_length(row, view, " · ")),
        ]


def _rows(rows: Sequence[ExecutionRow], view: View, *, with_workflow: bool) -> list[Block]:
    """With a menu beside each while there is room, then with one button, then as plain lines."""
    lines = [_line(place, row, view, with_workflow) for place, row in enumerate(rows, 1)]
    paired = list(zip(lines, rows, strict=True))
    for beside in (_menu, _open):
        made = [section(line, accessory=beside(row, view)) for line, row in paired]
        if len(made) <= _MOST_ELEMENTS and size(made) <= _ROOM:
            return made
    return [section("\n".join(some)) for some in batched(lines, _LINES_IN_BLOCK)]


def _line(place: int, row: ExecutionRow, view: View, with_workflow: bool) -> str:
    workflow = f" · {code(row.workflow, 80)}" if with_workflow else ""
    started = date(row.started_at) if row.started_at else ""
    small = dotted([f"#{place}", started, _length(row, view), "child" if row.parent_id else ""])
    state = f"{states.emoji(row.status)} *{_word(row)}*"
    return f"{state} · {code(row.execution_id)}{workflow}\n{small}"


def _word(row: ExecutionRow) -> str:
    """The word of its status; one that we do not know is a stranger's."""
    return line(states.word(row.status))


def _length(row: ExecutionRow, view: View, before: str = "") -> str:
    if row.duration_ms is not None:
        return f"{before}took {span(row.duration_ms)}"
    going = since(row.started_at, view.now) if states.is_open(row.status) else ""
    return f"{before}for {going}" if going else ""


def _menu(row: ExecutionRow, view: View) -> Block:
    me = {"execution_id": row.execution_id}
    options = [
        offer("get_execution", me),
        offer("get_execution_logs", me),
        offer("diagnose_execution", me),
    ]
    if states.is_open(row.status):
        options += [Offer("Watch", "watch", me), cancel(row.execution_id)]
    else:
        options.append(offer("get_execution_trace", me))
    return overflow([each for each in options if each.allowed(view.offers)])


def _open(row: ExecutionRow, view: View) -> Block:
    return offer("get_execution", {"execution_id": row.execution_id}).button()


def _counts(rows: Iterable[ExecutionRow]) -> str:
    counted = Counter((states.emoji(row.status), _word(row)) for row in rows)
    return dotted(f"{sign} {count} {word}" for (sign, word), count in counted.most_common(8))


def _nothing(result: Executions, view: View) -> Page:
    filtered = any(view.arguments.get(name) for name in _FILTERS)
    words = "No executions match." if filtered else "There are no executions yet."
    every = [Offer("All executions", "list_executions")] if filtered else []
    return Page(
        text=words,
        head=[section(words)],
        offers=[*pages(view, result.cursor), *every, offer("list_workflows")],
    )
