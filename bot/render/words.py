"""Values as words of a message."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from bot.mrkdwn import in_utc
from shared.text import duration_words, json_text, one_line


def many(count: int, one: str, several: str | None = None) -> str:
    """The number with its noun."""
    return f"{count:,} {one if count == 1 else several or one + 's'}"


def span(milliseconds: float | None) -> str:
    """A length of time, or nothing where it is not known."""
    return "" if milliseconds is None else duration_words(milliseconds)


def since(moment: datetime | None, now: datetime) -> str:
    """How long something has been going on; nothing where it is not known."""
    if moment is None:
        return ""
    return duration_words(max((in_utc(now) - in_utc(moment)).total_seconds(), 0) * 1_000)


def clock(moment: datetime | None) -> str:
    """The time of the day in UTC, to the second."""
    return f"{in_utc(moment):%H:%M:%S}" if moment else "--:--:--"


def dotted(parts: Iterable[str]) -> str:
    """The parts that say something, in one line."""
    return " · ".join(part for part in parts if part)


def squeezed(text: str, limit: int) -> str:
    """One line whose middle is left out when it is long: log lines say most at their ends."""
    line = one_line(text, 4 * limit)
    if len(line) <= limit:
        return line
    return f"{line[: limit // 3]} … {line[-(limit - limit // 3) :]}"


def sentence(text: str) -> str:
    """The text with a mark at its end."""
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def fields_words(value: object, limit: int = 200) -> str:
    """The fields of a JSON object on one line, such as `amount: 480 · employee: ana`."""
    if isinstance(value, Mapping):
        parts = (f"{one_line(str(name), 40)}: {_field(each)}" for name, each in value.items())
        return one_line(dotted(parts), limit)
    return "" if value is None else one_line(_field(value, limit), limit)


def _field(value: object, limit: int = 80) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case str():
            return one_line(value, limit)
    return short_json(value, limit)


def short_json(value: object, limit: int = 200) -> str:
    """A JSON value on one line."""
    return one_line(json_text(value), limit)
