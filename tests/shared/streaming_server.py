"""A server on a real socket whose streams follow a script, one step for each connection."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from shared.api import WorkflowsApi, open_api
from tests.shared.scripted import EXECUTION

type Step = Callable[["Connection"], Awaitable[None]]

ID = "order-41"


@dataclass
class Connection:
    """One opened stream, seen from the server."""

    last_event_id: str | None
    query: dict[str, list[str]]
    _writer: asyncio.StreamWriter
    _opened: bool = False

    async def open(self, content_type: str = "text/event-stream") -> None:
        """Answer 200, before anything is sent."""
        if not self._opened:
            self._opened = True
            self._writer.write(
                f"HTTP/1.1 200 OK\r\ncontent-type: {content_type}\r\n"
                "transfer-encoding: chunked\r\n\r\n".encode()
            )
            await self._writer.drain()

    async def send(self, *parts: str | bytes) -> None:
        """Send each part as a chunk of its own."""
        await self.open()
        for part in parts:
            data = part if isinstance(part, bytes) else part.encode()
            self._writer.write(b"%x\r\n%b\r\n" % (len(data), data))
            await self._writer.drain()

    async def end(self) -> None:
        """End the body as a server does that has nothing more to say."""
        await self.open()
        self._writer.write(b"0\r\n\r\n")
        await self._writer.drain()
        self._writer.close()

    async def refuse(self, status: int, **headers: str) -> None:
        """Answer with an error instead of a stream."""
        lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
        self._writer.write(f"HTTP/1.1 {status} No\r\n{lines}content-length: 0\r\n\r\n".encode())
        await self._writer.drain()
        self._writer.close()

    def abort(self) -> None:
        """Break the connection off."""
        self._writer.transport.abort()


@dataclass
class StreamingServer:
    """`status` is what a look at the execution says; without a further step, a stream is silent."""

    steps: list[Step]
    url: str = ""
    status: str = "RUNNING"
    refusals: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    looks: int = 0
    opened: list[str | None] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    departures: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while request := await _request(reader):
                path, query = request
                if path.endswith("/stream"):
                    await self._stream(path, query, reader, writer)
                    break
                self._look(writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _stream(
        self,
        path: str,
        query: dict[str, list[str]],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        last = query.get("last_event_id", [None])[0]
        self.opened.append(last)
        self.times.append(asyncio.get_running_loop().time())
        connection = Connection(last, query, writer)
        if self.steps:
            await self.steps.pop(0)(connection)
        if not writer.is_closing():
            await connection.open()
            await reader.read()
        self.departures.release()

    def _look(self, writer: asyncio.StreamWriter) -> None:
        self.looks += 1
        if self.refusals:
            status, headers = self.refusals.pop(0)
            body = b"{}"
        else:
            status, headers = 200, {}
            body = json.dumps(EXECUTION | {"execution_id": ID, "status": self.status}).encode()
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        writer.write(
            f"HTTP/1.1 {status} X\r\ncontent-type: application/json\r\n{lines}"
            f"content-length: {len(body)}\r\n\r\n".encode()
            + body
        )


async def _request(reader: asyncio.StreamReader) -> tuple[str, dict[str, list[str]]] | None:
    head = await reader.readuntil(b"\r\n\r\n")
    target = urlsplit(head.split(b" ")[1].decode())
    return target.path, parse_qs(target.query)


@asynccontextmanager
async def streaming(*steps: Step) -> AsyncIterator[tuple[WorkflowsApi, StreamingServer]]:
    """The client of such a server, and the server."""
    server = StreamingServer(list(steps))
    listener = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    async with listener, open_api(server.url, "key") as api:
        yield api, server


def event(
    number: int, event_type: str = "CUSTOM_TASK_IN_PROGRESS", **changes: Any
) -> dict[str, Any]:
    """An event as a worker sends it."""
    return {
        "event_id": f"event-{number}",
        "event_type": event_type,
        "event_timestamp": 1_795_306_572_000_000_000 + number,
        "root_workflow_exec_id": ID,
        "parent_workflow_exec_id": None,
        "workflow_exec_id": ID,
        "workflow_run_id": "run-1",
        "workflow_name": "expense-approval",
        "attributes": {"custom_task_id": "task-1", "custom_task_type": "x"},
    } | changes


def frame(number: int, event_type: str = "CUSTOM_TASK_IN_PROGRESS", **changes: Any) -> str:
    """A frame with its id, as a server sends it."""
    content = {
        "stream": "workflow",
        "broker_sequence": number,
        "timestamp": "2026-11-22T00:16:12.002268+00:00",
        "workflow_context": {"namespace": "default", "workflow_name": "x", "workflow_exec_id": ID},
        "metadata": {},
        "data": event(number, event_type, **changes),
    }
    return f"id: {number}\nevent: {event_type}\ndata: {json.dumps(content)}\n\n"
