"""The program over stdio: what it prints where, how it starts and how it ends."""

import json
import signal
import sys
from pathlib import Path

import pytest
from mcp import StdioServerParameters
from mcp.client.stdio import stdio_client

from tests.mcp_server.faces import ERAS, Stage, text_of
from tests.mcp_server.programs import environment, run, talking

NOWHERE = {"MISTRAL_SERVER_URL": "http://127.0.0.1:9"}

# A library that prints while a call goes on, through Python and past it.
NOISY = """
import asyncio, os, sys
from contextlib import asynccontextmanager
from functools import partial
from mcp_server.backend import open_backend
from mcp_server.over_stdio import serve_stdio
from mcp_server.server import build_server
from shared.errors import OpsError
from shared.policy import Policy

@asynccontextmanager
async def noisy():
    print("stray words")
    sys.stdout.flush()
    os.write(1, b"more stray words\\n")
    os.system("echo words of a child")
    raise OpsError("that is all")
    yield

backend = partial(open_backend, noisy, "sqlite+aiosqlite://")
asyncio.run(serve_stdio(build_server(Policy(), backend), asyncio.Event()))
"""

IMPORTS = """
import json, sys
from mcp_server.__main__ import main
try:
    main()
finally:
    sys.stderr.write("modules " + json.dumps(sorted(sys.modules)))
"""


@pytest.mark.parametrize("era", ERAS)
async def test_a_host_that_starts_the_program_can_call_its_tools(
    era: str, stage: Stage, tmp_path: Path
) -> None:
    from mcp import Client

    program = StdioServerParameters(
        command=sys.executable,
        args=["-m", "mcp_server"],
        env=environment(tmp_path, MISTRAL_SERVER_URL=stage.url),
    )

    async with Client(stdio_client(program), mode=era) as client:
        listed = await client.list_tools()
        result = await client.call_tool("get_workflow", {"workflow": "long-sync"})

    assert len(listed.tools) == 16
    assert "update set_target" in text_of(result)


def test_nothing_but_the_protocol_reaches_stdout(tmp_path: Path) -> None:
    command = (sys.executable, "-c", NOISY)

    with talking(environment(tmp_path), command=command) as talk:
        talk.hello()
        result = talk.call("list_workflows")
        rest, said = talk.process.communicate()

    assert result["content"][0]["text"] == "that is all"
    assert rest == ""
    assert {"stray words", "more stray words", "words of a child"} <= {*said.splitlines()}


def test_without_a_key_it_says_what_would_help_and_ends(tmp_path: Path) -> None:
    ended = run(environment(tmp_path))

    assert ended.returncode == 2
    assert ended.stdout == ""
    [line] = ended.stderr.splitlines()
    assert "MISTRAL_API_KEY" in line
    assert "--sandbox" in line


@pytest.mark.parametrize(
    ("variables", "options", "says"),
    [
        ({"WORKFLOW_OPS_ALLOW": "everything"}, (), "WORKFLOW_OPS_ALLOW"),
        ({}, ("--http", "0.0.0.0:0"), "WORKFLOW_OPS_MCP_TOKEN"),
    ],
)
def test_what_does_not_fit_is_named_at_the_start(
    variables: dict[str, str], options: tuple[str, ...], says: str, tmp_path: Path
) -> None:
    ended = run(environment(tmp_path, MISTRAL_API_KEY="key", **variables), *options)

    assert ended.returncode == 2
    assert says in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    ("variables", "options", "number"),
    [
        ({"WORKFLOW_OPS_ALLOW": "write"}, (), 29),
        ({"WORKFLOW_OPS_ALLOW": "destructive"}, ("--allow", "read"), 16),
    ],
)
def test_the_level_comes_from_the_option_or_the_environment(
    variables: dict[str, str], options: tuple[str, ...], number: int, tmp_path: Path
) -> None:
    with talking(environment(tmp_path, **NOWHERE, **variables), *options) as talk:
        talk.hello()
        tools = talk.ask("tools/list")["tools"]

    assert len(tools) == number


def test_it_survives_nonsense_and_ends_when_its_host_closes_stdin(tmp_path: Path) -> None:
    with talking(environment(tmp_path, **NOWHERE)) as talk:
        talk.hello()
        assert talk.process.stdin is not None
        talk.process.stdin.write('nonsense\n[]\n{}\n"x"\n{"jsonrpc":"2.0"}\n')
        assert len(talk.ask("tools/list")["tools"]) == 16
        rest, said = talk.process.communicate(timeout=60)

    assert (rest, said, talk.process.returncode) == ("", "", 0)


def test_it_ends_cleanly_when_it_is_told_to(tmp_path: Path) -> None:
    with talking(environment(tmp_path, **NOWHERE)) as talk:
        talk.hello()
        talk.process.send_signal(signal.SIGTERM)
        assert talk.process.wait(timeout=60) == 0
        rest, said = talk.process.communicate()

    assert (rest, said) == ("", "")


def test_a_host_that_vanishes_leaves_no_traceback(stage: Stage, tmp_path: Path) -> None:
    with talking(environment(tmp_path, MISTRAL_SERVER_URL=stage.url)) as talk:
        talk.hello()
        assert talk.process.stdout is not None
        talk.process.stdout.close()
        talk.begin("tools/call", name="list_workflows", arguments={})

        talk.process.wait(timeout=60)
        assert talk.process.stderr is not None
        assert "Traceback" not in talk.process.stderr.read()


def test_listing_tools_imports_nothing_that_only_calls_or_other_faces_need(
    tmp_path: Path,
) -> None:
    command = (sys.executable, "-c", IMPORTS)
    with talking(environment(tmp_path, **NOWHERE), command=command) as talk:
        talk.hello()
        talk.ask("tools/list")
        _, said = talk.process.communicate()

    modules = json.loads(said.partition("modules ")[2])

    found = {name.partition(".")[0] for name in modules}
    assert "mcp" in found
    assert not found & {"slack_bolt", "slack_sdk", "temporalio", "mistralai", "sandbox", "bot"}
    assert not found & {"sqlalchemy", "alembic", "httpx", "stamina", "jsonpatch", "fastapi"}
