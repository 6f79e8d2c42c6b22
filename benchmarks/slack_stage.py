"""A local Slack workspace in this process, and apps for it in processes of their own."""

import asyncio
import contextlib
import os
import socket
import sys
import tempfile
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass

from aiohttp import web

from bot.manifest import manifest
from sandbox.slack.local import LocalSlack
from sandbox.slack.model import App, Channel
from sandbox.slack.served import serve_slack

BOT = ("-m", "bot")
_OURS = ("SLACK_", "WORKFLOW_OPS_", "MISTRAL_", "DATABASE_URL")
_PATIENCE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class SlackStage:
    """The workspace with one app in it, whose process is connected."""

    slack: LocalSlack
    app: App

    def channels(self, count: int) -> list[Channel]:
        """So many new channels with everybody of #ops in them, the app too."""
        workspace = self.slack.workspace
        members = workspace.channel_named("ops").members
        made = [
            Channel(workspace.new_id("C"), f"team-{number}", "channel", {*members, self.app.user})
            for number in range(count)
        ]
        workspace.channels.update({channel.id: channel for channel in made})
        return made


@contextlib.asynccontextmanager
async def slack_stage(
    command: tuple[str, ...], api_url: str, *, by_http: bool = False
) -> AsyncGenerator[SlackStage]:
    """Up for the length of the block; Slack's deliveries come by sockets unless `by_http`."""
    slack = LocalSlack()
    async with contextlib.AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="workflow-ops-bench-"))
        url = await stack.enter_async_context(serve_slack(slack))
        address = f"127.0.0.1:{_free_port()}" if by_http else None
        app = _installed(slack, address)
        environment = {
            "MISTRAL_SERVER_URL": api_url,
            "DATABASE_URL": f"sqlite:///{folder}/bench.db",
            "SLACK_API_URL": f"{url}/api/",
            "SLACK_BOT_TOKEN": app.bot_token,
            "SLACK_APP_TOKEN": app.app_token,
            "SLACK_SIGNING_SECRET": app.signing_secret,
            "WORKFLOW_OPS_SLACK_WRITERS": "*",
        }
        given = (*command, "--http", address) if address else command
        await stack.enter_async_context(_process(given, environment))
        yield SlackStage(slack, app)


@contextlib.asynccontextmanager
async def served(routes: list[web.RouteDef]) -> AsyncGenerator[str]:
    """A real HTTP server in this process; yields its address."""
    application = web.Application()
    application.add_routes(routes)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        assert runner.addresses
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def _installed(slack: LocalSlack, address: str | None) -> App:
    wanted = manifest()
    wanted["settings"]["socket_mode_enabled"] = address is None
    app = slack.workspace.install(wanted, address and f"http://{address}/slack/events")
    slack.workspace.channel_named("ops").members.add(app.user)
    return app


@contextlib.asynccontextmanager
async def _process(
    command: tuple[str, ...], environment: Mapping[str, str]
) -> AsyncGenerator[None]:
    foreign = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    process = await asyncio.create_subprocess_exec(
        sys.executable, *command, env={**foreign, **environment}, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(_PATIENCE_SECONDS):
            line = await process.stdout.readline()
        if not line.startswith(b"ready"):
            raise RuntimeError(f"{' '.join(command)} did not come up; what it said is above")
        yield
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
