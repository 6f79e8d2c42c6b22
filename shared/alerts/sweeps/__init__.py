"""Sweeps: they look at executions and schedules in turns, and note what is worth an alert."""

from shared.alerts.sweeps.ended import ended_findings
from shared.alerts.sweeps.needs import Needs, needs_of
from shared.alerts.sweeps.rhythm import SweepRhythm
from shared.alerts.sweeps.status import PartStatus, SweepStatus, read_status
from shared.alerts.sweeps.sweeper import Sweeper, Swept

__all__ = [
    "Needs",
    "PartStatus",
    "SweepRhythm",
    "SweepStatus",
    "Sweeper",
    "Swept",
    "ended_findings",
    "needs_of",
    "read_status",
]
