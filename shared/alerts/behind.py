"""Parts of the sweeps, besides the ends, that somebody waits for and that do not come round."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from shared.alerts.subscriptions import Subscription
from shared.alerts.sweeps.looked import Part
from shared.alerts.sweeps.needs import needs_of
from shared.alerts.sweeps.retrying import Retrying
from shared.alerts.sweeps.rhythm import SweepRhythm
from shared.alerts.sweeps.schedules import Schedules
from shared.alerts.sweeps.slow import Slow
from shared.alerts.sweeps.status import PartStatus, SweepStatus
from shared.alerts.sweeps.waiting import Waiting
from shared.alerts.wanted import Wanted
from shared.text import ago_words, one_line

_NAMES = {
    "waiting": "waiting questions were",
    "slow": "executions that run long were",
    "retrying": "executions that retry were",
    "schedules": "schedules were",
}
_ERROR = 200


@dataclass(frozen=True, slots=True)
class Wait:
    """Somebody waits for what a part finds, since they asked for it."""

    part: str
    since: datetime
    status: PartStatus

    @property
    def is_partial(self) -> bool:
        """Whether it looks, but not at everything."""
        return self.status.error is not None and self.status.error_at == self.status.looked_at

    def is_behind(self, now: datetime, bound: timedelta) -> bool:
        """Whether it should have looked by now."""
        return now - max(self.status.looked_at or self.since, self.since) > bound

    def words(self, now: datetime) -> str:
        """How it is doing, in a clause."""
        error = self.status.last_error
        why = f" ({one_line(error, _ERROR)})" if error else ""
        return f"{_NAMES.get(self.part, self.part)} {self._looked(now)}{why}"

    def _looked(self, now: datetime) -> str:
        if self.is_partial:
            return "looked at only in part"
        last = self.status.looked_at
        return f"last looked at {ago_words(last, now)}" if last else "never looked at"


def waits(status: SweepStatus, subscriptions: Sequence[Subscription]) -> list[Wait]:
    """What these subscriptions need of the sweeps, with how that is doing."""
    return [
        Wait(name, since, status.parts.get(name, PartStatus()))
        for name, since in _since(subscriptions).items()
    ]


def behind(known: Sequence[Wait], now: datetime, bound: timedelta) -> list[Wait]:
    """Those that should have looked by then."""
    return [each for each in known if each.is_behind(now, bound)]


def parts_for(wanted: Wanted) -> list[str]:
    """The parts that look for what is asked for, besides the ends."""
    needs = needs_of([wanted])
    return [part.name for part in _parts() if part.is_wanted(needs)]


def _since(subscriptions: Sequence[Subscription]) -> dict[str, datetime]:
    """The parts that are needed, and since when."""
    found: dict[str, datetime] = {}
    for each in subscriptions:
        for name in parts_for(each.wanted):
            found[name] = min(found.get(name, each.changed_at), each.changed_at)
    return found


@cache
def _parts() -> tuple[Part, ...]:
    rhythm = SweepRhythm()
    return Waiting(rhythm), Slow(rhythm), Retrying(rhythm), Schedules()
