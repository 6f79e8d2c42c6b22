"""A Slack that does not answer at all: it is asked now and then, by one message at a time."""

from dataclasses import dataclass

_SILENT_AFTER = 5
_FIRST_REST = 0.5


@dataclass(slots=True)
class Silence:
    """How many calls in a row brought no answer, whatever they were."""

    unanswered: int = 0
    _since: float = 0.0

    @property
    def lasts(self) -> bool:
        """Whether Slack is away, as far as we can tell."""
        return self.unanswered >= _SILENT_AFTER

    def heard(self) -> None:
        """There was an answer."""
        self.unanswered = 0

    def unheard(self, now: float) -> None:
        """There was none."""
        self.unanswered += 1
        self._since = now

    def rest(self, now: float, longest: float) -> float:
        """The seconds until somebody may try again."""
        if not self.lasts:
            return 0.0
        grown = _FIRST_REST * 2.0 ** min(self.unanswered - _SILENT_AFTER, 20)
        return max(self._since + min(grown, longest) - now, 0.0)
