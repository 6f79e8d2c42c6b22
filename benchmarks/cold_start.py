"""How long an MCP host waits for the list of tools, from spawning the server."""

import json
import os
import statistics
import subprocess
import sys
import time

from benchmarks.table import Row

_ROUNDS = 9
_OURS = ("-m", "mcp_server", "--allow", "destructive")
_MINIMAL = ("-m", "benchmarks.minimal_server")


def measure() -> list[Row]:
    """Spawn both servers in turns; the first round only warms the disk and the bytecode."""
    ours: list[float] = []
    minimal: list[float] = []
    for number in range(_ROUNDS + 1):
        for command, times in ((_OURS, ours), (_MINIMAL, minimal)):
            seconds = _until_tools(command)
            if number:
                times.append(seconds)
    mine, floor = statistics.median(ours), statistics.median(minimal)
    return [
        Row(
            "MCP cold start to tools/list",
            f"{mine * 1000:.0f} ms",
            f"minimal server {floor * 1000:.0f} ms",
            mine / floor,
            "at most",
            1.25,
        )
    ]


def _until_tools(command: tuple[str, ...]) -> float:
    environment = {
        **os.environ,
        "MISTRAL_API_KEY": "unused",
        "MISTRAL_SERVER_URL": "http://127.0.0.1:9",
    }
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    began = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        about = {
            "protocolVersion": "2025-06-18",
            "capabilities": {},
            "clientInfo": {"name": "bench", "version": "1"},
        }
        for message in (
            {"id": 1, "method": "initialize", "params": about},
            {"method": "notifications/initialized"},
            {"id": 2, "method": "tools/list", "params": {}},
        ):
            process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
            process.stdin.flush()
            if "id" in message:
                answer = json.loads(process.stdout.readline())
                assert answer["id"] == message["id"], answer
        seconds = time.perf_counter() - began
        process.stdin.close()
        process.wait(20)
    return seconds
