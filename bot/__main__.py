"""`workflow-bot`: the operations as slash commands, live cards and forms in Slack."""

import argparse
import asyncio
import contextlib
import logging
import signal
import sys
from collections.abc import AsyncGenerator
from pathlib import Path
from urllib.parse import urlsplit

from bot.settings import ANYONE, BotSettings, read_bot_settings
from bot.slack_app import SlackApp, configured_app, local_app
from shared.address import is_loopback, split_address
from shared.errors import OpsError
from shared.settings import Settings, read_settings

_NOT_CONFIGURED = 2


def main() -> None:
    """Serve until told to stop; exit code 2 when something about the start has to be changed."""
    given = _options()
    logging.basicConfig(
        stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s"
    )
    try:
        asyncio.run(_run(given))
    except OpsError as error:
        sys.stderr.write(f"workflow-bot: {error}\n")
        sys.exit(_NOT_CONFIGURED)


async def _run(given: argparse.Namespace) -> None:
    settings, bot = read_settings(), read_bot_settings()
    stop = _stop_event()
    async with _places(given, settings, bot) as (api_url, key, slack, rights):
        # The heavy parts come after everything that may be said about the settings.
        from bot.serve import running
        from shared.api import open_api

        async with (
            open_api(api_url, key) as api,
            running(
                api,
                slack,
                rights,
                settings.database_url(),
                audit_reads=settings.audit_reads,
                listen=given.http,
            ) as parts,
        ):
            where = f"; its page is {slack.page}" if slack.page else ""
            sys.stdout.write(f"ready: {rights.command} in {parts.identity.team}{where}\n")
            sys.stdout.flush()
            await stop.wait()


@contextlib.asynccontextmanager
async def _places(
    given: argparse.Namespace, settings: Settings, bot: BotSettings
) -> AsyncGenerator[tuple[str, str | None, SlackApp, BotSettings]]:
    """Where the API and Slack are, and who may do what there; raises NotConfigured."""
    if not given.sandbox:
        slack = configured_app(settings, http=given.http is not None)
        local = is_loopback(urlsplit(settings.server_url).hostname)
        yield settings.server_url, settings.key_for(sandbox=local), slack, bot
        return
    from shared.embedded import embedded_sandbox, sandbox_key

    state = given.sandbox_state or settings.state_dir / "sandbox"
    async with embedded_sandbox(state) as url:
        if settings.slack_bot_token is not None:
            yield url, sandbox_key(), configured_app(settings, http=given.http is not None), bot
        else:
            slack = await local_app(f"{url}/slack", bot.command, _request_url(given))
            yield url, sandbox_key(), slack, _at_home(bot)


def _request_url(given: argparse.Namespace) -> str | None:
    if given.http is None:
        return None
    host, port = given.http
    return f"http://{host}:{port}/slack/events"


def _at_home(bot: BotSettings) -> BotSettings:
    """In the local workspace everybody may write, and those on call may destroy."""
    if bot.writers or bot.admins:
        return bot
    return bot.model_copy(update={"writers": frozenset({ANYONE}), "admins": frozenset({"@oncall"})})


def _stop_event() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, stop.set)
    return stop


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="workflow-bot", description=__doc__)
    parser.add_argument(
        "--http", metavar="HOST:PORT", type=_address, help="take signed HTTP instead of sockets"
    )
    parser.add_argument(
        "--sandbox",
        action="store_true",
        help="use an embedded server, and its local Slack workspace where no token is set",
    )
    parser.add_argument(
        "--sandbox-state", metavar="DIR", type=Path, help="where it keeps its state"
    )
    return parser.parse_args()


def _address(written: str) -> tuple[str, int]:
    try:
        return split_address(written)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


if __name__ == "__main__":
    main()
