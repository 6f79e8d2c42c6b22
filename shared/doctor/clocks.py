"""How far other clocks are from ours."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from shared.doctor.check import Outcome, bad, fine, warning

# A header tells whole seconds only.
_HEADER_STEP = timedelta(seconds=1)
_NOTICED = timedelta(seconds=5)
# Half of what sweeps look back; Slack refuses signatures that are five minutes off.
_HARMFUL = timedelta(seconds=60)
_ADVICE = "Let NTP set the clock of this machine."


@dataclass(frozen=True, slots=True)
class Skew:
    """Between which bounds the other clock is ahead of ours; negative when it is behind."""

    least: timedelta
    most: timedelta

    @property
    def certain(self) -> timedelta:
        """What it is off at least, whatever the way took."""
        if self.least > timedelta():
            return self.least
        return min(self.most, timedelta())


def skew(shown: datetime, asked: datetime, answered: datetime, step: timedelta) -> Skew:
    """From a time that was read between two of ours and told in steps of some length."""
    return Skew(shown - answered, shown + step - asked)


def header_skew(headers: Mapping[str, str], asked: datetime, answered: datetime) -> Skew | None:
    """From the Date of an answer; None where it has none."""
    try:
        shown = parsedate_to_datetime(headers.get("date") or "")
    except ValueError:
        return None
    aware = shown if shown.tzinfo else shown.replace(tzinfo=UTC)
    return skew(aware, asked, answered, _HEADER_STEP)


def judged(found: Skew, whose: str) -> Outcome:
    """Whether such a clock does harm."""
    off = found.certain
    seconds = abs(off).total_seconds()
    if abs(off) < _NOTICED:
        return fine(f"agrees with {whose}")
    words = f"{whose} is {seconds:,.0f} s {'ahead of' if off > timedelta() else 'behind'} this one"
    return (bad if abs(off) >= _HARMFUL else warning)(words, _ADVICE)
