"""Background tasks that never outlive the one who started them."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Coroutine
from typing import Any


class Mailbox[T]:
    """A bounded hand-over from background jobs to one reader."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._items: deque[T] = deque()
        self._changed = asyncio.Event()
        self._emptied = asyncio.Event()
        self._jobs: list[asyncio.Task[None]] = []

    def start(self, job: Coroutine[Any, Any, None]) -> None:
        """Run a job until `stop`; its failure reaches the reader after all that it delivered."""
        task = asyncio.create_task(job)
        task.add_done_callback(lambda _: self._changed.set())
        self._jobs.append(task)

    async def put(self, item: T) -> None:
        """Deliver an item, as soon as there is room."""
        while not self.offer(item):
            self._emptied.clear()
            await self._emptied.wait()

    def offer(self, item: T) -> bool:
        """Deliver an item, if there is room."""
        if len(self._items) >= self._size:
            return False
        if not self._items:
            self._changed.set()
        self._items.append(item)
        return True

    async def take(self) -> list[T]:
        """All items there are, at least one; raises the error of a job that failed."""
        while not self._items:
            for job in self._jobs:
                if job.done():
                    job.result()
            self._changed.clear()
            await self._changed.wait()
        taken = list(self._items)
        self._items.clear()
        self._emptied.set()
        return taken

    async def stop(self) -> None:
        """Cancel the jobs and wait until they are gone."""
        await stop(*self._jobs)


async def first_of(*jobs: Awaitable[object]) -> None:
    """Return, or raise, as the first of the jobs does; the others are cancelled."""
    tasks = [asyncio.ensure_future(job) for job in jobs]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        await stop(*tasks)


async def stop(*tasks: "asyncio.Future[Any]") -> None:
    """Cancel the tasks and wait until they are gone."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
