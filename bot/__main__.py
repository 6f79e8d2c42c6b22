"""`workflow-bot`: the operations as slash commands, live cards and forms in Slack."""

import argparse
import asyncio
import contextlib
import functools
import sys
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from bot.settings import ANYONE, BotSettings, read_bot_settings
from bot.slack_app import SlackApp, configured_app, local_app
from shared.address import is_loopback
from shared.program import address, run
from shared.settings import Settings, read_settings


def main() -> None:
    """Serve until told to stop; exit code 2 when something about the start has to be changed."""
    run("workflow-bot", functools.partial(_run, _options()))


@dataclass(frozen=True, slots=True)
class _Places:
    """Where the API and Slack are, and who may do what there."""

    api_url: str
    key: str | None
    slack: SlackApp
    rights: BotSettings


async def _run(given: argparse.Namespace, stop: asyncio.Event) -> int:
    settings, bot = read_settings(), read_bot_settings()
    async with _places(given, settings, bot) as places:
        if given.command == "doctor":
            return await _doctor(places, settings, stop)
        await _serve(given, places, settings, stop)
        return 0


async def _serve(
    given: argparse.Namespace, places: _Places, settings: Settings, stop: asyncio.Event
) -> None:
    # The heavy parts come after everything that may be said about the settings.
    from bot.serve import running
    from shared.api import open_api

    slack, rights = places.slack, places.rights
    async with (
        open_api(places.api_url, places.key) as api,
        running(
            api,
            slack,
            rights,
            settings.database_url(),
            audit_reads=settings.audit_reads,
            listen=given.http,
            metrics=given.metrics or rights.metrics,
        ) as parts,
    ):
        where = f"; its page is {slack.page}" if slack.page else ""
        sys.stdout.write(f"ready: {rights.command} in {parts.identity.team}{where}\n")
        sys.stdout.flush()
        await stop.wait()


async def _doctor(places: _Places, settings: Settings, stop: asyncio.Event) -> int:
    from bot.doctor import Doctor
    from shared.api import open_api
    from shared.doctor.command import doctor_command

    async with open_api(places.api_url, places.key) as api:
        doctor = Doctor(api, places.slack, places.rights, settings.database_url())
        return await doctor_command(doctor.examinations(), stop)


@contextlib.asynccontextmanager
async def _places(
    given: argparse.Namespace, settings: Settings, bot: BotSettings
) -> AsyncGenerator[_Places]:
    """As the settings and the options say; raises NotConfigured."""
    if not given.sandbox:
        slack = configured_app(settings, http=given.http is not None)
        local = is_loopback(urlsplit(settings.server_url).hostname)
        yield _Places(settings.server_url, settings.key_for(sandbox=local), slack, bot)
        return
    from shared.embedded import embedded_sandbox, sandbox_key

    state = given.sandbox_state or settings.state_dir / "sandbox"
    async with embedded_sandbox(state) as url:
        if settings.slack_bot_token is not None:
            slack = configured_app(settings, http=given.http is not None)
            yield _Places(url, sandbox_key(), slack, bot)
        else:
            slack = await local_app(f"{url}/slack", bot.command, _request_url(given))
            yield _Places(url, sandbox_key(), slack, _at_home(bot))


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


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="workflow-bot", description=__doc__)
    parser.add_argument(
        "command",
        nargs="?",
        choices=["doctor"],
        help="check Slack, the API and the store instead of serving",
    )
    parser.add_argument(
        "--http", metavar="HOST:PORT", type=address, help="take signed HTTP instead of sockets"
    )
    parser.add_argument(
        "--metrics",
        metavar="HOST:PORT",
        type=address,
        help="serve /metrics and /health there (default: WORKFLOW_OPS_METRICS, else nowhere; "
        "with --http they are there as well)",
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


if __name__ == "__main__":
    main()
