"""Whether the sweeps come round for those who wait for alerts: doctor and health judge alike."""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.alerts.behind import Wait, behind, waits
from shared.alerts.subscriptions import Subscription
from shared.doctor.standing import SWEEP_BOUND, Standing


@dataclass(frozen=True, slots=True)
class Lateness:
    """Whether no sweep was complete for too long; where some were, the parts left behind."""

    all: bool
    parts: Sequence[Wait] = ()


def lateness(standing: Standing, subscriptions: Sequence[Subscription]) -> Lateness:
    """What these subscriptions wait for and what does not come round."""
    if standing.sweeps_are_late:
        return Lateness(all=True)
    known = waits(standing.sweep, subscriptions)
    return Lateness(all=False, parts=behind(known, standing.read_at, SWEEP_BOUND))
