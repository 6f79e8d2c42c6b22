"""The program over HTTP: who gets in, what is bounded, and how it ends."""

import asyncio
import re
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import httpx
import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from mcp_server.http_settings import HttpSettings, read_http_settings
from mcp_server.over_http import listen, serve_http
from shared.address import is_loopback, split_address
from shared.operation import Effect
from shared.settings import NotConfigured
from tests.mcp_server.alerting import SUBSCRIPTION, with_an_alert
from tests.mcp_server.faces import ERAS, Stage, ask, fresh, refusal, rows_of, server_at
from tests.mcp_server.programs import SERVER, environment

NOWHERE = "http://127.0.0.1:9"
TOKEN = "correct-horse-battery"
PATIENCE = 180
INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    },
}
HEADERS = {"accept": "application/json, text/event-stream"}


@asynccontextmanager
async def served(
    database: Path, url: str = NOWHERE, *, allow: Effect = Effect.DESTRUCTIVE, **environment: str
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a server in this process, on a real port."""
    stop = asyncio.Event()
    settings = read_http_settings("127.0.0.1", 0, environment)
    with listen(settings) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        async with (
            anyio.create_task_group() as group,
            httpx.AsyncClient(base_url=address, timeout=PATIENCE) as web,
        ):
            server = server_at(url, database, allow=allow)
            group.start_soon(serve_http, server, listener, settings, stop)
            yield web
            stop.set()


async def post(web: httpx.AsyncClient, content: object = INITIALIZE, **headers: str) -> int:
    """The status of a request to the server."""
    response = await web.post("/mcp", json=content, headers=HEADERS | headers)
    return response.status_code


@asynccontextmanager
async def client_at(
    web: httpx.AsyncClient, era: str, headers: dict[str, str]
) -> AsyncIterator[Client]:
    """The SDK's own client of that server."""
    async with httpx2.AsyncClient(headers=headers, timeout=PATIENCE) as connections:
        transport = streamable_http_client(f"{web.base_url}/mcp", http_client=connections)
        async with Client(transport, mode=era) as client:
            yield client


@pytest.mark.parametrize("era", ERAS)
async def test_a_call_over_http_is_written_down_under_its_token(
    era: str, stage: Stage, database: Path
) -> None:
    tokens = f"ana:{TOKEN},ci:{TOKEN}-of-the-robot"
    execution_id = fresh("sync")
    heard: list[float] = []

    async def listen_to(progress: float, total: float | None, message: str | None) -> None:
        # It goes on until something is heard of it.
        if not heard:
            await stage.cancel(execution_id)
        heard.append(progress)

    async with served(database, stage.url, WORKFLOW_OPS_MCP_TOKEN=tokens) as web:
        bearer = {"authorization": f"Bearer {TOKEN}-of-the-robot"}
        async with client_at(web, era, bearer) as client:
            result = await client.call_tool(
                "start_workflow",
                {
                    "workflow": "long-sync",
                    "input": {"seconds": 9_000},
                    "execution_id": execution_id,
                    "wait_seconds": 50,
                },
                progress_callback=listen_to,
            )

    assert not result.is_error
    assert heard
    [row] = rows_of(database)
    assert (row["actor_kind"], row["actor_id"], row["place"]) == ("mcp", "ci", "mcp")
    assert row["actor_name"].startswith("ci via mcp ")


@pytest.mark.parametrize("era", ERAS)
async def test_on_this_machine_no_token_is_needed(era: str, stage: Stage, database: Path) -> None:
    async with served(database, stage.url) as web, client_at(web, era, {}) as client:
        text = await ask(client, "list_workflows", {"search": "digest"})

    assert "daily-digest" in text


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": "Bearer wrong"},
        {"authorization": f"Bearer {TOKEN}x"},
        {"authorization": "Bearer"},
        {"authorization": f"Basic {TOKEN}"},
        {"authorization": "Bearer \u00e9\u00e9\u00e9"},
    ],
)
async def test_a_request_without_the_token_is_turned_away(
    headers: dict[str, str], database: Path
) -> None:
    async with served(database, WORKFLOW_OPS_MCP_TOKEN=TOKEN) as web:
        encoded = {k.encode(): v.encode("latin-1") for k, v in (HEADERS | headers).items()}
        response = await web.post("/mcp", json=INITIALIZE, headers=encoded)

        assert response.status_code == 401
        assert response.headers["www-authenticate"].startswith("Bearer ")
        assert await post(web, authorization=f"Bearer {TOKEN}") == 200


async def test_health_answers_without_a_token(database: Path) -> None:
    async with served(database, WORKFLOW_OPS_MCP_TOKEN=TOKEN) as web:
        response = await web.get("/health")

    assert (response.status_code, response.json()) == (200, {"status": "ok"})


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"host": "evil.example"}, 421),
        ({"host": "localhost"}, 200),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "http://localhost:6274"}, 200),
    ],
)
async def test_pages_of_other_sites_cannot_call_a_local_server(
    headers: dict[str, str], status: int, database: Path
) -> None:
    async with served(database) as web:
        assert await post(web, **headers) == status


