"""The clock of the demo workflows: lifelike by default, faster for tests."""

import os
from datetime import timedelta

SPEED_VARIABLE = "WORKFLOW_OPS_SANDBOX_SPEED"

# Read once per process: workflow code must see the same value on every replay.
_SPEED = float(os.environ.get(SPEED_VARIABLE, "1"))


def lasting(seconds: float) -> timedelta:
    """How long something takes that would take `seconds` in real life."""
    return timedelta(seconds=seconds / _SPEED)


# An activity that a crash interrupted is tried again after this time, not after the package's
# default of five minutes.
PATIENCE = max(timedelta(seconds=10), lasting(10))
