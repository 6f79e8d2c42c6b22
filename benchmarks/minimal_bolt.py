"""The smallest Bolt app: what an acknowledgement costs before we do anything."""

import argparse
import asyncio
import logging
import os
import re

from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient


async def main() -> None:
    """Connect, or listen where `--http` says, and acknowledge commands until killed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--http", metavar="HOST:PORT")
    listen = parser.parse_args().http
    token, api_url = os.environ["SLACK_BOT_TOKEN"], os.environ["SLACK_API_URL"]
    # It would warn of the token in the environment, which it does not need beside the client.
    logging.getLogger("slack_bolt").setLevel(logging.ERROR)
    app = AsyncApp(
        logger=logging.getLogger("slack_bolt"),
        client=AsyncWebClient(token, base_url=api_url),
        signing_secret=os.environ["SLACK_SIGNING_SECRET"],
    )
    app.command(re.compile(".*"))(_acknowledge)
    if listen is not None:
        host, _, port = listen.partition(":")
        runner = web.AppRunner(app.web_app(path="/slack/events"), access_log=None)
        await runner.setup()
        await web.TCPSite(runner, host, int(port), backlog=1024).start()
    else:
        handler = AsyncSocketModeHandler(app, os.environ["SLACK_APP_TOKEN"])
        await handler.connect_async()  # type: ignore[no-untyped-call]
    print("ready", flush=True)
    await asyncio.Event().wait()


async def _acknowledge(ack: AsyncAck) -> None:
    await ack()


if __name__ == "__main__":
    asyncio.run(main())
