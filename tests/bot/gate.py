"""A line to a PostgreSQL server that a test can cut, or on which it lets everything wait."""

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

from shared.stream.tasks import first_of
from tests.postgres import Postgres

_SOCKET = ".s.PGSQL.5432"


@dataclass
class Gate:
    """Between one process and the server."""

    server: Path
    folder: Path
    is_cut: bool = False
    _goes: asyncio.Event = field(default_factory=asyncio.Event)
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    def url(self, database_url: str) -> str:
        """The address of a database of the server, by way of us."""
        return database_url.replace(str(self.server), str(self.folder))

    def stall(self) -> None:
        """Nothing gets through, and nobody is told."""
        self._goes.clear()

    def resume(self) -> None:
        """Everything that waited gets through."""
        self._goes.set()

    def cut(self) -> None:
        """Every connection breaks, and none can be made any more."""
        self.is_cut = True
        for writer in self._open:
            writer.close()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        if self.is_cut:
            writer.close()
            return
        there, back = await asyncio.open_unix_connection(str(self.server / _SOCKET))
        ends = {writer, back}
        self._open |= ends
        try:
            with contextlib.suppress(OSError):
                await first_of(self._pass_on(reader, back), self._pass_on(there, writer))
        finally:
            self._open -= ends
            for each in ends:
                each.close()

    async def _pass_on(self, source: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
        while part := await source.read(65_536):
            await self._goes.wait()
            to.write(part)
            await to.drain()


@contextlib.asynccontextmanager
async def gate_to(postgres: Postgres) -> AsyncIterator[Gate]:
    """An open gate."""
    with tempfile.TemporaryDirectory(prefix="gate-") as folder:
        gate = Gate(postgres.folder, Path(folder))
        gate.resume()
        server = await asyncio.start_unix_server(gate.serve, path=Path(folder) / _SOCKET)
        try:
            yield gate
        finally:
            server.close()
            gate.cut()
            gate.resume()
