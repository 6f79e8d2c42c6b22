"""What findings do to the alerts of subscriptions, one after the other. Nothing is read or kept.

The matcher and the dry run both work with it, so that one cannot promise what the other does not.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from shared.alerts.details import Details
from shared.alerts.finding import TROUBLE, Finding, Kind
from shared.alerts.fingerprint import fingerprint, labels_of
from shared.alerts.groups import Group, cleared, dropped, live_key, opened, struck
from shared.alerts.matching import fits_workflow, takes
from shared.alerts.occurrence import Occurrence
from shared.alerts.snapshot import occurrence_of
from shared.alerts.sweeps.states import OVER
from shared.alerts.wanted import Wanted

ENDING = frozenset({Kind.RECOVERED, Kind.COMPLETED})


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


def candidate(taker: Taker, finding: Finding, details: Details) -> Candidate | None:
    """What becomes of the finding when the subscription asks for it."""
    taking = takes(taker.wanted, finding, details)
    if taking is None:
        return None
    labels = labels_of(taker.wanted, finding, details)
    occurrence = occurrence_of(finding, details, taking.note)
    return Candidate(taker.id, finding, occurrence, labels, fingerprint(labels))


class Board:
    """Alerts that fire; those that change are kept apart."""

    def __init__(
        self,
        takers: Iterable[Taker],
        groups: Iterable[Group],
        new_id: Callable[[], str],
        recoveries: Iterable[Finding] = (),
    ) -> None:
        self.changed: dict[str, Group] = {}
        self._takers = {taker.id: taker for taker in takers}
        self._live = {group.live_key: group for group in groups if group.live_key}
        self._new_id = new_id
        self._recoveries: defaultdict[str, list[Finding]] = defaultdict(list)
        for finding in recoveries:
            self._recoveries[finding.workflow].append(finding)

    def close(self, finding: Finding, now: datetime) -> None:
        """End what the finding says is over."""
        if finding.over:
            begun = finding.key.removesuffix(OVER)
            for group in self._with_open(begun):
                self._keep(cleared(group, begun, finding.at, None, now), now)
        elif finding.kind in ENDING:
            self._recoveries[finding.workflow].append(finding)
            for group in self._with_open(finding.workflow):
                self._recover(group, finding, now)

    def take(self, found: Candidate, now: datetime) -> Taken | None:
        """Count it; None where only the first is wanted, and this is not the first."""
        taker = self._takers[found.taker_id]
        group = self._live.get(found.live_key)
        if group is None:
            group = self._opened(found, now)
        elif taker.wanted.first_only and found.finding.kind.is_trouble:
            return None
        else:
            group = struck(group, found.occurrence, taker.wanted, now)
        self._keep(group, now)
        self._recover_late(group, found.finding, now)
        return Taken(taker.id, group.id, found.finding.key, group.recent[-1])

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
        key = live_key(group.subscription_id, group.fingerprint)
        if group.is_firing:
            self._live[key] = group
        else:
            self._live.pop(key, None)
            group = dropped(group) if self._was_kept_back(group, now) else group
        self.changed[group.id] = group

    def _was_kept_back(self, group: Group, now: datetime) -> bool:
        """Whether it came and went while it was muted."""
        taker = self._takers.get(group.subscription_id)
        muted = group.is_muted(now) or (taker is not None and taker.is_muted)
        return muted and not group.was_shown


def _is_about(group: Group, finding: Finding, taker: Taker) -> bool:
    # Of another deployment, it says nothing about this one.
    deployment = group.labels.get("deployment")
    return fits_workflow(taker.wanted, finding) and deployment in (None, finding.deployment or "")
