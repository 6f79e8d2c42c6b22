"""What the events of one activity say together, in whatever order and however often they come."""

from shared.events import EventType
from shared.timeline import attributes as read
from shared.timeline.attributes import Attributes
from shared.timeline.views import State


class StepFacts:
    """An activity of one run."""

    __slots__ = (
        "_failed_attempt",
        "_failure_attempt",
        "_retried_attempt",
        "completed",
        "failed",
        "failed_at",
        "failure",
        "last_at",
        "name",
        "started",
        "task_id",
    )

    def __init__(self, task_id: str, name: str) -> None:
        self.task_id = task_id
        self.name = name
        self.started: int | None = None
        self.completed: int | None = None
        self.failed: int | None = None
        self.failure: str | None = None
        self.failed_at = 0
        self.last_at = 0
        self._failed_attempt = 0
        self._retried_attempt = 0
        self._failure_attempt = (0, 0)

    @property
    def state(self) -> State:
        """As the events of the activity alone tell it."""
        if self.completed is not None:
            return State.COMPLETED
        # An unlimited retry policy reports FAILED at every attempt (mistralai-workflows 3.16.0).
        if self.failed is not None and self._failed_attempt >= self._retried_attempt:
            return State.FAILED
        return State.RETRYING if self._retried_attempt else State.RUNNING

    @property
    def closed(self) -> bool:
        """Whether the activity has said how it ended."""
        return self.completed is not None or self.state is State.FAILED

    @property
    def attempts(self) -> int:
        """How many attempts are known to have begun."""
        failed = max(self._failed_attempt, self._retried_attempt)
        return failed + 1 if self.completed is not None else max(failed, 1)

    @property
    def ended(self) -> int | None:
        """When it said how it ended."""
        return self.completed if self.completed is not None else self.failed

    def add(self, event_type: str, timestamp: int, attributes: Attributes) -> None:
        """Take in one event; repeated ones change nothing."""
        self.last_at = max(self.last_at, timestamp)
        match event_type:
            case EventType.ACTIVITY_TASK_STARTED:
                self.started = _earlier(self.started, timestamp)
            case EventType.ACTIVITY_TASK_COMPLETED:
                self.completed = _earlier(self.completed, timestamp)
            case EventType.ACTIVITY_TASK_RETRYING:
                attempt = self._add_failure(timestamp, attributes)
                self._retried_attempt = max(self._retried_attempt, attempt)
            case EventType.ACTIVITY_TASK_FAILED:
                attempt = self._add_failure(timestamp, attributes)
                self._failed_attempt = max(self._failed_attempt, attempt)
                self.failed = max(self.failed or 0, timestamp)

    def release(self) -> None:
        """A step holds nothing but itself."""

    def _add_failure(self, timestamp: int, attributes: Attributes) -> int:
        attempt = read.attempt(attributes)
        self.failed_at = max(self.failed_at, timestamp)
        if (attempt, timestamp) >= self._failure_attempt:
            self._failure_attempt = (attempt, timestamp)
            self.failure = read.failure(attributes)
        return attempt


def _earlier(known: int | None, timestamp: int) -> int:
    return timestamp if known is None else min(known, timestamp)
