"""The targets of one request, found one by one."""

import asyncio
from collections.abc import Sequence
from typing import Any

from bot.place import Place
from bot.targets.errors import UnclearTarget
from bot.targets.lookup import first_known, id_beginning, whole_id
from bot.targets.memory import Kind, Memory
from bot.targets.written import bare, ids_in_url, is_url, row_number
from shared.api import WorkflowsApi
from shared.database import StoreError
from shared.ids import named

_AT_ONCE = 8


class Search:
    """The targets of one request."""

    def __init__(self, memory: Memory, api: WorkflowsApi, place: Place) -> None:
        self._memory = memory
        self._api = api
        self._place = place
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._seen: dict[Kind, list[str]] = {}

    async def value(self, kind: Kind, value: Any) -> Any:
        """One target or several; what is no text is left for validation to refuse."""
        if isinstance(value, list | tuple):
            return await self._several(kind, value)
        if not isinstance(value, str):
            return value
        if kind == "workflow":
            return await self._row(kind, bare(value)) or value
        return await self._one(kind, bare(value))

    async def _several(self, kind: Kind, values: Sequence[Any]) -> list[Any]:
        async def one(value: Any) -> Any:
            async with self._turns:
                return await self.value(kind, value)

        found = await asyncio.gather(*(one(each) for each in values), return_exceptions=True)
        for each in found:
            if isinstance(each, BaseException):
                raise each
        return list(dict.fromkeys(found)) if all(isinstance(e, str) for e in found) else found

    async def _one(self, kind: Kind, text: str) -> str:
        if kind == "execution" and text.casefold() in ("last", "this"):
            return await self._word(text.casefold())
        if (row := await self._row(kind, text)) is not None:
            return row
        if is_url(text):
            return await self._linked(kind, text)
        known = await self._known(kind)
        if not text or text in known:
            return text
        whole = await whole_id(self._api, kind, text)
        return whole or await id_beginning(self._api, kind, text, known)

    async def _word(self, word: str) -> str:
        if word == "this":
            if self._place.execution_id is None:
                raise UnclearTarget(
                    "`this` is the execution of a card's thread, and this is no such thread. "
                    "Give the id."
                )
            return self._place.execution_id
        last = await self._memory.last(self._place)
        if last is None:
            raise UnclearTarget(
                "You have looked at no execution here yet, so there is no `last` one. Give the id."
            )
        return last

    async def _row(self, kind: Kind, text: str) -> str | None:
        """The id behind `#3`; None for text of any other form."""
        number = row_number(text)
        if number is None:
            return None
        listed = await self._memory.listed(self._place)
        if listed is None:
            raise UnclearTarget(
                f"{text} is a row of your last list, which is kept for half an hour, and there is "
                "none. Make a list first."
            )
        shown, ids = listed
        if shown != kind:
            raise UnclearTarget(f"Your last list here shows {shown}s: {text} is no {kind} of it.")
        if not 1 <= number <= len(ids):
            raise UnclearTarget(f"Your last list here has {len(ids)} rows, so no {text}.")
        return ids[number - 1]

    async def _linked(self, kind: Kind, url: str) -> str:
        found = await first_known(self._api, kind, ids_in_url(url))
        if found is None:
            raise UnclearTarget(f"The link {named(url)} names no {kind} that I can see.")
        return found

    async def _known(self, kind: Kind) -> list[str]:
        """Ids that were seen here, so that nothing needs to be looked up."""
        if kind not in self._seen:
            try:
                self._seen[kind] = await self._remembered(kind)
            except StoreError:  # then they are looked up
                self._seen[kind] = []
        return self._seen[kind]

    async def _remembered(self, kind: Kind) -> list[str]:
        listed = await self._memory.listed(self._place)
        rows = list(listed[1]) if listed is not None and listed[0] == kind else []
        if kind != "execution":
            return rows
        seen = (self._place.execution_id, await self._memory.last(self._place))
        return [*(each for each in seen if each), *rows]
