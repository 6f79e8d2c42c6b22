"""What is said first when not everything can be said at once."""

from enum import IntEnum


class Priority(IntEnum):
    """The smaller, the sooner."""

    INTERACTIVE = 0
    """Somebody waits for it."""
    QUESTION = 1
    TERMINAL = 2
    """How an execution ended."""
    ALERT = 3
    REFRESH = 4
    """A newer state of a message that is shown already; updates of these are spaced out."""
    TAIL = 5
    """Lines that flow, such as logs."""
