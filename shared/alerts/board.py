"""What findings do to the alerts of subscriptions, one after the other. Nothing is read or kept.

The matcher and the dry run both work with it, so that one cannot promise what the other does not.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.alerts.details import Details
from shared.alerts.finding import TROUBLE, Finding, Kind
from shared.alerts.fingerprint import fingerprint, labels_of
from shared.alerts.groups import Group, cleared, dropped, live_key, opened, returned, struck
from shared.alerts.matching import fits_deployment, takes
from shared.alerts.occurrence import Occurrence
from shared.alerts.patterns import Contains, contains
from shared.alerts.snapshot import occurrence_of
from shared.alerts.sweeps.states import OVER
from shared.alerts.wanted import Wanted

ENDING = frozenset({Kind.RECOVERED, Kind.COMPLETED})
# What comes back so soon after it was over is the same alert: nobody needs twenty in an hour.
FLAPPING = timedelta(minutes=15)
MAY_FLAP = TROUBLE | {Kind.SLOW, Kind.RETRYING, Kind.SCHEDULE_FAILING}
_GIVEN_UP = {
    "deleted": "its schedule was deleted",
    "paused": "its schedule was paused",
    "exhausted": "its schedule has no times left",
    "unread": "its execution cannot be read any more",
}
_BAD_ENDS = {
    "FAILED": "its execution failed",
    "TIMED_OUT": "its execution timed out",
    "TERMINATED": "its execution was terminated",
    "CANCELED": "its execution was cancelled",
}


@dataclass(frozen=True, slots=True)
class Taker:
    """A subscription, as far as the life of its alerts depends on it."""

    id: str
    wanted: Wanted
    is_muted: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """A finding that a subscription would take, under which alert it would come."""

    taker_id: str
    finding: Finding
    occurrence: Occurrence
    labels: dict[str, str]
    fingerprint: str

    @property
    def taken_key(self) -> tuple[str, str]:
        """Under which it counts once."""
        return self.taker_id, self.finding.key

    @property
    def live_key(self) -> str:
        """The key of the alert."""
        return live_key(self.taker_id, self.fingerprint)


@dataclass(frozen=True, slots=True)
class Taken:
    """An occurrence with its number, and the alert it belongs to."""

    subscription_id: str
    group_id: str
    finding_key: str
    occurrence: Occurrence


def candidate(
    taker: Taker, finding: Finding, details: Details, search: Contains = contains
) -> Candidate | None:
    """What becomes of the finding when the subscription asks for it."""
    taking = takes(taker.wanted, finding, details, search)
    if taking is None:
        return None
    labels = labels_of(taker.wanted, finding, details)
    occurrence = occurrence_of(finding, details, taking.note)
    return Candidate(taker.id, finding, occurrence, labels, fingerprint(labels))


class Board:
    """Alerts that fire, and those that were over lately; those that change are kept apart."""

    def __init__(
        self,
        takers: Iterable[Taker],
        groups: Iterable[Group],
        new_id: Callable[[], str],
        recoveries: Iterable[Finding] = (),
    ) -> None:
        self.changed: dict[str, Group] = {}
        self._takers = {taker.id: taker for taker in takers}
        self._live: dict[str, Group] = {}
        self._over: defaultdict[str, dict[str, Group]] = defaultdict(dict)
        for group in groups:
            self._place(group)
        self._new_id = new_id
        self._recoveries: defaultdict[str, list[Finding]] = defaultdict(list)
        for finding in recoveries:
            self._recoveries[finding.workflow].append(finding)

    def close(self, finding: Finding, now: datetime) -> None:
        """End what the finding says is over."""
        if finding.over:
            begun = finding.key.removesuffix(OVER)
            for group in self._with_open(begun):
                self._keep(cleared(group, begun, finding.at, None, now, _why(finding)), now)
        elif finding.kind in ENDING:
            self._recoveries[finding.workflow].append(finding)
            for group in self._with_open(finding.workflow):
                self._recover(group, finding, now)

    def take(self, found: Candidate, now: datetime) -> Taken | None:
        """Count it; None where only the first is wanted, and this is not the first."""
        taker = self._takers[found.taker_id]
        if taker.wanted.first_only and self._is_known(found):
            return None
        fires, over = self._live.get(found.live_key), self._lately_over(found)
        if fires is not None:
            group = struck(fires, found.occurrence, taker.wanted, now)
        elif over is not None:
            group = returned(over, found.occurrence, taker.wanted, now)
        else:
            group = self._opened(found, now)
        self._keep(group, now)
        self._recover_late(group, found.finding, now)
        return Taken(taker.id, group.id, found.finding.key, group.recent[-1])

    def _is_known(self, found: Candidate) -> bool:
        """Whether its workflow is in trouble already, be it for another reason."""
        finding = found.finding
        return finding.kind in TROUBLE and any(
            group.subscription_id == found.taker_id
            and group.kind in TROUBLE
            and _is_of_deployment(group, finding)
            for group in self._with_open(finding.workflow)
        )

    def _lately_over(self, found: Candidate) -> Group | None:
        """The alert that comes back with it; one that is found late belongs to what was over
        after it."""
        if found.finding.kind not in MAY_FLAP:
            return None
        ends = {
            group.recovered_at: group
            for group in self._over[found.live_key].values()
            if group.recovered_at and group.recovered_at + FLAPPING >= found.finding.at
        }
        return ends[min(ends)] if ends else None

    def _opened(self, found: Candidate, now: datetime) -> Group:
        return opened(
            self._new_id(), found.taker_id, found.fingerprint, found.labels, found.occurrence, now
        )

    def _recover_late(self, group: Group, finding: Finding, now: datetime) -> None:
        """Trouble that is found after its recovery is over from the start."""
        if finding.kind not in TROUBLE:
            return
        known = sorted(self._recoveries.get(finding.workflow, ()), key=lambda each: each.at)
        for recovery in known:
            live = self._live.get(group.live_key or "")
            if live is not None:
                self._recover(live, recovery, now)

    def _recover(self, group: Group, finding: Finding, now: datetime) -> None:
        taker = self._takers.get(group.subscription_id)
        if taker is None or group.kind not in TROUBLE or not _is_about(group, finding, taker):
            return
        by = finding.execution_id
        self._keep(cleared(group, finding.workflow, finding.at, by, now), now)

    def _with_open(self, subject: str) -> Iterator[Group]:
        yield from [group for group in self._live.values() if subject in group.open]

    def _keep(self, group: Group, now: datetime) -> None:
        if not group.is_firing and self._was_kept_back(group, now):
            group = dropped(group)
        self._place(group)
        self.changed[group.id] = group

    def _place(self, group: Group) -> None:
        key = live_key(group.subscription_id, group.fingerprint)
        if group.is_firing:
            self._live[key] = group
            self._over[key].pop(group.id, None)
        elif group.recovered_at is not None:
            self._over[key][group.id] = group
            if (fires := self._live.get(key)) is not None and fires.id == group.id:
                del self._live[key]

    def _was_kept_back(self, group: Group, now: datetime) -> bool:
        """Whether it came and went while it was muted."""
        taker = self._takers.get(group.subscription_id)
        muted = group.is_muted(now) or (taker is not None and taker.is_muted)
        return muted and not group.was_shown


def _is_about(group: Group, finding: Finding, taker: Taker) -> bool:
    # What the alert is about decides: the filter may have been changed since.
    is_asked = "deployment" in group.labels or fits_deployment(taker.wanted, finding)
    return is_asked and _is_of_deployment(group, finding)


def _is_of_deployment(group: Group, finding: Finding) -> bool:
    # Of another deployment, it says nothing about this one.
    return group.labels.get("deployment") in (None, finding.deployment or "")


def _why(finding: Finding) -> str | None:
    """What ended a state, where that is nothing good."""
    for name, why in _GIVEN_UP.items():
        if finding.detail.get(name):
            return why
    return _BAD_ENDS.get(str(finding.detail.get("ended")))
