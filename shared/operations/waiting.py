"""Waits for an execution with a deadline: its live events wake us, its own status decides."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from itertools import repeat
from typing import TYPE_CHECKING, Literal

from shared.context import Context
from shared.errors import OpsError
from shared.operations.pending import read_pending, says_waiting
from shared.operations.snapshot import snapshot
from shared.operations.target import Target, find
from shared.results import ExecutionDetail

if TYPE_CHECKING:
    from shared.events import Event
    from shared.models import Execution

type Until = Literal["end", "input"]

TICK_SECONDS = 5
_ANSWER_SECONDS = 2
# Quickly at first, then at ease; the deadline comes before the last one.
_POLL_SECONDS = (0.25, 0.5, 1, *repeat(2, 50))
_STARTED = "CUSTOM_TASK_STARTED"
_WAIT = "wait_for_input"


async def wait(
    context: Context,
    execution_id: str,
    seconds: float,
    *,
    until: Until,
    notes: Sequence[str] = (),
) -> ExecutionDetail:
    """The execution as it stands at its end, at a question for a person, or at the deadline."""
    began = asyncio.get_running_loop().time()
    target = await find(context.api, execution_id, search_keys=True)
    told = list(notes)
    if not target.ended and not target.past:
        try:
            # What is left of the time, less what the answer itself needs.
            async with asyncio.timeout_at(began + seconds - min(_ANSWER_SECONDS, seconds / 4)):
                await _Waiting(context, target, seconds, until, told).finish()
        except TimeoutError:
            pass
        target = await find(context.api, target.id, search_keys=True)
    running = not target.ended
    return await snapshot(context, target, still_running=running, notes=told)


class _Waiting:
    """One wait; `notes` gets what went wrong on the way."""

    def __init__(
        self, context: Context, target: Target, seconds: float, until: Until, notes: list[str]
    ) -> None:
        self._context = context
        self._target = target
        self._seconds = seconds
        self._until = until
        self._notes = notes
        self._began = asyncio.get_running_loop().time()
        self._open: dict[str, str] = {}
        self._latest = ""
        self._said = ("", 0.0)

    async def finish(self) -> None:
        """Return at the end or at a question; the caller sets the deadline."""
        if await self._has_question(self._target.execution):
            return
        try:
            await self._follow()
        except OpsError as error:
            self._notes.append(f"The live events were not available, so it was polled: {error}")
            await self._poll()

    async def _follow(self) -> None:
        from shared.events import Frame
        from shared.stream import Ended, follow

        async with (
            aclosing(follow(self._context.api, self._target.id)) as items,
            aclosing(_ticking(items, TICK_SECONDS)) as ticks,
        ):
            async for item in ticks:
                event = item.data if isinstance(item, Frame) else None
                if isinstance(item, Ended) or await self._is_asked(event):
                    return
                await self._report(event)

    async def _poll(self) -> None:
        for wait in _POLL_SECONDS:
            found = await find(self._context.api, self._target.id, search_keys=True)
            if found.ended or await self._has_question(found.execution):
                return
            await self._report(None)
            await asyncio.sleep(wait)

    async def _has_question(self, execution: Execution) -> bool:
        hinted = self._until == "input" and says_waiting(execution)
        return hinted and await self._asks(execution.execution_id)

    async def _is_asked(self, event: Event | None) -> bool:
        """Whether a person is asked now; without an event the open questions are looked at again.

        The event may come a moment before its worker answers for it, and questions of the past
        are told again with their answers.
        """
        if self._until == "end":
            return False
        asked = self._note(event) if event else set(self._open.values())
        for execution_id in asked:
            if await self._asks(execution_id):
                return True
        return False

    def _note(self, event: Event) -> set[str]:
        """Keep account of the open questions; the execution that asks a new one."""
        if event.attributes.get("custom_task_type") != _WAIT:
            return set()
        task_id = str(event.attributes.get("custom_task_id"))
        if event.event_type == _STARTED:
            self._open[task_id] = event.workflow_exec_id
            return {event.workflow_exec_id}
        self._open.pop(task_id, None)
        return set()

    async def _asks(self, execution_id: str) -> bool:
        try:
            return bool(await read_pending(self._context.api, execution_id))
        except OpsError:
            return False

    async def _report(self, event: Event | None) -> None:
        name = event.attributes.get("activity_name") if event else None
        if isinstance(name, str) and not name.startswith("__"):
            self._latest = name
        step = f", at {self._latest}" if self._latest else ""
        words = f"{self._target.execution.workflow_name} is running{step}"
        now = asyncio.get_running_loop().time()
        if words == self._said[0] and now - self._said[1] < TICK_SECONDS / 2:
            return
        self._said = (words, now)
        await self._context.progress(round(now - self._began, 1), self._seconds, words)


async def _ticking[T](items: AsyncGenerator[T], seconds: float) -> AsyncGenerator[T | None]:
    """The items, and None whenever none came for so long."""
    upcoming = asyncio.ensure_future(anext(items, None))
    try:
        while True:
            done, _ = await asyncio.wait({upcoming}, timeout=seconds)
            if not done:
                yield None
                continue
            item = upcoming.result()
            if item is None:
                return
            yield item
            upcoming = asyncio.ensure_future(anext(items, None))
    finally:
        upcoming.cancel()
        await asyncio.gather(upcoming, return_exceptions=True)
