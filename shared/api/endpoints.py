"""What the groups of endpoints have in common."""

from typing import Any

from pydantic import BaseModel

from shared.api.answers import json_content, parsed
from shared.api.exchange import Exchange
from shared.api.request import ApiRequest


class Endpoints:
    """Calls that differ in what they do with the answer."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    async def _get[M: BaseModel](self, model: type[M], request: ApiRequest) -> M:
        return parsed(model, request, await self._exchange.send(request))

    async def _json(self, request: ApiRequest) -> Any:
        return json_content(request, await self._exchange.send(request))

    async def _act(self, request: ApiRequest) -> None:
        # Read all the same: a login page that answers 200 has done nothing.
        await self._json(request)
