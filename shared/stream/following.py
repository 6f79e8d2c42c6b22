"""A stream and the truth about its execution, brought together."""

import asyncio
import math

from shared.errors import OpsError
from shared.events import TERMINAL_EVENTS, EventType, Frame
from shared.models import Execution, ExecutionStatus
from shared.stream.feed import Feed, Source
from shared.stream.pace import Pace
from shared.stream.sources import LogFrame, StreamingApi
from shared.stream.tasks import Mailbox, first_of
from shared.stream.truth import Checked, Ended, Truth

# Ends that a worker brings about and reports; nobody does when time is up or somebody terminates.
_REPORTED = frozenset({ExecutionStatus.COMPLETED, ExecutionStatus.FAILED})

# A process that hardly ever runs is to tell of the end all the same.
_STOOD_STILL, _LONGEST_STANDSTILL = 1.0, 60.0

# Which status may follow an event; a cancelled activity is reported as a failure of the execution
# (mistralai-workflows 3.16.0).
_MEANINGS: dict[str, set[str]] = {
    EventType.WORKFLOW_EXECUTION_COMPLETED: {ExecutionStatus.COMPLETED},
    EventType.WORKFLOW_EXECUTION_FAILED: {ExecutionStatus.FAILED, ExecutionStatus.CANCELED},
    EventType.WORKFLOW_EXECUTION_CANCELED: {ExecutionStatus.CANCELED},
}


class Following[T]:
    """The items of a stream in order, and after them the end of the execution."""

    def __init__(
        self,
        api: StreamingApi,
        execution_id: str,
        source: Source[T],
        pace: Pace,
        last_event_id: str | None,
    ) -> None:
        self._execution_id = execution_id
        self._pace = pace
        self._items: Mailbox[T | Checked | Ended] = Mailbox(pace.buffer)
        self._truth = Truth(lambda: api.get_execution(execution_id), self._items.put, pace)
        self._feed = Feed(source, self._items, self._notice, self._truth.hint, pace, last_event_id)
        self._over = asyncio.Event()
        self._woke_at = -math.inf
        self._items.start(self._read())
        self._items.start(self._watch())

    async def take(self) -> list[T | Checked | Ended]:
        """What has come since the last call, at least one item."""
        return await self._items.take()

    async def stop(self) -> None:
        """Close the connection and wait until nothing runs any more."""
        await self._items.stop()

    def _notice(self, item: T) -> None:
        """Take note of an item that was delivered."""

    def _quiet_time(self, execution: Execution) -> float:
        """How long the stream of an ended execution must be quiet to be over."""
        return self._pace.grace

    def _rest(self, execution: Execution, ended_at: float) -> float:
        """How much longer it must be."""
        quiet_since = max(self._feed.quiet_since, ended_at, self._woke_at)
        return quiet_since + self._quiet_time(execution) - self._pace.now()

    async def _read(self) -> None:
        try:
            await first_of(self._feed.run(), self._over.wait())
        except OpsError:
            # Whoever waits for the end of an execution is not to miss it for want of a stream.
            if not await self._truth.has_ended():
                raise

    async def _watch(self) -> None:
        execution = await self._truth.ended()
        ended_at = self._pace.now()
        while (rest := self._rest(execution, ended_at)) > 0:
            # In short steps: the stream may tell of the end only now.
            wait, since = min(rest, self._pace.settle), self._pace.now()
            await self._pace.sleep(wait)
            if self._pace.now() - since - wait > _STOOD_STILL:
                # Who was not awake heard nothing: what has come meanwhile is still to be read.
                self._woke_at = min(self._pace.now(), ended_at + _LONGEST_STANDSTILL)
        self._over.set()
        await self._items.put(Ended(execution))


class EventFollowing(Following[Frame]):
    """The events of an execution, which hint at its end."""

    _last_word: str | None = None

    def _notice(self, item: Frame) -> None:
        event = item.data
        if event.workflow_exec_id != self._execution_id:
            return
        if event.event_type in TERMINAL_EVENTS:
            self._last_word = event.event_type
            self._truth.hint_end()
        elif event.event_type == EventType.WORKFLOW_EXECUTION_STARTED:
            self._last_word = None

    def _quiet_time(self, execution: Execution) -> float:
        if execution.status in _MEANINGS.get(self._last_word or "", ()):
            return self._pace.settle
        return self._pace.late if execution.status in _REPORTED else self._pace.grace

    def _rest(self, execution: Execution, ended_at: float) -> float:
        # A server that was asked after the end and had nothing to add will have nothing later.
        return 0 if self._feed.exhausted_at >= ended_at else super()._rest(execution, ended_at)


class LogFollowing(Following[LogFrame]):
    """The log of an execution, which does not know when it is complete."""

    def _quiet_time(self, execution: Execution) -> float:
        return self._pace.log_grace
