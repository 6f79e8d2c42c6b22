"""`python -m sandbox.slack`: a local Slack workspace, with nothing to sign up for."""

import argparse
import asyncio
import json
import logging
import signal
import sys
from pathlib import Path
from typing import Any

import yaml

from sandbox.slack.control.manifests import complaints
from sandbox.slack.local import LocalSlack
from sandbox.slack.model import Json
from sandbox.slack.served import serve_slack


def main() -> None:
    """Serve until told to stop; exit code 1 when the manifest or the port is of no use."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.slack", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="port (default: a free one)")
    parser.add_argument("--manifest", type=Path, help="app to install, as YAML or JSON")
    given = parser.parse_args()
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(name)s: %(message)s")
    try:
        manifest = _manifest(given.manifest) if given.manifest else None
        asyncio.run(_run(given.port, manifest))
    except (OSError, ValueError, yaml.YAMLError) as error:
        sys.exit(f"sandbox.slack: {error}")


async def _run(port: int, manifest: Json | None) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    slack = LocalSlack()
    if manifest is not None:
        slack.workspace.install(manifest)
    async with serve_slack(slack, port) as url:
        sys.stdout.write(f"ready {url}\n")
        sys.stdout.flush()
        await stop.wait()


def _manifest(path: Path) -> Json:
    manifest: Any = yaml.safe_load(path.read_text("utf-8"))
    if wrong := complaints(manifest):
        raise ValueError(f"{path.name}: {json.dumps(wrong)}")
    assert isinstance(manifest, dict)
    return manifest


if __name__ == "__main__":
    main()
