"""Values as words of a tool result. What others wrote is JSON: it cannot end a line or a cell."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from shared.text import clean, clean_json, json_text, one_line, truncate

_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:/@+=-]*")
_UNITS = (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1))
_DATA_LIMIT = 6_000


def word(value: object) -> str:
    """An id or a name: as it is when nobody could mistake it for anything else, else quoted."""
    text = "-" if value is None or value == "" else str(value)
    return text if text == "-" or _PLAIN.fullmatch(text) else json_text(clean(text))


def quoted(text: str, limit: int = 300) -> str:
    """Text on one line, between quotes that it cannot close."""
    return json_text(one_line(text, limit))


def squeezed(text: str, limit: int) -> str:
    """Quoted text whose middle is left out when it is long: log lines say most at their ends."""
    line = one_line(text, 4 * limit)
    if len(line) <= limit:
        return json_text(line)
    return json_text(f"{line[: limit // 3]} … {line[-(limit - limit // 3) :]}")


def block(text: str, limit: int = 2_000) -> str:
    """Text of several lines, its line ends written as in JSON."""
    return json_text(truncate(clean(text).strip(), limit))


def data(value: Any, limit: int = _DATA_LIMIT) -> str:
    """A JSON value on one line."""
    return truncate(json_text(value), limit)


def cells(*values: str) -> str:
    """A row of a table."""
    return "|".join(values)


def joined(*parts: str) -> str:
    """The parts that say something, in one line."""
    return " | ".join(part for part in parts if part)


def span(milliseconds: float | None) -> str:
    """A length of time in at most two units, such as `850ms`, `12s` or `3m5s`."""
    if milliseconds is None:
        return "-"
    if milliseconds < 1_000:
        return f"{max(round(milliseconds), 0)}ms"
    if milliseconds < 10_000:
        return f"{milliseconds / 1_000:.1f}s".replace(".0s", "s")
    left, words = round(milliseconds / 1_000), list[str]()
    for name, size in _UNITS:
        count, left = divmod(left, size)
        if count or words:
            words.append(f"{count}{name}" if count else "")
    return "".join(words[:2])


def short_span(milliseconds: float | None) -> str:
    """A length of time in one unit, to two digits or more."""
    if milliseconds is None or milliseconds < 1_000:
        return span(milliseconds)
    seconds = milliseconds / 1_000
    name, size = next((unit for unit in _UNITS if seconds >= 2 * unit[1]), _UNITS[-1])
    return f"{round(seconds / size)}{name}"


def age(moment: datetime | None, now: datetime) -> str:
    """How long ago, in one unit, such as `5m`; `+5m` lies ahead."""
    if moment is None:
        return "-"
    seconds = round((now - moment).total_seconds())
    sign = "+" if seconds < 0 else ""
    name, size = next((unit for unit in _UNITS if abs(seconds) >= unit[1]), _UNITS[-1])
    return f"{sign}{abs(seconds) // size}{name}"


def stamp(moment: datetime | None) -> str:
    """The time in UTC to the second."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if moment else "-"


def when(moment: datetime | None, now: datetime) -> str:
    """The time, and how far away it is."""
    if moment is None:
        return "-"
    away = age(moment, now)
    far = f"in {away[1:]}" if away.startswith("+") else f"{away} ago"
    return f"{stamp(moment)} ({far})"


def clock(moment: datetime | None) -> str:
    """The time of the day in UTC, to the millisecond."""
    return f"{moment.astimezone(UTC):%H:%M:%S.%f}"[:-3] if moment else "-"


def numbers(values: Iterable[int]) -> str:
    """Numbers in a row."""
    return ", ".join(map(str, values))


def call_text(tool: str, arguments: Mapping[str, object]) -> str:
    """A tool call as a model would write it; an Ellipsis stands for an object to fill in."""
    written = [f"{name}={_argument(value)}" for name, value in arguments.items()]
    return f"{tool}({', '.join(written)})"


def _argument(value: object) -> str:
    return "{...}" if value is ... else json_text(clean_json(value))
