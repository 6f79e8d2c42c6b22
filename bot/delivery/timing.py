"""How long the sender waits for what."""

from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds."""

    held: float = 10.0
    """A claim, which its sender renews: after a crash another sender goes on this much later."""
    poll: float = 1.0
    """Between looks; other processes put things without waking us."""
    settling: float = 3.0
    """After a call whose answer was lost, or its caller, until it can be seen if it arrived."""
    sharing: float = 60.0
    """After a file was to be shown, which Slack does when it likes, until it is shared again."""
    blind: float = 10.0
    """Before such a post is sent again without being able to look."""
    probe: float = 10.0
    """The longest between two attempts while Slack answers nothing at all."""
    trouble: float = 2.0
    """Before the next look when the database does not answer."""
    grace: float = 5.0
    """For what is on its way when the sender is stopped."""

    @classmethod
    def taking_over(cls, seconds: float) -> Self:
        """Where who falls silent is taken to be gone so soon, once what it was sending arrived."""
        return cls(held=max(seconds, 2 * cls().settling))


DEFAULT = Timing()
