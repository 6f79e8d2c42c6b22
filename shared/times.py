"""Times and durations as people write them: `2h`, `1d12h`, `PT1H`, `2026-11-22T09:00Z`."""

import re
from datetime import UTC, datetime, timedelta

_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_SHORT = re.compile(r"(?:\d{1,9}(?:\.\d{1,3})?[smhdw])+", re.ASCII)
_PART = re.compile(r"(\d+(?:\.\d+)?)([smhdw])")
_ISO = re.compile(
    r"P(?:(\d{1,6})W)?(?:(\d{1,6})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,9}(?:\.\d{1,6})?)S)?)?",
    re.ASCII,
)
_LONGEST = timedelta(days=3_660)


def parse_duration(text: str) -> timedelta:
    """A positive length of time, or ValueError saying what would do."""
    written = text.strip()
    if _SHORT.fullmatch(written.lower()):
        parts = _PART.findall(written.lower())
        seconds = sum(float(number) * _UNITS[unit] for number, unit in parts)
    elif (match := _ISO.fullmatch(written.upper())) and any(match.groups()):
        sizes = (604_800, 86_400, 3_600, 60, 1)
        seconds = sum(float(n) * size for n, size in zip(match.groups(), sizes, strict=True) if n)
    else:
        raise ValueError("must be a duration such as 90s, 15m, 2h, 1d12h or PT1H")
    if not 0 < seconds <= _LONGEST.total_seconds():
        raise ValueError("must be longer than nothing and at most ten years")
    return timedelta(seconds=seconds)


def iso_duration(duration: timedelta) -> str:
    """ISO 8601, as the API writes durations, such as `P1DT2H` or `PT0.5S`."""
    minutes, seconds = divmod(duration.total_seconds(), 60)
    hours, minutes = divmod(int(minutes), 60)
    days, hours = divmod(hours, 24)
    day = f"{days}D" if days else ""
    parts = ((hours, "H"), (minutes, "M"), (seconds, "S"))
    time = "".join(f"{_plain(number)}{unit}" for number, unit in parts if number)
    return f"P{day}{'T' if time else ''}{time}"


def parse_moment(text: str, now: datetime | None = None) -> datetime:
    """ISO 8601 (UTC where it names no zone), `now`, a duration before now, or `+2h`.

    Raises ValueError saying what would do.
    """
    now = now or datetime.now(UTC)
    written = text.strip()
    if written.lower() == "now":
        return now
    if written.startswith("+"):
        return now + parse_duration(written[1:])
    try:
        return now - parse_duration(written)
    except ValueError:
        return _iso_moment(written)


def _plain(number: float) -> str:
    return f"{number:.6f}".rstrip("0").rstrip(".")


def _iso_moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("must be a time such as 2h (ago), 3d or 2026-11-22T09:00Z") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
