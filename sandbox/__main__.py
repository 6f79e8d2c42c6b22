"""`workflow-sandbox`: the Workflows API on this machine, with nothing to sign up for."""

import argparse
import asyncio
import logging
import os
import signal
import sys
from pathlib import Path

from sandbox.clock import SPEED_VARIABLE
from sandbox.processes import SandboxBroken
from sandbox.serve import Options, running
from sandbox.state import StateTaken

_LOOPBACK = ("127.0.0.1", "localhost")


def main() -> None:
    """Run until told to stop; exit code 1 when a part does not come up."""
    options = _options()
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(name)s: %(message)s")
    try:
        asyncio.run(_run(options))
    except (SandboxBroken, StateTaken, OSError) as error:
        sys.exit(f"workflow-sandbox: {error}")


async def _run(options: Options) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    stopped = asyncio.create_task(stop.wait())
    up = asyncio.create_task(_up(options))
    done, _ = await asyncio.wait((stopped, up), return_when=asyncio.FIRST_COMPLETED)
    if up in done:
        up.result()
    up.cancel()
    await asyncio.gather(up, return_exceptions=True)


async def _up(options: Options) -> None:
    async with running(options) as (url, ended):
        sys.stdout.write(f"ready {url}\n")
        sys.stdout.flush()
        await ended


def _options() -> Options:
    parser = argparse.ArgumentParser(prog="workflow-sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="port of the API (default: a free one)")
    parser.add_argument("--host", default="127.0.0.1", choices=_LOOPBACK, help="loopback address")
    parser.add_argument("--state", type=Path, help="folder that survives a restart")
    parser.add_argument("--temporal", metavar="HOST:PORT", help="use this Temporal cluster")
    parser.add_argument("--namespace", default="default", help="Temporal namespace")
    parser.add_argument("--deployment", default="sandbox", help="deployment name and task queue")
    parser.add_argument("--speed", type=float, help="run the demo workflows N times as fast")
    parser.add_argument("--while-used", action="store_true", help="end when the last face has gone")
    given = parser.parse_args()
    if given.speed is not None:
        os.environ[SPEED_VARIABLE] = str(given.speed)
    return Options(
        host=given.host,
        port=given.port,
        state=given.state.absolute() if given.state else None,
        temporal=given.temporal,
        namespace=given.namespace,
        deployment=given.deployment,
        api_key=os.environ.get("WORKFLOW_OPS_SANDBOX_KEY"),
        while_used=given.while_used,
    )


if __name__ == "__main__":
    main()
