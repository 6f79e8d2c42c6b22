"""Follows executions and their logs live, across broken connections, until they really ended."""

from collections.abc import AsyncGenerator
from datetime import datetime

from shared.events import Frame
from shared.stream.feed import StreamLost
from shared.stream.following import EventFollowing, LogFollowing
from shared.stream.pace import AT_EASE, Pace
from shared.stream.sources import ExecutionEvents, ExecutionLogs, LogFrame, Origin, StreamingApi
from shared.stream.truth import Checked, Ended

__all__ = [
    "AT_EASE",
    "Checked",
    "Ended",
    "LogFrame",
    "Pace",
    "StreamLost",
    "StreamingApi",
    "follow",
    "follow_logs",
]


async def follow(
    api: StreamingApi,
    execution_id: str,
    *,
    last_event_id: str | None = None,
    event_source: Origin | None = None,
    pace: Pace = AT_EASE,
) -> AsyncGenerator[Frame | Checked | Ended]:
    """The events of an execution and of those below it, each once, and at last how it ended.

    Use it in `contextlib.aclosing`. Raises StreamLost when the stream breaks too often in a row,
    and ApiError when the API refuses.
    """
    source = ExecutionEvents(api, execution_id, event_source)
    following = EventFollowing(api, execution_id, source, pace, last_event_id)
    try:
        while True:
            for item in await following.take():
                yield item
                if isinstance(item, Ended):
                    return
    finally:
        await following.stop()


async def follow_logs(
    api: StreamingApi,
    execution_id: str,
    *,
    run_id: str | None = None,
    activity_id: str | None = None,
    after: datetime | None = None,
    last_event_id: str | None = None,
    pace: Pace = AT_EASE,
) -> AsyncGenerator[LogFrame]:
    """What an execution logs, each line once, until it has ended and its log is quiet.

    Use it and read its errors like those of `follow`.
    """
    source = ExecutionLogs(api, execution_id, run_id=run_id, activity_id=activity_id, after=after)
    following = LogFollowing(api, execution_id, source, pace, last_event_id)
    try:
        while True:
            for item in await following.take():
                match item:
                    case LogFrame():
                        yield item
                    case Ended():
                        return
    finally:
        await following.stop()
