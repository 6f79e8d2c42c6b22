"""Who may do what: rights by id, by group and by handle, and the trail that acts leave."""

from pathlib import Path

import pytest

from sandbox.slack.local import LocalSlack
from tests.bot.stage import (
    BotStage,
    after,
    answer,
    bot_stage,
    newest,
    people_of_acme,
    seen,
    text_of,
)
from tests.mcp_server.faces import Stage, fresh
from tests.slack.workspace import Person

_LEVELS = ("read", "write", "destructive")


@pytest.mark.parametrize(
    ("writers", "admins", "levels"),
    [
        ((), (), {"ana": "read", "cleo": "read"}),
        (("cleo",), (), {"ana": "read", "cleo": "write"}),
        (("approvers",), ("oncall",), {"ana": "destructive", "cleo": "write"}),
        (("@approvers",), ("@oncall", "@nobody"), {"ana": "destructive", "cleo": "write"}),
        (("*",), ("ana",), {"ana": "destructive", "cleo": "write"}),
    ],
    ids=["nobody", "by id", "by group", "by handle", "everybody"],
)
async def test_rights_are_given_to_people_groups_handles_or_everybody(
    sandbox_url: str,
    tmp_path: Path,
    writers: tuple[str, ...],
    admins: tuple[str, ...],
    levels: dict[str, str],
) -> None:
    slack = LocalSlack()
    settings = people_of_acme(writers=ids(slack, writers), admins=ids(slack, admins))
    database = tmp_path / "ops.db"
    async with bot_stage(sandbox_url, database, slack=slack, settings=settings) as stage:
        for name, level in levels.items():
            async with stage.person(name) as person:
                shown = await answer(person, "whoami", f"level is {level}")
                allowed = _LEVELS[: _LEVELS.index(level) + 1]
                told = text_of(shown["blocks"])
                assert told.count("✅") == len(allowed)
                assert told.count("🔒") == len(_LEVELS) - len(allowed)


def ids(slack: LocalSlack, names: tuple[str, ...]) -> frozenset[str]:
    """Names of people and groups as the ids that a setting has."""
    people = {user.name: user.id for user in slack.workspace.users.values()}
    groups = {group.handle: group.id for group in slack.workspace.groups.values()}
    return frozenset((people | groups).get(name, name) for name in names)


@pytest.mark.parametrize("typed", ["terminate {}", "reset {}", "cancel {}", "schedules delete {}"])
async def test_who_may_not_destroy_gets_no_form_but_a_reason(face: BotStage, typed: str) -> None:
    stage = Stage(face.api_url)
    schedules = typed.startswith("schedules")
    target = await (stage.schedule() if schedules else stage.start("long-sync", seconds=4_000))
    async with face.person("cleo") as cleo:
        shown = await answer(cleo, typed.format(target), "WORKFLOW_OPS_SLACK_ADMINS")
        assert shown["ephemeral"]
        assert await cleo.views() == []


async def test_guests_and_people_of_elsewhere_are_refused_everywhere(face: BotStage) -> None:
    async with face.person("dora") as dora, face.person("eve") as eve:
        mention = await dora.say("ops", "@workflows list")
        await seen(dora, "Guests cannot use", thread=mention)
        said = await dora.direct("list")
        await after(dora, said["ts"], "Guests cannot use", channel=said["channel"])
        before = await newest(dora, said["channel"])
        await dora.shortcut("pending_inputs")
        await after(dora, before, "Guests cannot use", channel=said["channel"])
        await answer(eve, "start daily-digest", "other workspaces", channel="shared-partners")


async def test_the_trail_names_person_channel_and_message(face: BotStage, on_call: Person) -> None:
    execution_id = fresh("trail")
    card = await answer(
        on_call, f"start long-sync seconds=4000 execution_id={execution_id}", "is running"
    )
    await on_call.click(card, "Cancel…")
    await seen(on_call, "asked it to stop", thread=card["ts"])
    trail = await answer(on_call, "audit limit=5", "cancel_executions")
    rows = [text_of(each) for each in trail["blocks"] if execution_id in text_of(each)]
    assert len(rows) == 2
    link = f"/archives/{card['channel']}/p{card['ts'].replace('.', '')}"
    assert link in str(trail["blocks"])
    assert card["channel"] in str(trail["blocks"])


async def test_what_was_refused_is_in_the_trail(face: BotStage, on_call: Person) -> None:
    execution_id = await Stage(face.api_url).start("long-sync", seconds=4_000)
    async with face.person("cleo") as cleo:
        await answer(cleo, f"cancel {execution_id}", "WORKFLOW_OPS_SLACK_ADMINS")

    trail = await answer(on_call, "audit by=@cleo limit=3", "Audit trail")
    assert execution_id in text_of(trail)
    assert "refused" in text_of(trail)
