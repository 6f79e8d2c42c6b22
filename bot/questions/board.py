"""Questions as they stand in the store, and the messages that show them so."""

import logging
from dataclasses import replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery import Outbox, Priority
from bot.questions import rows
from bot.questions.card import question_card
from bot.questions.permalinks import Permalinks
from bot.questions.rows import Asked, CardPlace, Stand
from shared.database import Database

_log = logging.getLogger(__name__)

_NOBODY = {"answered_by": None, "answered_name": None, "answered_at": None, "answer": None}


class Board:
    """Changes a question and all its messages at once."""

    def __init__(self, database: Database, outbox: Outbox, permalinks: Permalinks) -> None:
        self.permalinks = permalinks
        self._database = database
        self._outbox = outbox

    async def reopen(self, asked: Asked, note: str | None) -> None:
        """Let anybody answer, with a note on what went before."""
        await self.change(asked, Stand.OPEN, note=note, **_NOBODY)

    async def ask_again(
        self, connection: AsyncConnection, asked: Asked, note: str | None = None
    ) -> None:
        """Let anybody answer what was over, or was left by whoever answered."""
        await self.move(connection, asked, Stand.OPEN, note=note, **_NOBODY)

    async def change(self, asked: Asked, to: Stand, **values: Any) -> Asked:
        """The question as it stands then, unless somebody else changes it meanwhile."""
        store = await self._database.store()
        async with store.writing() as connection:
            if not await self.move(connection, asked, to, **values):
                _log.info("question %s was changed by somebody else meanwhile", asked.id)
        self._outbox.wake()
        return replace(asked, state=to, **values)

    async def move(
        self, connection: AsyncConnection, asked: Asked, to: Stand, **values: Any
    ) -> bool:
        """Change a question that is still as it was seen; whether it was."""
        moved = await rows.move(connection, asked, to, **values)
        if moved:
            await self.paint_anew(connection, asked.id)
        return moved

    async def paint_anew(self, connection: AsyncConnection, question_id: str) -> None:
        """As it stands in the store now, where more may be known than whoever changed it saw."""
        if (asked := await rows.get(connection, question_id)) is not None:
            await self.paint(connection, asked)

    async def paint(self, connection: AsyncConnection, asked: Asked) -> None:
        """Show it as it was seen, wherever it is shown."""
        for place in await rows.cards(connection, asked.id):
            await self.put(connection, asked, place)

    async def put(self, connection: AsyncConnection, asked: Asked, place: CardPlace) -> None:
        """Show it in one place."""
        below = place.thread_key
        card_url = await self.permalinks.to(connection, below) if below else None
        await self._outbox.put(
            connection,
            place.card_key,
            place.channel,
            question_card(asked, card_url),
            thread_key=place.thread_key,
            priority=Priority.QUESTION,
        )
