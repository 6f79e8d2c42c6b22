"""How long the sender waits for what."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds."""

    held: float = 10.0
    """A claim, which its sender renews: after a crash another sender goes on this much later."""
    poll: float = 1.0
    """Between looks; other processes put things without waking us."""
    settling: float = 3.0
    """After a call whose answer was lost, or its caller, until it can be seen if it arrived."""
    blind: float = 10.0
    """Before such a post is sent again without being able to look."""
    probe: float = 10.0
    """The longest between two attempts while Slack answers nothing at all."""
    trouble: float = 2.0
    """Before the next look when the database does not answer."""
    grace: float = 5.0
    """For what is on its way when the sender is stopped."""


DEFAULT = Timing()
