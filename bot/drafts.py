"""What a form or a button stands for when Slack cannot carry it: kept here, under an id there."""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import delete, insert, select, update

from bot.message import Block, Message
from shared.context import Clock, utc_now
from shared.database import Database
from shared.errors import OpsError
from shared.tables import drafts

_KEPT = timedelta(days=30)
_BUTTON_LIMIT = 2_000
_OPTION_LIMIT = 150
_SWEEP_EVERY = 200


class DraftGone(OpsError):
    """The form or button is older than we remember."""


class Drafts:
    """Payloads of forms and buttons, in the store so that they survive a restart."""

    def __init__(self, database: Database, clock: Clock = utc_now) -> None:
        self._database = database
        self._clock = clock
        self._count = 0

    async def keep(self, payload: dict[str, Any]) -> str:
        """The id under which the payload can be had again."""
        draft_id = uuid4().hex
        store = await self._database.store()
        async with store.writing() as connection:
            row = {"id": draft_id, "payload": payload, "at": self._clock()}
            await connection.execute(insert(drafts), row)
            self._count += 1
            if self._count % _SWEEP_EVERY == 1:
                await connection.execute(delete(drafts).where(drafts.c.at < self._clock() - _KEPT))
        return draft_id

    async def change(self, draft_id: str, payload: dict[str, Any]) -> None:
        """Put another payload under the id."""
        store = await self._database.store()
        async with store.writing() as connection:
            change = update(drafts).where(drafts.c.id == draft_id)
            await connection.execute(change.values(payload=payload, at=self._clock()))

    async def payload(self, draft_id: str) -> dict[str, Any]:
        """Raises DraftGone."""
        store = await self._database.store()
        async with store.reading() as connection:
            found = await connection.scalar(select(drafts.c.payload).where(drafts.c.id == draft_id))
        if not isinstance(found, dict):
            raise DraftGone("This is too old to be used. Type the command again.")
        return found

    async def stow(self, message: Message) -> Message:
        """The message with buttons that Slack takes: arguments too long for it are kept here."""
        return Message(message.text, tuple(await self._stowed(message.blocks)), message.files)

    async def _stowed(self, blocks: Sequence[Block]) -> list[Block]:
        return [await self._block(block) for block in blocks]

    async def _block(self, block: Block) -> Block:
        if block.get("type") == "actions":
            elements = [await self._element(element) for element in block["elements"]]
            return {**block, "elements": elements}
        if "accessory" in block:
            return {**block, "accessory": await self._element(block["accessory"])}
        return block

    async def _element(self, element: Block) -> Block:
        if element.get("type") == "button":
            return await self._short(element, _BUTTON_LIMIT)
        if element.get("type") == "overflow":
            options = [await self._short(each, _OPTION_LIMIT) for each in element["options"]]
            return {**element, "options": options}
        return element

    async def _short(self, element: Block, limit: int) -> Block:
        written = str(element.get("value", ""))
        if len(written) <= limit:
            return element
        value = json.loads(written)
        draft_id = await self.keep({"a": value.pop("a", {})})
        return {**element, "value": json.dumps({**value, "d": draft_id}, separators=(",", ":"))}
