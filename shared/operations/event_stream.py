"""The live events of one execution or of its whole tree, filtered by the API itself."""

from collections.abc import AsyncGenerator

from shared.api import WorkflowsApi
from shared.api.records import Stream
from shared.events import Frame
from shared.stream import AT_EASE, Checked, Ended
from shared.stream.following import EventFollowing
from shared.stream.sources import ExecutionEvents


async def follow_events(
    api: WorkflowsApi, execution_id: str, types: frozenset[str], *, root_id: str | None
) -> AsyncGenerator[Frame | Checked | Ended]:
    """All events of the execution, or of the tree of `root_id`, and at last how it ended."""
    source = _FilteredEvents(api, execution_id, types, root_id)
    following = EventFollowing(api, execution_id, source, AT_EASE, None)
    try:
        while True:
            for item in await following.take():
                yield item
                if isinstance(item, Ended):
                    return
    finally:
        await following.stop()


class _FilteredEvents(ExecutionEvents):
    def __init__(
        self, api: WorkflowsApi, execution_id: str, types: frozenset[str], root_id: str | None
    ) -> None:
        super().__init__(api, execution_id, None)
        self._events_api = api
        self._types = sorted(types) or None
        self._ids = (None, execution_id) if root_id is None else (root_id, None)

    def open(self, last_event_id: str | None) -> Stream:
        """The response that goes on after the id."""
        root_id, execution_id = self._ids
        return self._events_api.stream_events(
            root_workflow_exec_id=root_id,
            workflow_exec_id=execution_id,
            workflow_event_types=self._types,
            last_event_id=last_event_id,
        )
