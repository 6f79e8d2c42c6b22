"""`make demo`: plays the story, then stays up; with CHECK=1 it stops after the story."""

import asyncio
import contextlib
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import httpx
from mcp import Client
from mcp.client.stdio import StdioServerParameters

from bot.manifest import manifest
from scripts.demo.channel import Channel
from scripts.demo.chat_story import play_in_slack
from scripts.demo.stage import Stage, StepFailed, failed
from scripts.demo.story import play

# Lifelike, without the pauses of real life.
_SPEED = "2"


def main() -> int:
    """Run the demo; answers 0 only when every step really happened."""
    code = 0
    try:
        asyncio.run(_demo(check=os.environ.get("CHECK") == "1"))
    except* StepFailed as group:
        print(*map(failed, _leaves(group)), sep="\n", file=sys.stderr)
        code = 1
    except* KeyboardInterrupt:
        print("\nStopped; nothing is left running.")
    return code


def _leaves(group: BaseExceptionGroup[StepFailed]) -> list[StepFailed]:
    found: list[StepFailed] = []
    for error in group.exceptions:
        found += _leaves(error) if isinstance(error, BaseExceptionGroup) else [error]
    return found


async def _demo(*, check: bool) -> None:
    async with contextlib.AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="workflow-ops-demo-"))
        url = await stack.enter_async_context(_sandbox(Path(folder)))
        api = await stack.enter_async_context(httpx.AsyncClient(base_url=url))
        environment = {
            "MISTRAL_SERVER_URL": url,
            "DATABASE_URL": f"sqlite:///{folder}/workflow-ops.db",
        }
        client = await stack.enter_async_context(Client(_assistant(environment)))
        stage = Stage(client, api)
        await play(stage)
        channel = Channel(f"{url}/slack", "ops")
        stack.push_async_callback(channel.aclose)
        await stack.enter_async_context(_bot(channel, environment, url))
        await play_in_slack(stage, channel)
        print(f"\nThe story is true: {stage.checks} facts were read back from the API.")
        if check:
            return
        stage.connect(environment, str(Path(sys.executable).with_name("workflow-mcp")))
        print(f"\nThe Slack workspace is at {url}/slack/ : open it and type /workflows in #ops.")
        print(f"The API answers at {url} (its reference: {url}/docs). Ctrl-C ends it all.")
        await asyncio.Event().wait()


def _assistant(environment: Mapping[str, str]) -> StdioServerParameters:
    return StdioServerParameters(
        command=sys.executable,
        args=["-m", "mcp_server", "--allow", "destructive"],
        env={**environment},
    )


@contextlib.asynccontextmanager
async def _bot(channel: Channel, environment: Mapping[str, str], url: str) -> AsyncIterator[None]:
    print("\nStarting the Slack bot in a local workspace …", end=" ", flush=True)
    made = await channel.install(manifest())
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot"),
        env={
            **os.environ,
            **environment,
            "SLACK_API_URL": f"{url}/slack/api",
            "SLACK_BOT_TOKEN": made["bot_token"],
            "SLACK_APP_TOKEN": made["app_token"],
            "WORKFLOW_OPS_SLACK_WRITERS": "*",
            "WORKFLOW_OPS_SLACK_ADMINS": "@oncall",
        },
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        if not (await process.stdout.readline()).startswith(b"ready"):
            raise StepFailed("the bot did not come up; what it said is above")
        print(f"ready; the workspace is at {url}/slack/")
        yield
    finally:
        await _end(process)


@contextlib.asynccontextmanager
async def _sandbox(state: Path) -> AsyncIterator[str]:
    print("Starting a Temporal server and a worker with demo workflows …", end=" ", flush=True)
    began = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "sandbox", "--speed", _SPEED, "--state", str(state / "sandbox")),
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        word, _, url = (await process.stdout.readline()).decode().strip().partition(" ")
        if word != "ready":
            raise StepFailed("the sandbox did not come up; what it said is above")
        print(f"ready after {time.monotonic() - began:.1f} s at {url}")
        yield url
    finally:
        await _end(process)


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
    await process.wait()


if __name__ == "__main__":
    sys.exit(main())
