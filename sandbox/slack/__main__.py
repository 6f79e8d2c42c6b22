"""`python -m sandbox.slack`: a local Slack workspace, with nothing to sign up for."""

import argparse
import asyncio
import contextlib
import json
import logging
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import yaml

from sandbox.slack.control.manifests import complaints
from sandbox.slack.local import LocalSlack
from sandbox.slack.memory import Memory, remembered
from sandbox.slack.model import Json
from sandbox.slack.served import serve_slack


def main() -> None:
    """Serve until told to stop; exit code 1 when the manifest or the port is of no use."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.slack", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="port (default: a free one)")
    parser.add_argument("--state", type=Path, help="folder that survives a restart")
    parser.add_argument("--manifest", type=Path, help="app to install, as YAML or JSON")
    given = parser.parse_args()
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(name)s: %(message)s")
    try:
        manifest = _manifest(given.manifest) if given.manifest else None
        asyncio.run(_run(given.port, manifest, given.state))
    except (OSError, ValueError, yaml.YAMLError) as error:
        sys.exit(f"sandbox.slack: {error}")


async def _run(port: int, manifest: Json | None, folder: Path | None) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    slack = LocalSlack(remembered(folder) if folder is not None else None)
    if manifest is not None:
        slack.workspace.install(manifest)
    async with _kept(slack, folder), serve_slack(slack, port) as url:
        sys.stdout.write(f"ready {url}\n")
        sys.stdout.flush()
        await stop.wait()


@contextlib.asynccontextmanager
async def _kept(slack: LocalSlack, folder: Path | None) -> AsyncIterator[None]:
    """Written down in the folder, where there is one."""
    memory = Memory(folder, slack.workspace) if folder is not None else None
    try:
        yield
    finally:
        if memory is not None:
            await memory.aclose()


def _manifest(path: Path) -> Json:
    manifest: Any = yaml.safe_load(path.read_text("utf-8"))
    if wrong := complaints(manifest):
        raise ValueError(f"{path.name}: {json.dumps(wrong)}")
    assert isinstance(manifest, dict)
    return manifest


if __name__ == "__main__":
    main()
