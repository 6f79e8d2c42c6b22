"""The endpoints of an execution that stream: its events and its logs."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, Protocol

import httpx
from httpx_sse import ServerSentEvent
from pydantic import ValidationError

from shared.events import (
    BrokenFrame,
    Frame,
    StreamFault,
    decode_fault,
    decode_frame,
    unnamed_fault,
)
from shared.foreign_json import load_json
from shared.ids import named
from shared.models import Execution, LogRecord
from shared.stream.seen import Recent, SeenFrames

type Opening = AbstractAsyncContextManager[httpx.Response]
type Origin = Literal["DATABASE", "LIVE", "HYBRID"]


class StreamingApi(Protocol):
    """The part of the API that following needs."""

    async def get_execution(self, execution_id: str) -> Execution:
        """The execution as of its latest run."""
        ...

    def stream_execution(
        self,
        execution_id: str,
        *,
        event_source: Origin | None = None,
        last_event_id: str | None = None,
    ) -> Opening:
        """The events of the execution and those below it."""
        ...

    def stream_execution_logs(
        self,
        execution_id: str,
        *,
        run_id: str | None = None,
        activity_id: str | None = None,
        after: datetime | None = None,
        last_event_id: str | None = None,
    ) -> Opening:
        """What the execution logs."""
        ...


@dataclass(frozen=True, slots=True)
class LogFrame:
    """One logged line; `cursor` resumes after it, `missed` counts frames skipped before it."""

    record: LogRecord
    cursor: str | None = None
    missed: int = 0


class ExecutionEvents:
    """The events of an execution and of everything below it."""

    def __init__(self, api: StreamingApi, execution_id: str, event_source: Origin | None) -> None:
        self.name = f"event stream of execution {named(execution_id)}"
        self._api = api
        self._execution_id = execution_id
        self._event_source = event_source
        self.is_new = SeenFrames().is_new

    def open(self, last_event_id: str | None) -> Opening:
        """The response that goes on after the id."""
        return self._api.stream_execution(
            self._execution_id, event_source=self._event_source, last_event_id=last_event_id
        )

    def decode(self, event: ServerSentEvent) -> Frame | StreamFault:
        """The frame, or the server's word that the stream is over."""
        return decode_frame(event.event, event.data)

    def stamp(self, item: Frame, cursor: str | None, missed: int) -> Frame:
        """The frame with its place in the stream."""
        item.cursor, item.missed = cursor, missed
        return item


class ExecutionLogs:
    """The log of an execution, from `after` on; resuming knows its own place."""

    def __init__(
        self,
        api: StreamingApi,
        execution_id: str,
        *,
        run_id: str | None,
        activity_id: str | None,
        after: datetime | None,
    ) -> None:
        self.name = f"log stream of execution {named(execution_id)}"
        self._api = api
        self._execution_id = execution_id
        self._run_id = run_id
        self._activity_id = activity_id
        self._after = after
        self._recent = Recent()
        self._key: tuple[str, int] = ("", 0)

    def open(self, last_event_id: str | None) -> Opening:
        """The response that goes on after the id."""
        return self._api.stream_execution_logs(
            self._execution_id,
            run_id=self._run_id,
            activity_id=self._activity_id,
            after=self._after,
            last_event_id=last_event_id,
        )

    def decode(self, event: ServerSentEvent) -> LogFrame | StreamFault | None:
        """The line, or the server's word that the stream is over; other events are passed over."""
        if event.event == "error":
            return decode_fault(event.data)
        # A cursor may be shared by lines of the same instant.
        self._key = (event.id, hash(event.data))
        try:
            return LogFrame(LogRecord.model_validate(load_json(event.data.encode())))
        except ValidationError:
            fault = unnamed_fault(event.data)
        except ValueError:
            raise BrokenFrame("broken JSON") from None
        if fault is None and event.event in {"log", "message"}:
            raise BrokenFrame("a line without timestamp or body")
        return fault

    def is_new(self, item: LogFrame, *, reopened: bool) -> bool:
        """Whether the line was not delivered before; lines without id cannot be told apart."""
        return self._recent.add(self._key) if self._key[0] else True

    def stamp(self, item: LogFrame, cursor: str | None, missed: int) -> LogFrame:
        """The line with its place in the stream."""
        return replace(item, cursor=cursor, missed=missed)
