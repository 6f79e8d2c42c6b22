"""What the events of one custom task say together; its state grows by patches."""

from shared.events import EventType
from shared.patches import PatchedDocument
from shared.timeline import attributes as read
from shared.timeline.attributes import Attributes, Sealed
from shared.timeline.bounded import Room
from shared.timeline.views import State

WAIT_FOR_INPUT = "wait_for_input"

# Events of one instant whose ids are remembered.
_MOST_AT_ONCE = 200
_STATES: dict[str, State] = {
    EventType.CUSTOM_TASK_COMPLETED: State.COMPLETED,
    EventType.CUSTOM_TASK_FAILED: State.FAILED,
    EventType.CUSTOM_TASK_TIMED_OUT: State.TIMED_OUT,
    EventType.CUSTOM_TASK_CANCELED: State.CANCELED,
}


class TaskFacts:
    """A custom task of one run; `step_id` names the activity that it belongs to."""

    __slots__ = (
        "_ids_at_last",
        "_room",
        "_weight",
        "document",
        "ended",
        "failure",
        "last_at",
        "started",
        "state",
        "step_id",
        "task_id",
        "type",
    )

    def __init__(self, task_id: str, type: str, step_id: str | None, room: Room) -> None:
        self.task_id = task_id
        self.type = type
        self.step_id = step_id
        self.state = State.RUNNING
        self.started: int | None = None
        self.ended: int | None = None
        self.failure: str | None = None
        self.document = PatchedDocument()
        self.last_at = -1
        self._ids_at_last: tuple[str, ...] = ()
        self._room = room
        self._weight = 0

    @property
    def closed(self) -> bool:
        """Whether the task has said how it ended."""
        return self.state is not State.RUNNING

    @property
    def is_question(self) -> bool:
        """Whether it waits for a person."""
        return self.type == WAIT_FOR_INPUT

    def add(self, event_type: str, event_id: str, timestamp: int, attributes: Attributes) -> None:
        """Take in one event, unless it was taken in before: a patch must not be applied twice."""
        if timestamp > self.last_at:
            self.last_at, self._ids_at_last = timestamp, (event_id,)
        elif not self._is_news(event_id, timestamp):
            return
        match event_type:
            case EventType.CUSTOM_TASK_IN_PROGRESS:
                self._progress(attributes)
            case EventType.CUSTOM_TASK_STARTED:
                self._start(timestamp, attributes)
            case _:
                self._end(event_type, timestamp, attributes)
        if self.document.weight != self._weight:
            self._take_room()

    def release(self) -> None:
        """Give back the room of the document."""
        self._room.weight += self._weight
        self.document.drop()
        self._weight = self.document.weight
        self._room.weight -= self._weight

    def _is_news(self, event_id: str, timestamp: int) -> bool:
        """The events of one task come from one place, in the order of their times."""
        if timestamp < self.last_at or event_id in self._ids_at_last:
            return False
        if len(self._ids_at_last) < _MOST_AT_ONCE:
            self._ids_at_last += (event_id,)
        return True

    def _take_room(self) -> None:
        self._room.weight += self._weight - self.document.weight
        self._weight = self.document.weight
        if self._room.weight < 0:
            self.release()

    def _start(self, timestamp: int, attributes: Attributes) -> None:
        """Begin, also once more: workflow code that is tried again starts its tasks again."""
        if self.started is None:
            self.started = timestamp
        self.state, self.ended, self.failure = State.RUNNING, None, None
        self._replace(attributes)

    def _progress(self, attributes: Attributes) -> None:
        try:
            self.document.patch(read.patch(attributes))
        except Sealed:
            self._replace(attributes)

    def _replace(self, attributes: Attributes) -> None:
        try:
            self.document.replace(read.value(attributes, "payload"))
        except Sealed:
            self.document.lose_track()

    def _end(self, event_type: str, timestamp: int, attributes: Attributes) -> None:
        self.state = _STATES[event_type]
        self.ended = timestamp
        match self.state:
            case State.COMPLETED:
                self._replace(attributes)
            case State.FAILED:
                self.failure = read.failure(attributes)
            case State.CANCELED:
                self.failure = read.name(attributes, "reason")
        # A wait that nobody answered fails without words, and so does one that was canceled.
        if self.is_question and self.state is State.FAILED and not self.failure:
            self.state, self.failure = State.EXPIRED, None
