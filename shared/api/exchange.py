"""Sends requests, repeats them where that is safe, and hands back only answers that succeeded."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager

import httpx

from shared.api.answers import failure, succeeded, unexpected, unreachable
from shared.api.observing import Exchanged, Observer, route_of
from shared.api.request import ApiRequest
from shared.retry import Patience

_LONGEST_ERROR = 65_536
_ERROR_SECONDS = 5
_EVENT_STREAM = "text/event-stream"
# Longer than any silence that a reader of a stream puts up with; the reader decides.
_STREAM_SILENCE = 300.0


class Exchange:
    """One client and one patience for all endpoints."""

    def __init__(self, client: httpx.AsyncClient, patience: Patience) -> None:
        self._client = client
        self.patience = patience
        self.observers: list[Observer] = []

    async def send(self, request: ApiRequest) -> httpx.Response:
        """A success, or the ApiError of the last attempt."""
        return await self.patience.insist(
            lambda doubt: self.send_once(request, doubt), request.may_repeat
        )

    async def send_once(self, request: ApiRequest, doubt: bool = False) -> httpx.Response:
        """The same in one attempt; `doubt` when an earlier one may have been carried out."""
        sent = self._build(request, "application/json", request.read_timeout)
        response = await self._open(request, sent, stream=False, doubt=doubt)
        self._check(request, response, response.content, doubt)
        return response

    @asynccontextmanager
    async def stream(self, request: ApiRequest) -> AsyncGenerator[httpx.Response]:
        """An open event stream; errors of its body stay those of httpx."""
        sent = self._build(request, _EVENT_STREAM, _STREAM_SILENCE)
        response = await self._open(request, sent, stream=True)
        async with aclosing(response):
            if response.status_code != 200:
                self._check(request, response, await _error_body(response))
            if response.headers.get("content-type", "").partition(";")[0] != _EVENT_STREAM:
                raise unexpected(request, response, "the answer is not an event stream")
            yield response

    def _build(self, request: ApiRequest, accept: str, read_timeout: float | None) -> httpx.Request:
        headers = [("accept", accept), *request.headers]
        if accept == _EVENT_STREAM:
            # A compressed chunk could expand past the bound on one event before anybody sees it.
            headers.append(("accept-encoding", "identity"))
        if request.body is not None:
            headers.append(("content-type", "application/json"))
        timeout = self._client.timeout
        if read_timeout is not None:
            timeout = httpx.Timeout(
                read_timeout, connect=timeout.connect, write=timeout.write, pool=timeout.pool
            )
        return self._client.build_request(
            request.method,
            request.path,
            params=request.query or None,
            content=request.body,
            headers=[(name.encode(), value.encode()) for name, value in headers],
            timeout=timeout,
        )

    async def _open(
        self, request: ApiRequest, sent: httpx.Request, *, stream: bool, doubt: bool = False
    ) -> httpx.Response:
        began = time.monotonic()
        try:
            response = await self._client.send(sent, stream=stream)
        except httpx.RequestError as error:
            self._tell(request, began)
            raise unreachable(request, error, self._origin, doubt) from error
        self._tell(request, began, response)
        return response

    def _tell(
        self, request: ApiRequest, began: float, response: httpx.Response | None = None
    ) -> None:
        if not self.observers:
            return
        seconds = time.monotonic() - began
        status = response.status_code if response is not None else None
        headers = response.headers if response is not None else None
        exchanged = Exchanged(request.method, route_of(request.path), status, seconds, headers)
        for observer in tuple(self.observers):
            observer(exchanged)

    def _check(
        self, request: ApiRequest, response: httpx.Response, body: bytes, doubt: bool = False
    ) -> None:
        # A redirect by 301, 302 or 303 turns an act into a GET that succeeds and does nothing.
        if response.request.method != request.method:
            raise unexpected(request, response, "the server redirects it elsewhere")
        if not succeeded(response):
            raise failure(request, response, body, doubt)

    @property
    def _origin(self) -> str:
        url = self._client.base_url
        return f"{url.scheme}://{url.netloc.decode()}"


async def _error_body(response: httpx.Response) -> bytes:
    body = b""
    try:
        async with asyncio.timeout(_ERROR_SECONDS):
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > _LONGEST_ERROR:
                    break
    except (httpx.RequestError, TimeoutError):
        return b""
    return body
