"""`python -m scripts.screenshots`: plays a short scene in the local workspace and draws it."""

import asyncio
import contextlib
import os
import re
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import yaml
from playwright.async_api import Locator, Page, async_playwright, expect

_ROOT = Path(__file__).parents[1]
_PICTURES = _ROOT / "docs" / "images"
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_ARGUMENTS = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run")
# Slow enough to catch an execution at work.
_SPEED = "2"
_PATIENCE_MS = 60_000.0


def main() -> int:
    """Answers 0 when every picture was taken."""
    browser = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _BROWSERS)), None)
    if browser is None:
        print(f"No browser: set CHROMIUM, or install one of {', '.join(_BROWSERS)}.")
        return 1
    asyncio.run(_play(browser))
    return 0


async def _play(browser: str) -> None:
    expect.set_options(timeout=_PATIENCE_MS)
    _PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="workflow-ops-pictures-") as folder:
        async with _sandbox(folder) as url, _bot(folder, url), _page(browser, url) as page:
            await _running(page)
            await _waiting(page)
            await _failed(page)
            await _alerted(page)
            await _home(page)


async def _running(page: Page) -> None:
    await _command(page, "start document-processing pages=9")
    card = _card(page, "document-processing")
    await expect(card).to_contain_text(re.compile(r"[4-7]/9"))
    await _take(page, "card-running")


async def _waiting(page: Page) -> None:
    await _command(page, "start expense-approval amount=480 employee=ben")
    card = _card(page, "expense-approval")
    await expect(card).to_contain_text("waiting")
    await _open_thread(card)
    await expect(_thread(page).get_by_role("button", name="Approve")).to_be_visible()
    await _take(page, "card-waiting")


async def _failed(page: Page) -> None:
    await _command(page, "start failing-report")
    card = _card(page, "failing-report")
    await expect(card).to_contain_text("failing-report · failed")
    await card.get_by_role("button", name="Trace").click()
    await _open_thread(card)
    picture = _thread(page).get_by_role("img", name=re.compile("waterfall|trace", re.IGNORECASE))
    await expect(picture.first).to_be_visible()
    await picture.first.evaluate("image => image.decode()")
    await _thread(page).get_by_role("button", name=re.compile("^Show .* large")).first.click()
    await _take(page, "failed-waterfall")
    await page.keyboard.press("Escape")


async def _alerted(page: Page) -> None:
    await _command(page, "alerts subscribe workflow=invoice-* mention=@oncall quiet=22-07")
    for number in (3, 5, 8):
        await _command(page, f"start invoice-import server=refuses invoices={number}")
        started = _card(page, f"after {number} requests").first
        await expect(started).to_contain_text("invoice-import · failed")
    alert = _card(page, "Acknowledge").filter(has_text="\u00d73 since")
    await expect(alert).to_contain_text("failed in fetch_invoices")
    await _open_thread(alert)
    await expect(_thread(page)).to_contain_text("#3 failed")
    await alert.scroll_into_view_if_needed()
    await _take(page, "alert")


async def _home(page: Page) -> None:
    await page.get_by_role("button", name="Workflows", exact=True).click()
    home = page.get_by_role("tabpanel", name="Home")
    await expect(home.get_by_role("button", name="Answer…").first).to_be_visible()
    await _take(page, "app-home")


async def _take(page: Page, name: str) -> None:
    await page.mouse.move(640, 30)
    path = _PICTURES / f"{name}.png"
    await page.screenshot(path=path, animations="disabled")
    print(f"{path.relative_to(_ROOT)}: {path.stat().st_size / 1000:.0f} kB")


async def _command(page: Page, text: str) -> None:
    write = page.get_by_role("textbox", name="Message #ops")
    await write.fill(f"/workflows {text}")
    await write.press("Enter")


async def _open_thread(card: Locator) -> None:
    await card.get_by_role("button", name=re.compile(r"\d repl(y|ies)")).click()


def _card(page: Page, words: str) -> Locator:
    return (
        page.get_by_role("log", name="Messages in #ops")
        .get_by_role("article")
        .filter(has_text=words)
    )


def _thread(page: Page) -> Locator:
    return page.get_by_role("complementary", name="Thread")


@contextlib.asynccontextmanager
async def _page(browser: str, url: str) -> AsyncIterator[Page]:
    async with async_playwright() as play:
        running = await play.chromium.launch(executable_path=browser, args=_ARGUMENTS)
        page = await running.new_page(viewport={"width": 1280, "height": 800})
        page.set_default_timeout(_PATIENCE_MS)
        await page.goto(f"{url}/slack/#ana/ops")
        yield page
        await running.close()


@contextlib.asynccontextmanager
async def _sandbox(folder: str) -> AsyncIterator[str]:
    state = ("--speed", _SPEED, "--state", f"{folder}/sandbox")
    async with _program("sandbox", *state, ready="ready ") as line:
        yield line.removeprefix("ready ").strip()


@contextlib.asynccontextmanager
async def _bot(folder: str, url: str) -> AsyncIterator[None]:
    made = await _install(f"{url}/slack/control")
    environment = {
        "MISTRAL_SERVER_URL": url,
        "DATABASE_URL": f"sqlite:///{folder}/workflow-ops.db",
        "SLACK_API_URL": f"{url}/slack/api",
        "SLACK_BOT_TOKEN": made["bot_token"],
        "SLACK_APP_TOKEN": made["app_token"],
        "WORKFLOW_OPS_SLACK_WRITERS": "*",
        "WORKFLOW_OPS_SLACK_ADMINS": "@oncall",
    }
    async with _program("bot", ready="ready", environment=environment):
        yield


async def _install(control: str) -> dict[str, Any]:
    manifest = yaml.safe_load((_ROOT / "manifest.yaml").read_text("utf-8"))
    async with httpx.AsyncClient(trust_env=False) as client:
        made = (await client.post(f"{control}/apps", json={"manifest": manifest})).json()
        invited = {"invite": "ops", "user": made["bot_user_id"]}
        (await client.post(f"{control}/channels", json=invited)).raise_for_status()
    return dict(made)


@contextlib.asynccontextmanager
async def _program(
    module: str, *arguments: str, ready: str, environment: dict[str, str] | None = None
) -> AsyncIterator[str]:
    """A program of this project, from the line that says it is ready to its end."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=os.environ | (environment or {}),
        cwd=_ROOT,
    )
    try:
        assert process.stdout is not None
        yield await _line(process.stdout, module, ready)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _line(output: asyncio.StreamReader, module: str, ready: str) -> str:
    said: list[str] = []
    async for raw in output:
        said.append(raw.decode())
        if said[-1].startswith(ready):
            return said[-1]
    raise RuntimeError(f"{module} did not come up: {''.join(said)}")


if __name__ == "__main__":
    sys.exit(main())
