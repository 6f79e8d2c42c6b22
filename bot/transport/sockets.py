"""Socket Mode: several connections, so that the refresh of one leaves no gap."""

import contextlib
import logging
from collections.abc import AsyncGenerator, Sequence

from aiohttp import ClientError
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from shared.settings import NotConfigured

_log = logging.getLogger(__name__)
_PING_SECONDS = 10


class Connections:
    """The connections of this process to Slack."""

    def __init__(self, handlers: Sequence[AsyncSocketModeHandler]) -> None:
        self._handlers = handlers

    async def connected(self) -> int:
        """How many of them Slack can use now."""
        states = [await handler.client.is_connected() for handler in self._handlers]
        return sum(map(bool, states))


@contextlib.asynccontextmanager
async def sockets(
    app: AsyncApp, app_token: str, api_url: str, count: int
) -> AsyncGenerator[Connections]:
    """Connected for the length of the block; raises NotConfigured when Slack refuses the token."""
    handlers = [_handler(app, app_token, api_url) for _ in range(count)]
    async with contextlib.AsyncExitStack() as stack:
        for handler in handlers:
            stack.push_async_callback(handler.client.close)
        for handler in handlers:
            handler.client.wss_uri = await _address(handler, api_url)
            await handler.client.connect()  # type: ignore[no-untyped-call]
        yield Connections(handlers)


async def _address(handler: AsyncSocketModeHandler, api_url: str) -> str | None:
    """Where to connect; asked here because the SDK tries for ever what Slack will never allow."""
    client = handler.client
    try:
        opened = await client.web_client.apps_connections_open(app_token=client.app_token)
    except SlackApiError as error:
        if error.response["error"] == "ratelimited":
            # The SDK waits for its turn.
            return None
        raise NotConfigured(
            f"Slack refused SLACK_APP_TOKEN: {error.response['error']}. Make an app-level "
            "token with the scope connections:write (Basic Information, App-Level Tokens)."
        ) from error
    except (SlackClientError, ClientError, OSError) as error:
        raise NotConfigured(f"Slack cannot be reached at {api_url}: {error}.") from error
    return str(opened["url"])


def _handler(app: AsyncApp, app_token: str, api_url: str) -> AsyncSocketModeHandler:
    return AsyncSocketModeHandler(
        app,
        app_token,
        logger=logging.getLogger("slack_sdk.socket_mode"),
        # Its own client: the one of the app never retries, and opening a connection may.
        web_client=AsyncWebClient(base_url=api_url),
        ping_interval=_PING_SECONDS,
    )
