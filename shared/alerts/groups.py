"""The life of an alert: pure steps from one state of its message to the next."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from shared.alerts.finding import Kind
from shared.alerts.gap import Gap
from shared.alerts.occurrence import Occurrence
from shared.alerts.timing import periods
from shared.alerts.wanted import Wanted
from shared.call import Actor

RECENT = 5


class State(StrEnum):
    """Where an alert stands."""

    FIRING = "firing"
    RECOVERED = "recovered"
    ENDED = "ended"
    """It is over, or not followed any more, and nothing says that it is well again."""


@dataclass(frozen=True, slots=True)
class Group:
    """What one message of a subscription tells, as its row has it.

    `open` has what is not over yet and since when: states under the keys of the findings that
    began them, or the workflows whose latest known execution failed. `version` grows with every
    change, `shown_version` is what was handed to the outbox, `due_at` is when it has to be looked
    at. `recovered_at` and `recovered_by` say when it was over and which execution ended it;
    `ended_because` says in words what is over without being well; `returns` counts how often it
    was over, and came back so soon that it is the same alert.
    """

    id: str
    subscription_id: str
    fingerprint: str
    labels: Mapping[str, str]
    kind: Kind
    state: State
    count: int
    first_at: datetime
    last_at: datetime
    recent: tuple[Occurrence, ...]
    open: Mapping[str, datetime]
    message_key: str
    version: int
    shown_version: int
    created_at: datetime
    changed_at: datetime
    late: bool = False
    acknowledged_by: str | None = None
    acknowledged_name: str | None = None
    acknowledged_at: datetime | None = None
    acknowledged_count: int | None = None
    muted_until: datetime | None = None
    muted_name: str | None = None
    reminders: int = 0
    due_at: datetime | None = None
    recovered_at: datetime | None = None
    recovered_by: str | None = None
    ended_because: str | None = None
    returns: int = 0

    @property
    def is_firing(self) -> bool:
        """Whether it is not over."""
        return self.state is State.FIRING

    @property
    def live_key(self) -> str | None:
        """What only one alert at a time may have."""
        return live_key(self.subscription_id, self.fingerprint) if self.is_firing else None

    @property
    def was_shown(self) -> bool:
        """Whether its message was handed to the outbox."""
        return self.shown_version > 0

    @property
    def needs_showing(self) -> bool:
        """Whether it changed since its message was last handed to the outbox."""
        return self.version > self.shown_version

    @property
    def since_acknowledged(self) -> int:
        """How often it happened again since somebody acknowledged it."""
        return 0 if self.acknowledged_count is None else self.count - self.acknowledged_count

    @property
    def is_quiet(self) -> bool:
        """Whether somebody acknowledged it, and nothing came since."""
        return self.acknowledged_at is not None and self.since_acknowledged == 0

    @property
    def gap(self) -> Gap | None:
        """The time that nobody looked at before the last late one of the latest was found."""
        gaps = [each.gap for each in self.recent if each.gap is not None]
        return gaps[-1] if gaps else None

    def is_muted(self, now: datetime) -> bool:
        """Whether it was muted by itself; its subscription may be as well."""
        return self.muted_until is not None and self.muted_until > now


def live_key(subscription_id: str, fingerprint: str) -> str:
    """The key of what fires now for a subscription under a fingerprint."""
    return f"{subscription_id}:{fingerprint}"


def opened(
    identifier: str,
    subscription_id: str,
    fingerprint: str,
    labels: Mapping[str, str],
    first: Occurrence,
    now: datetime,
) -> Group:
    """A new alert with its first occurrence."""
    empty = Group(
        id=identifier,
        subscription_id=subscription_id,
        fingerprint=fingerprint,
        labels=labels,
        kind=first.kind,
        state=State.FIRING,
        count=0,
        first_at=first.at,
        last_at=first.at,
        recent=(),
        open={},
        message_key=f"alert:{identifier}",
        version=0,
        shown_version=0,
        created_at=now,
        changed_at=now,
    )
    return _with(empty, first, now)


def struck(group: Group, occurrence: Occurrence, wanted: Wanted, now: datetime) -> Group:
    """The same thing happened again."""
    again = _with(group, occurrence, now)
    # Reminders go on with what is new; those that an acknowledgement kept back are not made up for.
    return replace(again, reminders=periods(group, wanted, now)) if group.is_quiet else again


def returned(group: Group, occurrence: Occurrence, wanted: Wanted, now: datetime) -> Group:
    """It happened again soon after it was over: people have its message, and nobody is mentioned
    again before the next reminder."""
    is_late = group.recovered_at is not None and occurrence.at <= group.recovered_at
    back = replace(
        group,
        state=State.FIRING,
        recovered_at=None,
        recovered_by=None,
        ended_because=None,
        returns=group.returns if is_late else group.returns + 1,
    )
    return replace(_with(back, occurrence, now), reminders=periods(group, wanted, now))


def cleared(
    group: Group,
    subject: str,
    at: datetime,
    by: str | None,
    now: datetime,
    because: str | None = None,
) -> Group:
    """One of what was open is over at a time; with the last one the alert is over.

    `because` says in words what ended it, where that is nothing good.
    """
    since = group.open.get(subject)
    if not group.is_firing or since is None or at < since:
        return group
    left = {each: begun for each, begun in group.open.items() if each != subject}
    rest = _changed(replace(group, open=left, ended_because=because or group.ended_because), now)
    return rest if left else recovered(rest, at, by, now)


def recovered(group: Group, at: datetime, by: str | None, now: datetime) -> Group:
    """It is over, and well again unless something says why it is not."""
    state = State.ENDED if group.ended_because else State.RECOVERED
    over = replace(group, state=state, recovered_at=at, recovered_by=by, open={})
    return _changed(over, now)


def ended(group: Group, now: datetime, because: str | None = None) -> Group:
    """It is not followed any more, and why in words."""
    return _changed(replace(group, state=State.ENDED, open={}, ended_because=because), now)


def dropped(group: Group) -> Group:
    """What nobody was shown, and nobody has to be."""
    return replace(group, shown_version=group.version, due_at=None)


def acknowledged(group: Group, actor: Actor, now: datetime) -> Group:
    """Somebody looks after it: quiet until it changes. Who came first stays."""
    if not group.is_firing or group.is_quiet:
        return group
    return _changed(
        replace(
            group,
            acknowledged_by=actor.id,
            acknowledged_name=actor.name,
            acknowledged_at=now,
            acknowledged_count=group.count,
        ),
        now,
    )


def muted(group: Group, until: datetime, name: str, now: datetime) -> Group:
    """Nothing new is posted about it until then."""
    if not group.is_firing:
        return group
    return _changed(replace(group, muted_until=until, muted_name=name), now)


def unmuted(group: Group, now: datetime) -> Group:
    """Posts are welcome again."""
    if group.muted_until is None:
        return group
    return _changed(replace(group, muted_until=None, muted_name=None), now)


def reminded(group: Group, wanted: Wanted, now: datetime) -> Group:
    """People were told of it, for the first time or again: the next reminder is a period away."""
    return replace(group, reminders=periods(group, wanted, now))


def shown(group: Group, due_at: datetime | None) -> Group:
    """Its message was handed to the outbox as it is; it is looked at again at that time."""
    return replace(group, shown_version=group.version, due_at=due_at)


def held(group: Group, until: datetime) -> Group:
    """Its message has to wait."""
    return replace(group, due_at=until)


def _with(group: Group, occurrence: Occurrence, now: datetime) -> Group:
    numbered = occurrence.model_copy(update={"number": group.count + 1})
    return _changed(
        replace(
            group,
            count=group.count + 1,
            first_at=min(group.first_at, occurrence.at),
            last_at=max(group.last_at, occurrence.at),
            recent=(*group.recent, numbered)[-RECENT:],
            open=_opened(group.open, occurrence),
            late=group.late or occurrence.late,
        ),
        now,
    )


def _opened(known: Mapping[str, datetime], occurrence: Occurrence) -> Mapping[str, datetime]:
    if occurrence.kind.is_trouble:
        subject = occurrence.workflow
    elif occurrence.kind.is_state:
        subject = occurrence.key
    else:
        return known
    return {**known, subject: max(known.get(subject, occurrence.at), occurrence.at)}


def _changed(group: Group, now: datetime) -> Group:
    return replace(group, version=group.version + 1, changed_at=now, due_at=now)