async def test_host_names_can_be_allowed(database: Path) -> None:
    async with served(database, WORKFLOW_OPS_MCP_ALLOWED_HOSTS="ops.example, b.example") as web:
        assert await post(web, host="ops.example") == 200
        assert await post(web, host="b.example:8443") == 200
        assert await post(web, host="c.example") == 421


async def test_a_body_that_is_too_large_is_not_read(database: Path) -> None:
    async with served(database) as web:
        assert await post(web, {"padding": "x" * 5_000_000}) == 413


async def test_nonsense_is_answered_and_does_no_harm(database: Path) -> None:
    async with served(database) as web:
        for body in (b"", b"{", b"[]", b'"x"', b"\xff\xfe"):
            headers = HEADERS | {"content-type": "application/json"}
            response = await web.post("/mcp", content=body, headers=headers)
            assert 400 <= response.status_code < 500

        assert await post(web) == 200


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "ops.example"])
def test_a_server_for_the_world_needs_a_token(host: str) -> None:
    with pytest.raises(NotConfigured, match="WORKFLOW_OPS_MCP_TOKEN"):
        read_http_settings(host, 80, {})

    settings = read_http_settings(host, 80, {"WORKFLOW_OPS_MCP_TOKEN": TOKEN})
    assert settings.tokens == {TOKEN: "token"}
    assert settings.accepted_hosts is None
    assert TOKEN not in repr(settings)


@pytest.mark.parametrize("token", ["short", "ana:short", f"{TOKEN},ana:", "sixteen é letters"])
def test_a_token_that_is_easily_guessed_is_refused(token: str) -> None:
    with pytest.raises(NotConfigured, match="at least 16") as refused:
        read_http_settings("127.0.0.1", 80, {"WORKFLOW_OPS_MCP_TOKEN": token})

    assert token not in str(refused.value)


def test_a_port_that_is_taken_is_said_so() -> None:
    with listen(HttpSettings("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(NotConfigured, match=f"port {port}: Address already in use"):
            listen(HttpSettings("127.0.0.1", port))


@pytest.mark.parametrize(
    ("address", "parts"),
    [
        ("127.0.0.1:8000", ("127.0.0.1", 8000)),
        (":8000", ("127.0.0.1", 8000)),
        ("[::1]:80", ("::1", 80)),
        ("0.0.0.0:0", ("0.0.0.0", 0)),
    ],
)
def test_an_address_is_a_host_and_a_port(address: str, parts: tuple[str, int]) -> None:
    assert split_address(address) == parts


@pytest.mark.parametrize("address", ["", "8000", "host:", "host:x", "host:65536", "h:\u0661"])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match=r"such as 127\.0\.0\.1:8000"):
        split_address(address)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("example.com", False),
        ("", False),
        (None, False),
    ],
)
def test_only_this_machine_can_reach_a_loopback_address(host: str | None, expected: bool) -> None:
    assert is_loopback(host) is expected


def test_a_loopback_server_answers_to_its_own_names() -> None:
    hosts = HttpSettings("::1", 80, allowed_hosts=("ops.example",)).accepted_hosts

    assert hosts == ("127.0.0.1", "localhost", "[::1]", "ops.example")


def test_the_program_says_where_it_listens_and_ends_when_told(tmp_path: Path) -> None:
    variables = environment(tmp_path, MISTRAL_SERVER_URL=NOWHERE)
    process = subprocess.Popen(
        (*SERVER, "--http", "127.0.0.1:0"), stderr=subprocess.PIPE, text=True, env=variables
    )
    with process:
        assert process.stderr is not None
        found = re.search(r"http://127\.0\.0\.1:\d+/mcp", process.stderr.readline())
        assert found
        answer: Any = httpx.post(found[0], json=INITIALIZE, headers=HEADERS, timeout=PATIENCE)
        # A client that listens for ever must not keep the server from ending.
        session = {"mcp-session-id": answer.headers["mcp-session-id"]}
        with httpx.stream("GET", found[0], headers=HEADERS | session, timeout=PATIENCE) as stream:
            assert stream.status_code == 200
            process.send_signal(signal.SIGTERM)

            assert process.wait(timeout=PATIENCE) == 0
        assert process.stderr.read() == ""


@pytest.mark.parametrize("owner", ["U0ANA", "local:ana"])
async def test_a_token_called_like_somebody_elsewhere_does_not_own_what_is_theirs(
    owner: str, database: Path
) -> None:
    await with_an_alert(database, created_by=owner)
    token, theirs = {"authorization": f"Bearer {TOKEN}"}, {"subscription_id": SUBSCRIPTION}
    named = {"WORKFLOW_OPS_MCP_TOKEN": f"{owner}:{TOKEN}"}
    async with (
        served(database, allow=Effect.WRITE, **named) as web,
        client_at(web, "auto", token) as client,
    ):
        refused = await refusal(client, "delete_alert_subscription", theirs)
        wanted = {"channel": "#billing", "when": "schedules"}
        made = await ask(client, "create_alert_subscription", wanted)
        own = {"subscription_id": made.split()[1]}
        done = await ask(client, "delete_alert_subscription", own)

    assert "was made by ana" in refused
    assert "hears no more" in done
