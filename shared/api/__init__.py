"""The Workflows API, one async method per endpoint; all raise the ApiError family."""

from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager, contextmanager

import httpx

from shared.api.batches import Batches
from shared.api.events import Events
from shared.api.exchange import Exchange
from shared.api.observing import Exchanged, Observer
from shared.api.records import Records
from shared.api.runs import Runs
from shared.api.schedules import Schedules
from shared.api.starts import Starts
from shared.api.workflows import Workflows
from shared.errors import InvalidArguments
from shared.retry import Patience

__all__ = ["Exchanged", "Observer", "Patience", "WorkflowsApi", "open_api"]

_TIMEOUT = httpx.Timeout(60, connect=5, pool=10)
# Every watched execution holds a connection for as long as it runs.
_LIMITS = httpx.Limits(max_connections=500, max_keepalive_connections=50)


class WorkflowsApi(Batches, Records, Runs, Schedules, Events, Workflows, Starts):
    """The client; it does not own the httpx client, which brings base_url and authorization."""

    def __init__(self, client: httpx.AsyncClient, *, patience: Patience | None = None) -> None:
        super().__init__(Exchange(client, patience or Patience()))
        self.server_url = str(client.base_url).rstrip("/")

    @contextmanager
    def observed_by(self, observer: Observer) -> Iterator[None]:
        """Tell it of every attempt of a request, whoever makes it, for the length of the block."""
        self._exchange.observers.append(observer)
        try:
            yield
        finally:
            self._exchange.observers.remove(observer)


@asynccontextmanager
async def open_api(
    server_url: str,
    api_key: str | None,
    *,
    transport: httpx.AsyncBaseTransport | None = None,
    patience: Patience | None = None,
) -> AsyncGenerator[WorkflowsApi]:
    """The client with connections of its own; InvalidArguments when url or key cannot be used."""
    async with httpx.AsyncClient(
        base_url=_base_url(server_url),
        headers={"user-agent": "workflow-ops"} | _authorization(api_key),
        timeout=_TIMEOUT,
        limits=_LIMITS,
        follow_redirects=True,
        transport=transport,
    ) as client:
        yield WorkflowsApi(client, patience=patience)


def _base_url(server_url: str) -> httpx.URL:
    try:
        url = httpx.URL(server_url.strip())
    except httpx.InvalidURL:
        url = httpx.URL("")
    # Not quoted: an address may hold a password.
    if url.scheme not in {"http", "https"} or not url.host:
        raise InvalidArguments(
            "MISTRAL_SERVER_URL is not an http or https address. Correct it, or leave it unset."
        )
    if url.userinfo or url.query or url.fragment:
        raise InvalidArguments(
            "MISTRAL_SERVER_URL may hold neither a password nor a query. Give the plain address."
        )
    return url


def _authorization(api_key: str | None) -> dict[str, str]:
    if not api_key:
        return {}
    key = api_key.strip()
    if not (key.isascii() and key.isprintable()) or " " in key or not key:
        raise InvalidArguments("MISTRAL_API_KEY has characters that no key has. Set it again.")
    return {"authorization": f"Bearer {key}"}
