"""How soon 200 slash commands at once are acknowledged while the Workflows API is slow."""

import asyncio
import contextlib
import statistics
import time
from dataclasses import dataclass, field

from aiohttp import web

from benchmarks.slack_stage import BOT, SlackStage, served, slack_stage
from benchmarks.table import Row
from sandbox.slack.acknowledgement import PATIENCE, NotAcknowledged
from sandbox.slack.commands import run_command
from sandbox.slack.workspace import Happening

_COMMANDS = 200
_API_SECONDS = 5
_MINIMAL = ("-m", "benchmarks.minimal_bolt")
_ROUNDS = 3
_BOUND_MS = 300
_PATIENCE_SECONDS = 120


def measure() -> list[Row]:
    """Both transports; beside each the smallest Bolt app, in turns and on the same workspace."""
    return [
        asyncio.run(_row("Socket Mode", by_http=False)),
        asyncio.run(_row("signed HTTP", by_http=True)),
    ]


async def _row(transport: str, *, by_http: bool) -> Row:
    ours, minimal = [], []
    for _ in range(_ROUNDS):
        minimal.append(await _burst(_MINIMAL, by_http=by_http))
        ours.append(await _burst(BOT, by_http=by_http))
    # Other work on the machine can only add to a time.
    best, floor = min(ours, key=_p99), min(minimal, key=_p99)
    return Row(
        f"{_COMMANDS} slash commands at once, API takes {_API_SECONDS} s, {transport}",
        f"p50 {_p50(best):.0f}, p99 {_p99(best):.0f}, max {max(best):.0f} ms",
        f"Bolt that only acks: p99 {_p99(floor):.0f} ms",
        _p99(best),
        "at most",
        _BOUND_MS,
        "ms",
    )


async def _burst(command: tuple[str, ...], *, by_http: bool) -> list[float]:
    """The milliseconds from sending each command to its acknowledgement."""
    async with (
        served([web.route("*", "/{path:.*}", _slowly)]) as api_url,
        slack_stage(command, api_url, by_http=by_http) as stage,
    ):
        answers = _Answers.of(stage)
        await _acknowledged(stage, 0, "help")
        answers.forget()
        times = await asyncio.gather(
            *(_acknowledged(stage, number, "list") for number in range(_COMMANDS))
        )
        if command == BOT:
            # An acknowledgement is a promise: each of them is kept.
            await answers.all(sum(each < PATIENCE * 1000 for each in times))
    return times


async def _acknowledged(stage: SlackStage, number: int, words: str) -> float:
    workspace = stage.slack.workspace
    people = [workspace.users[f] for f in sorted(workspace.channel_named("ops").members)]
    members = [user for user in people if not user.app_id and not user.guest]
    began = time.perf_counter()
    # What is given up after three seconds counts with these three seconds.
    with contextlib.suppress(NotAcknowledged):
        await run_command(
            stage.slack,
            members[number % len(members)],
            workspace.channel_named("ops"),
            f"/workflows {words}",
        )
    return (time.perf_counter() - began) * 1000


@dataclass(slots=True)
class _Answers:
    """What the bot said to people alone."""

    count: int = 0
    more: asyncio.Event = field(default_factory=asyncio.Event)

    @classmethod
    def of(cls, stage: SlackStage) -> "_Answers":
        answers = cls()
        stage.slack.workspace.listen(answers.hear)
        return answers

    def hear(self, happening: Happening) -> None:
        if happening.kind == "ephemeral":
            self.count += 1
            self.more.set()

    def forget(self) -> None:
        self.count = 0

    async def all(self, wanted: int) -> None:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while self.count < wanted:
                self.more.clear()
                await self.more.wait()


async def _slowly(_: web.Request) -> web.Response:
    await asyncio.sleep(_API_SECONDS)
    return web.json_response({"executions": [], "next_page_token": None})


def _p50(times: list[float]) -> float:
    return statistics.median(times)


def _p99(times: list[float]) -> float:
    return statistics.quantiles(times, n=100, method="inclusive")[98]


if __name__ == "__main__":
    from benchmarks.table import draw

    print(draw(measure()))
