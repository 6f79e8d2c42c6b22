"""Events that the worker sent."""

from bot.blocks import section
from bot.mrkdwn import code, date
from bot.render.dispatch import page
from bot.render.listing import listing
from bot.render.page import Page, View
from bot.render.words import clock, many
from shared.results import EventRow, Events
from shared.text import one_line

_NAME = 22
_SHORT = (
    ("workflow execution ", "workflow "),
    ("activity task ", "activity "),
    ("custom task ", "task "),
)


@page.register
def _(result: Events, view: View) -> Page:
    of = code(result.execution_id)
    more = [view.again("Later events", cursor=result.cursor)] if result.cursor else []
    offers = [*more, view.again("Refresh", cursor=None)]
    if not result.events:
        words = f"No events of {of} here."
        return Page(text=words, head=[section(words)], offers=offers)
    title = f"{many(len(result.events), 'event')} of {of}"
    first = next((row.time for row in result.events if row.time), None)
    small = f"from {date(first)}, times in UTC" if first else "in the order they came"
    lines = [_line(row) for row in result.events]
    shown, files = listing(f"events-{result.execution_id}", lines, "Events", "event")
    return Page(
        text=f"{title}.",
        head=[section(f"*{title}*\n{small}" if not view.thread else f"Events {small}"), *shown],
        offers=offers,
        files=files,
    )


def event_words(kind: str) -> str:
    """The type of an event for people: ACTIVITY_TASK_COMPLETED is `activity completed`."""
    words = kind.lower().replace("_", " ")
    for long, short in _SHORT:
        words = words.replace(long, short, 1) if words.startswith(long) else words
    return words


def _line(row: EventRow) -> str:
    child = f" (in {row.execution_id[:60]})" if row.execution_id else ""
    says = f"  {one_line(row.summary, 160)}" if row.summary else ""
    return (
        f"{clock(row.time)}  {event_words(row.type)[:_NAME]:<{_NAME}}  {row.subject}{child}{says}"
    )
