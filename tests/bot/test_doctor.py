"""`doctor`: what people in Slack and on the command line are told of the bot's connections."""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.doctor import Doctor
from bot.doctor.slack_checks import slack_examinations
from bot.doctor.slack_look import SlackLook
from bot.settings import BotSettings
from bot.slack_app import SlackApp
from sandbox.slack.faults import Fault
from sandbox.slack.local import LocalSlack
from shared.api import open_api
from shared.context import utc_now
from shared.doctor.check import Check, Verdict
from shared.doctor.examining import examine
from tests.bot.stage import (
    BotStage,
    answer,
    bot_stage,
    installed_app,
    people_of_acme,
    text_of,
)
from tests.slack.workspace import Person, local_slack

_UNKNOWN = "xoxb-nobody-has-this"


async def test_everybody_may_ask_and_those_who_may_write_are_told_details(
    face: BotStage, on_call: Person
) -> None:
    shown = await answer(on_call, "doctor everything=true", "🩺 Everything")

    assert shown["ephemeral"]
    words = text_of(shown["blocks"])
    assert face.api_url in words
    assert "connections are open" in words
    assert "live cards" in words
    assert "Assumptions" in words
    assert "There is more" not in words


async def test_people_who_may_only_look_are_told_names_and_no_hosts(
    sandbox_url: str, tmp_path: Path
) -> None:
    settings = BotSettings()
    async with (
        bot_stage(sandbox_url, tmp_path / "ops.db", settings=settings) as stage,
        stage.person("cleo") as cleo,
    ):
        shown = await answer(cleo, "doctor everything=true", "worth a look")
        words = text_of(shown["blocks"])
        again = await answer(cleo, "doctor", "worth a look")

    assert "Slack · rights" in words
    assert "WORKFLOW_OPS_SLACK_WRITERS" in words
    assert "people who may write" in words
    assert sandbox_url not in words
    assert str(tmp_path) not in words
    assert len(text_of(again["blocks"])) > 0


async def test_a_scope_that_was_taken_away_is_told_in_slack(
    sandbox_url: str, tmp_path: Path
) -> None:
    async with (
        bot_stage(sandbox_url, tmp_path / "ops.db") as stage,
        stage.person("ana") as ana,
    ):
        stage.app.scopes.discard("files:write")
        shown = await answer(ana, "doctor", "Something is wrong")

    words = text_of(shown["blocks"])
    assert "missing: files:write" in words
    assert "install it again" in words


@contextlib.asynccontextmanager
async def installed() -> AsyncIterator[tuple[LocalSlack, SlackApp]]:
    """A workspace with the app in it, and no bot at work."""
    async with local_slack() as slack:
        yield slack, await installed_app(slack)


async def slack_checks(
    app: SlackApp, settings: BotSettings | None = None, clock: Callable[..., object] = utc_now
) -> dict[str, Check]:
    """What is found in Slack alone, by name."""
    look = SlackLook(app, clock)  # type: ignore[arg-type]
    checks = await examine(slack_examinations(look, settings or people_of_acme(), None))
    return {check.name: check for check in checks}


async def test_an_app_as_it_is_in_the_manifest_is_well() -> None:
    async with installed() as (_, app):
        found = await slack_checks(app)

    assert {name: each.outcome for name, each in found.items() if _is_trouble(each)} == {}
    assert found["app token"].verdict is Verdict.OK
    assert found["cards"].outcome.found == "Slack takes live cards, questions, alerts"
    assert "@" in found["bot token"].outcome.found


def _is_trouble(check: Check) -> bool:
    return check.verdict in (Verdict.WARNING, Verdict.BAD)


async def test_a_wrong_bot_token_is_bad_and_what_needs_it_is_skipped() -> None:
    async with installed() as (_, app):
        found = await slack_checks(replace(app, bot_token=_UNKNOWN))

    assert found["bot token"].verdict is Verdict.BAD
    assert "SLACK_BOT_TOKEN" in found["bot token"].outcome.advice
    assert found["scopes"].verdict is Verdict.SKIPPED
    assert _UNKNOWN not in repr(found)


