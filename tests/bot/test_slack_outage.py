"""An hour without Slack, in virtual time: nothing is lost, nothing comes twice, nothing floods."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bot.parts import Parts
from sandbox.slack.call_log import Call
from sandbox.slack.faults import Fault
from sandbox.slack.model import Message
from shared.alerts import subscriptions
from shared.alerts.finding import Kind
from shared.alerts.wanted import Wanted
from shared.call import Actor
from tests.alerts.runs_server import Run
from tests.bot.live_stage import labels, title
from tests.bot.live_stage import shown as texts_of
from tests.bot.stage import installed_app
from tests.bot.told_runs import ToldRuns, told_runs
from tests.bot.virtual_slack import Door, QuietLoop, now, virtual_bot, virtual_slack

MINUTE = 60
HOUR = 60 * MINUTE
WORKFLOWS, ERRORS = 3, ("rate limit of {} ms reached", "cannot open page {}")
FAILURES = 45
# Of all that happens in the hour and would be a call each.
LEAST_SAVED = 4


@pytest.fixture(scope="module")
def anyio_backend() -> tuple[str, dict[str, Any]]:
    return "asyncio", {"loop_factory": QuietLoop}


@dataclass
class Outage:
    """A bot, the executions it tells of, and a Slack that goes away."""

    door: Door
    server: ToldRuns
    parts: Parts
    failed: dict[tuple[str, str], list[Run]] = field(default_factory=dict)
    ended: float = 0.0

    async def subscribe(self, **wanted: Any) -> str:
        ana = next(u for u in self.door.slack.workspace.users.values() if u.name == "ana")
        async with (await self.parts.database.store()).writing() as connection:
            made = await subscriptions.add(
                connection, self.channel, Wanted(**wanted), Actor("slack", ana.id, "Ana"), now()
            )
        return made.id

    @property
    def channel(self) -> str:
        return self.door.slack.workspace.channel_named("ops").id

    def fail(self, number: int) -> None:
        """One of several workflows fails in one of several ways."""
        if number < FAILURES:
            alert = (f"invoice-{number % WORKFLOWS}", ERRORS[number % len(ERRORS)])
            run = self.server.fail(alert[0], f"inv-{number}", alert[1].format(number))
            self.failed.setdefault(alert, []).append(run)

    async def away(self, happening: Callable[[int], None]) -> None:
        """An hour in which every call fails, one way after the other, while things happen."""
        faults = self.door.slack.faults
        faults.add(Fault("reset_after", "chat.postMessage", times=3, lasts=MINUTE))
        # Our own clock falls behind a little: it fails until the door is certainly shut.
        faults.add(Fault("error_500", times=10**9, after=MINUTE, lasts=22 * MINUTE))
        faults.add(Fault("reset_before", times=10**9, after=40 * MINUTE, lasts=20 * MINUTE))
        for second in range(0, HOUR, 10):
            if second == 21 * MINUTE:
                await self.door.shut()
            if second == 40 * MINUTE:
                await self.door.open()
            happening(second)
            await asyncio.sleep(10)
        self.ended = now().timestamp()

    async def settled(self) -> None:
        """Everything that is wanted is shown, and stays so for a while."""
        async with asyncio.timeout(HOUR):
            quiet = 0
            while quiet < 6:
                await asyncio.sleep(10)
                quiet = 0 if await self.parts.outbox.depth() else quiet + 1

    def messages(self, thread: str | None = None) -> list[Message]:
        found = self.door.slack.workspace.channel_named("ops").messages
        ours = [each for each in found if each.app_id and each.metadata and each.to is None]
        return [each for each in ours if _thread(each) == thread]

    def everything(self) -> list[Message]:
        """All that people see of the bot, threads included."""
        return [each for card in self.messages() for each in (card, *self.messages(card.ts))]

    def card(self, *words: str) -> Message:
        """The only message of the channel itself in which all of this is to be read."""
        found = [each for each in self.messages() if all(w in _read(each) for w in words)]
        assert len(found) == 1, f"{len(found)} messages have {words}"
        return found[0]

    def thread(self, card: Message) -> list[str]:
        """The lines below it, in order."""
        return [line for each in self.messages(card.ts) for line in texts_of(each).splitlines()]

    def calls(self) -> list[Call]:
        """All since Slack was there again."""
        return [each for each in self.door.slack.calls.of() if each.time >= self.ended]


@pytest.fixture
async def outage(tmp_path: Path) -> AsyncIterator[Outage]:
    async with virtual_slack() as door, told_runs() as (server, api):
        app = await installed_app(door.slack)
        async with virtual_bot(app, api, f"sqlite:///{tmp_path / 'ops.db'}") as parts:
            yield Outage(door, server, parts)


async def test_after_an_hour_without_slack_all_is_there_once_and_in_few_calls(
    outage: Outage,
) -> None:
    server = outage.server
    repeat = 10 * MINUTE
    await outage.subscribe(workflows=("invoice-*",), repeat_seconds=repeat, mention="@oncall")
    await outage.subscribe(workflows=("billing",), mode="digest", digest_seconds=10 * MINUTE)
    await outage.subscribe(workflows=("approval",), kinds=frozenset({Kind.WAITING}))
    names = ("load", "sync", "approval", "report")
    load, sync, approval, report = (server.begin(name, f"{name}-1") for name in names)
    for run in (load, sync, approval, report):
        await outage.parts.live.watch(run.execution_id, outage.channel, by="U1")
    outage.fail(0)
    await outage.settled()

    def happening(second: int) -> None:
        every(second, MINUTE, lambda number: outage.fail(number + 1))
        every(second, 2 * MINUTE, lambda n: server.fail("billing", f"bill-{n}", "disk is full"))
        every(second, 30, lambda number: step(server, load, f"page-{number:03}"))
        every(second, 10 * MINUTE, lambda number: step(server, sync, f"round-{number}"))
        every(second, 2 * MINUTE, lambda number: stumble(server, report, number))
        if second == 25 * MINUTE:
            server.ask(approval, "May it be paid?")
        if second == 50 * MINUTE:
            server.finish(server.begin("invoice-0", "inv-good"), "COMPLETED")
            server.finish(report, "FAILED", "no figures")
            server.finish(load, "COMPLETED")

    await outage.away(happening)
    await outage.settled()

    for alert, runs in outage.failed.items():
        shows(outage, *alert, runs)
    told = outage.thread(outage.card("load-1"))
    assert title(outage.card("load-1")).startswith("✅ load · completed")
    pages = [line.split("`")[1] for line in told[:-1]]
    assert pages == [f"page-{number:03}" for number in range(50 * 2 + 1)]
    assert "completed after" in told[-1]
    assert title(outage.card("report-1")).startswith("❌ report · failed")
    tried = [line.split("`")[1] for line in outage.thread(outage.card("report-1"))[:-1]]
    assert tried == [f"try-{number}" for number in range(25 + 1)]
    assert len(outage.thread(outage.card("sync-1"))) == HOUR // (10 * MINUTE)
    asks(outage)
    digests = [each for each in outage.messages() if "occurrence" in each.text]
    assert len(digests) <= 2
    assert sum(int(each.text.split()[1]) for each in digests) == HOUR // (2 * MINUTE)

    keys = Counter(str(each.metadata) for each in outage.everything())
    assert set(keys.values()) == {1}
    assert await outage.parts.outbox.dead() == []
    assert outage.parts.calls.counters.limited == 0
    happened = FAILURES + HOUR // (2 * MINUTE) + len(told) + len(tried)
    assert len(outage.calls()) < happened / LEAST_SAVED


def shows(outage: Outage, workflow: str, error: str, runs: list[Run]) -> None:
    """The alert is there once, says how often and since when, and its thread tells each."""
    card = outage.card(workflow, error.partition("{")[0])
    is_over = workflow == "invoice-0"
    how_often = f"failed {len(runs)} times" if is_over else f"×{len(runs)}"  # noqa: RUF001
    assert how_often in _read(card)
    assert _dated(runs[0]) in _read(card)
    lines = [line for line in outage.thread(card) if line.startswith("❌ #")]
    assert [line.split("`")[1] for line in lines] == [run.execution_id for run in runs]
    assert all(_dated(run) in line for run, line in zip(runs, lines, strict=True))
    reminders = [line for line in outage.thread(card) if "still failed" in line]
    # One for the whole hour, and perhaps one that was due right after it.
    assert len(reminders) <= (0 if is_over else 2)


def asks(outage: Outage) -> None:
    """The question waits below its card, with its buttons, and an alert says so."""
    [asked] = outage.messages(outage.card("approval-1", "Watched by").ts)
    assert "May it be paid?" in _read(asked)
    assert labels(asked)
    assert "waits for" in _read(outage.card("approval", "alert "))


def every(second: int, period: int, do: Callable[[int], object]) -> None:
    """Do it once a period."""
    if second % period == 0:
        do(second // period)


def step(server: ToldRuns, run: Run, name: str) -> None:
    """A step begins and is done."""
    if run.status == "RUNNING":
        server.step(run, name, "STARTED")
        server.step(run, name, "COMPLETED")


def stumble(server: ToldRuns, run: Run, number: int) -> None:
    """A step fails for good, which is told at once."""
    if run.status == "RUNNING":
        server.step(run, f"try-{number}", "STARTED")
        failure = {"message": f"figure {number} is missing"}
        server.step(run, f"try-{number}", "FAILED", attempt=1, failure=failure)


def _thread(message: Message) -> str | None:
    return message.thread_ts if message.thread_ts != message.ts else None


def _read(message: Message) -> str:
    """All that a message says, the notification too."""
    return f"{message.text} {texts_of(message)}"


def _dated(run: Run) -> str:
    """How Slack is told when it ended."""
    assert run.end is not None
    return f"<!date^{int(run.end.timestamp())}^"
