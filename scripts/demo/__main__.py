"""`make demo`: plays the story, then stays up; with CHECK=1 it stops after the story."""

import asyncio
import contextlib
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
from mcp import Client
from mcp.client.stdio import StdioServerParameters

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
    with tempfile.TemporaryDirectory(prefix="workflow-ops-demo-") as folder:
        async with _sandbox(Path(folder)) as url, httpx.AsyncClient(base_url=url) as api:
            environment = {
                "MISTRAL_SERVER_URL": url,
                "DATABASE_URL": f"sqlite:///{folder}/workflow-ops.db",
            }
            server = StdioServerParameters(
                command=sys.executable,
                args=["-m", "mcp_server", "--allow", "destructive"],
                env=environment,
            )
            async with Client(server) as client:
                stage = Stage(client, api)
                await play(stage)
            print(f"\nThe story is true: {stage.checks} facts were read back from the API.")
            if check:
                return
            stage.connect(environment, str(Path(sys.executable).with_name("workflow-mcp")))
            print(f"\nThe API answers at {url} (its reference: {url}/docs). Ctrl-C ends it all.")
            await asyncio.Event().wait()


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
        if process.returncode is None:
            process.terminate()
        await process.wait()


if __name__ == "__main__":
    sys.exit(main())
