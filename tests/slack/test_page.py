"""The page as it is served; what it does is tried in a browser (tests/browser)."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

import sandbox.slack.page
from sandbox.slack.app import build_slack
from sandbox.slack.local import LocalSlack

_STATIC = Path(sandbox.slack.page.__file__).parent / "static"
_PARTS = sorted(path.name for path in _STATIC.iterdir() if path.name != "index.html")


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    """A workspace that is mounted below the root, as the sandbox does it."""
    slack = LocalSlack()
    app = Starlette(routes=[Mount("/slack", build_slack(slack))])
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://local") as client:
        yield client
    await slack.close()


async def test_the_page_runs_nothing_but_its_own_files_and_is_never_kept(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.get("/slack/")
    policy = answer.headers["content-security-policy"]
    assert answer.headers["content-type"].startswith("text/html")
    assert policy.startswith("default-src 'self';")
    assert "unsafe" not in policy
    assert answer.headers["cache-control"] == "no-store"


async def test_the_page_names_its_parts_relative_to_where_it_is_mounted(
    client: httpx.AsyncClient,
) -> None:
    page = (await client.get("/slack/")).text
    named = re.findall(r'(?:href|src)="([^"]+)"', page)
    assert "page/main.js" in named
    for address in named:
        assert (await client.get(f"/slack/{address}")).status_code == 200


@pytest.mark.parametrize("name", _PARTS)
async def test_each_part_is_served_in_its_kind_and_imports_only_parts_that_exist(
    client: httpx.AsyncClient, name: str
) -> None:
    answer = await client.get(f"/slack/page/{name}")
    kind = {"js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}
    assert answer.headers["content-type"].partition(";")[0] == kind[name.rpartition(".")[2]]
    assert answer.headers["x-content-type-options"] == "nosniff"
    imported = re.findall(r'from "\./([^"]+)"', answer.text)
    assert set(imported) <= set(_PARTS)


@pytest.mark.parametrize("name", [each for each in _PARTS if each.endswith(".js")])
def test_what_people_and_apps_write_never_becomes_markup_or_code(name: str) -> None:
    ways = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|srcdoc"
    assert re.findall(ways, (_STATIC / name).read_text("utf-8")) == []


@pytest.mark.parametrize(
    "name", ["nothing.js", "..%2Fpage.py", "index.html", "main.js%00", "MAIN.JS"]
)
async def test_nothing_else_is_served(client: httpx.AsyncClient, name: str) -> None:
    assert (await client.get(f"/slack/page/{name}")).status_code == 404
