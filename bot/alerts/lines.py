"""The thread below an alert: one line for each occurrence, numbers once there are very many."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import batched

from bot.alerts.words import lateness, times
from bot.alerts.words import said as named
from bot.blocks import paragraphs, section
from bot.message import Message
from bot.mrkdwn import code, date
from bot.questions.words import many, said
from shared.alerts.occurrence import Occurrence
from shared.text import duration_words

IN_A_REPLY = 20
MOST_LINES = 100
_ERROR = 160
_REASONS = 3
# The more a thread has told, the longer it gathers.
_GAPS = ((IN_A_REPLY, timedelta(seconds=5)), (MOST_LINES, timedelta(minutes=1)))
_LONGEST_GAP = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Reply:
    """A message for the thread; `number` is that of the first occurrence it tells."""

    number: int
    message: Message


def replies(untold: Sequence[Occurrence]) -> list[Reply]:
    """What a thread has to tell next, in the order in which it happened."""
    singly = [each for each in untold if each.number <= MOST_LINES]
    summed = [each for each in untold if each.number > MOST_LINES]
    told = [_in_turn(part) for part in batched(singly, IN_A_REPLY)]
    return [*told, *([_summary(summed)] if summed else [])]


def gap(number: int) -> timedelta:
    """How long a thread that goes on with this occurrence gathers between two replies."""
    return next((wait for most, wait in _GAPS if number <= most), _LONGEST_GAP)


def line(each: Occurrence) -> str:
    """An occurrence in one line."""
    words = named(each.kind)
    parts = [f"{words.sign} #{each.number:,} {words.short}", date(each.at, "{time_secs}")]
    name = each.execution_id or each.schedule_id
    if name:
        parts.append(code(name, 120))
    parts += _particulars(each)
    return " · ".join(parts)


def _particulars(each: Occurrence) -> Iterator[str]:
    if each.step:
        yield f"in {code(each.step, 60)}"
    if each.label:
        yield said(each.label, _ERROR)
    if each.bound:
        yield said(each.bound, _ERROR)
    if each.error:
        yield said(each.error, _ERROR)
    if each.duration_ms:
        yield f"after {duration_words(each.duration_ms)}"
    if each.late:
        yield lateness(each.gap) if each.gap else "found late"


def _in_turn(part: Sequence[Occurrence]) -> Reply:
    texts = [line(each) for each in part]
    more = f" (and {len(texts) - 1} more)" if len(texts) > 1 else ""
    blocks = tuple(section(paragraph) for paragraph in paragraphs(texts))
    return Reply(part[0].number, Message(texts[-1] + more, blocks))


def _summary(part: Sequence[Occurrence]) -> Reply:
    """How many more there are, which is all that anybody reads of so many."""
    first, last = part[0], part[-1]
    text = f"… {many(len(part), 'more occurrence')}, #{first.number:,} to #{last.number:,}"
    text += f", {date(first.at, '{time_secs}')} to {date(last.at, '{time_secs}')}"
    counted = Counter(each.error for each in part if each.error).most_common(_REASONS)
    lines = [text, *(f"{times(count)} {said(error, _ERROR)}" for error, count in counted)]
    if last.execution_id:
        lines.append(f"latest {code(last.execution_id, 120)}")
    return Reply(first.number, Message(text, (section("\n".join(lines)),)))
