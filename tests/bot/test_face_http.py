"""The same bot behind signed HTTP: what Slack signs is done, everything else refused."""

import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from slack_sdk.signature import SignatureVerifier

from bot.transport.http import PATH
from tests.bot.stage import BotStage, answer, bot_stage, form

_BODY = "command=%2Fworkflows&text=whoami"


@pytest.fixture(scope="module")
async def posted(
    sandbox_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[BotStage]:
    """A bot to which Slack posts."""
    database: Path = tmp_path_factory.mktemp("http") / "ops.db"
    async with bot_stage(sandbox_url, database, http=True) as running:
        yield running


async def test_commands_buttons_and_forms_work_as_they_do_by_socket(posted: BotStage) -> None:
    async with posted.person("ana") as ana:
        shown = await answer(ana, "whoami", "your level is destructive")
        assert shown["ephemeral"]
        await ana.click(shown, "Help")
        await answer(ana, "workflows search=expense", "expense-approval")
        await ana.command("ops", "/workflows start order-batch")
        await form(ana, "How many orders")
        await ana.say("ops", "@workflows whoami")
        assert posted.app.request_url is not None


@pytest.mark.parametrize("stamp", ["", "yesterday", "-1", "1e9", "٣"])
async def test_a_time_stamp_that_is_none_is_refused(posted: BotStage, stamp: str) -> None:
    assert await status(posted, _BODY, {b"X-Slack-Request-Timestamp": stamp.encode()}) == 401


async def test_a_wrong_signature_is_refused(posted: BotStage) -> None:
    headers = signed("another secret", _BODY, time.time())
    assert await status(posted, _BODY, headers) == 401


async def test_a_delivery_of_ten_minutes_ago_is_refused(posted: BotStage) -> None:
    headers = signed(posted.app.signing_secret, _BODY, time.time() - 600)
    assert await status(posted, _BODY, headers) == 401


async def test_a_body_that_is_too_large_is_refused(posted: BotStage) -> None:
    body = "x" * 3_000_000
    headers = signed(posted.app.signing_secret, body, time.time())
    assert await status(posted, body, headers) == 413


async def test_a_signed_body_that_says_nothing_is_no_crash(posted: BotStage) -> None:
    for body in ("", "{", "payload=%7B", "a=b"):
        headers = signed(posted.app.signing_secret, body, time.time())
        assert 200 <= await status(posted, body, headers) < 500


def signed(secret: str, body: str, moment: float) -> dict[bytes, bytes]:
    """The headers of a delivery."""
    stamp = str(int(moment))
    signature = SignatureVerifier(secret).generate_signature(timestamp=stamp, body=body) or ""
    return {b"X-Slack-Request-Timestamp": stamp.encode(), b"X-Slack-Signature": signature.encode()}


async def status(posted: BotStage, body: str, headers: dict[bytes, bytes]) -> int:
    """How the bot answers a post."""
    url = str(posted.app.request_url)
    assert url.endswith(PATH)
    given = {b"Content-Type": b"application/x-www-form-urlencoded", **headers}
    async with httpx.AsyncClient(trust_env=False, verify=False) as client:
        return (await client.post(url, content=body, headers=given)).status_code