async def test_a_wrong_app_token_is_bad_and_says_which_scope_it_needs() -> None:
    async with installed() as (_, app):
        found = await slack_checks(replace(app, app_token=_UNKNOWN))

    assert found["app token"].verdict is Verdict.BAD
    assert "connections:write" in found["app token"].outcome.advice
    assert found["scopes"].verdict is Verdict.OK


@pytest.mark.parametrize(
    ("scope", "verdict"),
    [("chat:write", Verdict.BAD), ("channels:history", Verdict.WARNING)],
    ids=["needed", "optional"],
)
async def test_a_missing_scope_is_as_bad_as_what_it_is_for(scope: str, verdict: Verdict) -> None:
    async with installed() as (slack, app):
        next(iter(slack.workspace.apps.values())).scopes.discard(scope)
        found = await slack_checks(app)

    assert found["scopes"].verdict is verdict
    assert scope in found["scopes"].outcome.found


async def test_slack_out_of_reach_is_bad_and_asked_too_often_is_nothing() -> None:
    async with installed() as (slack, app):
        slack.faults.add(Fault("ratelimited", method="apps.connections.open"))
        limited = await slack_checks(app)
    gone = await slack_checks(app)

    assert limited["app token"].verdict is Verdict.SKIPPED
    assert gone["bot token"].verdict is Verdict.BAD
    assert "could not be reached" in gone["bot token"].outcome.found


async def test_a_clock_that_differs_from_slacks_is_bad() -> None:
    async with installed() as (_, app):
        found = await slack_checks(app, clock=lambda: utc_now() - timedelta(minutes=10))

    assert found["clock"].verdict is Verdict.BAD
    assert "ahead of this one" in found["clock"].outcome.found


async def test_rights_for_nobody_or_for_an_unknown_group_are_worth_a_look() -> None:
    async with installed() as (_, app):
        nobody = await slack_checks(app, BotSettings())
        unknown = await slack_checks(app, people_of_acme(admins=frozenset({"@oncal"})))

    assert nobody["rights"].verdict is Verdict.WARNING
    assert unknown["rights"].verdict is Verdict.WARNING
    assert "@oncal" in unknown["rights"].outcome.found


async def test_many_who_ask_at_once_are_told_what_one_look_found(
    sandbox_url: str, tmp_path: Path
) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'ops.db'}"
    async with installed() as (slack, app), open_api(sandbox_url, None) as api:
        doctor = Doctor(api, app, people_of_acme(), url)
        reports = await asyncio.gather(*(doctor.report() for _ in range(5)))
        asked = slack.calls.of("auth.test")

    assert len({id(report) for report in reports}) == 1
    assert len(asked) == 1


async def test_the_command_line_tells_of_slack_too(sandbox_url: str, tmp_path: Path) -> None:
    async with installed() as (_, app):
        well, wrong = await asyncio.gather(
            command(app, sandbox_url, tmp_path),
            command(replace(app, bot_token=_UNKNOWN), sandbox_url, tmp_path),
        )

    assert (well[0], wrong[0]) == (0, 1)
    assert "bot token" in well[1]
    assert "  bad      bot token" in wrong[1]
    assert _UNKNOWN not in wrong[1]


async def command(app: SlackApp, api_url: str, folder: Path) -> tuple[int | None, str]:
    """`workflow-bot doctor`: its exit code and what it says."""
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "doctor"),
        env=environment
        | {
            "WORKFLOW_OPS_STATE_DIR": str(folder),
            "MISTRAL_SERVER_URL": api_url,
            "SLACK_API_URL": app.api_url,
            "SLACK_BOT_TOKEN": app.bot_token,
            "SLACK_APP_TOKEN": app.app_token or "",
        },
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    return process.returncode, out.decode()
