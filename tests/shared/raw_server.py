"""A real socket that answers with prepared bytes, one connection per answer."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from shared.api import Patience, WorkflowsApi, open_api

HANG = b"<hang>"


@dataclass
class RawServer:
    """`answers` are written as they are and the connection is closed, unless they end in HANG."""

    answers: list[bytes]
    requests: list[bytes] = field(default_factory=list)
    url: str = ""
    asked: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await _read_request(reader)
        if request:
            self.requests.append(request)
            self.asked.set()
            answer = self.answers.pop(0)
            writer.write(answer.removesuffix(HANG))
            await writer.drain()
            if answer.endswith(HANG):
                await reader.read()
        writer.close()


@asynccontextmanager
async def raw_server(*answers: bytes) -> AsyncIterator[tuple[WorkflowsApi, RawServer]]:
    """The server and a client of it that does not wait between attempts."""
    raw = RawServer(list(answers))
    server = await asyncio.start_server(raw.handle, "127.0.0.1", 0)
    raw.url = "http://127.0.0.1:{1}".format(*server.sockets[0].getsockname())
    async with server, open_api(raw.url, "key", patience=Patience(sleep=_at_once)) as api:
        yield api, raw
    assert not raw.answers, "answers that nobody asked for"


def http(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """An answer with JSON, or what the headers say."""
    length = () if any("transfer-encoding" in each for each in headers) else (len(body),)
    lines = [f"HTTP/1.1 {status}", *headers, *(f"content-length: {size}" for size in length)]
    if not any(each.startswith("content-type") for each in headers):
        lines.append("content-type: application/json")
    return "\r\n".join([*lines, "", ""]).encode() + body


async def _read_request(reader: asyncio.StreamReader) -> bytes:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return b""
    length = re.search(rb"content-length: (\d+)", head.lower())
    return head + (await reader.readexactly(int(length[1])) if length else b"")


async def _at_once(seconds: float) -> None:
    await asyncio.sleep(0)
