"""A token bucket that obeys the answers of its server."""

from dataclasses import dataclass, field

from bot.delivery.priority import Priority

# The share of the bucket that a priority leaves for better ones. How an execution ended may have
# nearly all of it: people who act need little of it, and refreshes leave half of it for the ends.
_LEFT_FOR_BETTER = {
    Priority.INTERACTIVE: 0.0,
    Priority.QUESTION: 0.05,
    Priority.TERMINAL: 0.1,
    Priority.ALERT: 0.2,
    Priority.REFRESH: 0.5,
    Priority.TAIL: 0.6,
}
_SLOWEST = 0.1
_RECOVERY = 1.02


@dataclass(slots=True)
class Bucket:
    """`rate` tokens a second up to `size`; after a refusal it is slower for a while.

    People who wait may have `loan` tokens of what is kept for other processes: they act rarely, and
    hardly ever by way of all of them at once.
    """

    rate: float
    size: float
    loan: float = 0.0
    speed: float = 1.0
    paused_until: float = 0.0
    _tokens: float = field(init=False)
    _at: float | None = None

    def __post_init__(self) -> None:
        self._tokens = self.size

    def wait(self, now: float, priority: Priority) -> float:
        """The seconds until a call of this priority may go; 0 when it may go now."""
        self._fill(now)
        missing = self._needed(priority) - self._tokens
        filling = missing / (self.rate * self.speed) if missing > 1e-9 else 0.0
        return max(self.paused_until - now, 0.0) + filling

    def take(self) -> None:
        """Use a token."""
        self._tokens -= 1

    def give_back(self) -> None:
        """A token was not used after all."""
        self._tokens = min(self._tokens + 1, self.size)

    def pause(self, now: float, seconds: float) -> None:
        """The server refused: be quiet for so long, then go on at half the speed."""
        self._fill(now)
        if now >= self.paused_until:
            self.speed = max(self.speed / 2, _SLOWEST)
        self.paused_until = max(self.paused_until, now + seconds)
        # Enough for what matters; refreshes wait until the bucket has filled up again.
        self._tokens = self._needed(Priority.TERMINAL)
        self._at = self.paused_until

    def resize(self, now: float, rate: float, size: float, loan: float) -> None:
        """Allow more or less from now on; of what is left no more than the part is kept."""
        self._fill(now)
        self._tokens *= min(size / self.size, 1)
        self.rate, self.size, self.loan = rate, size, loan

    def begin(self, at: float, tokens: float) -> None:
        """There were so many tokens at that time: others had the rest."""
        self._tokens, self._at = tokens, at

    def recover(self) -> None:
        """The server accepted a call: a little faster again."""
        self.speed = min(self.speed * _RECOVERY, 1.0)

    def _fill(self, now: float) -> None:
        since = now if self._at is None else self._at
        if now >= since:
            self._tokens = min(self._tokens + (now - since) * self.rate * self.speed, self.size)
            self._at = now

    def _needed(self, priority: Priority) -> float:
        if priority is Priority.INTERACTIVE:
            return 1 - self.loan
        return min(1 + _LEFT_FOR_BETTER[priority] * self.size, self.size)


def per_minute(calls: float) -> tuple[float, float]:
    """Rate and size for at most so many in any minute: a fifth of them may come at once."""
    size = max(calls * 0.2, 1.0)
    return max(calls - size, min(calls, 1.0)) / 60, size
