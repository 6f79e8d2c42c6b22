"""How soon 100 live cards show how their executions ended, under Slack's limits.

Everything runs in real time: the local workspace limits as Slack documents it, by the wall clock.
"""

import asyncio
import random
import statistics
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from benchmarks.live_api import ENDS, LiveApi, Planned
from benchmarks.slack_stage import BOT, SlackStage, served, slack_stage
from benchmarks.table import Row
from sandbox.slack.commands import run_command
from sandbox.slack.model import Channel, Json
from sandbox.slack.workspace import Happening

_CARDS = len(ENDS)
_CHANNELS = 10
_WORDS = {
    "COMPLETED": "completed",
    "FAILED": "failed",
    "CANCELED": "cancelled",
    "TERMINATED": "terminated",
    "TIMED_OUT": "timed out",
}
_BOUND_SECONDS = 5
# Twenty-five ends a minute: half of the updates that Slack takes, for the others refresh cards.
_SPREAD_SECONDS = 240
_RUSH_SECONDS = 60
# What Slack takes is 50 updates a minute; most of a rush has to wait for the minutes after it.
_RUSH_BOUND_SECONDS = 120
_PATIENCE_SECONDS = 240


def measure() -> list[Row]:
    """Both paces beside each other, each with a workspace, an API and a bot of its own."""
    return asyncio.run(_both())


async def _both() -> list[Row]:
    spread, rush = await asyncio.gather(_show(_SPREAD_SECONDS), _show(_RUSH_SECONDS))
    return [
        spread.row(f"ends spread over {_SPREAD_SECONDS} s (25 a minute; Slack takes 50 updates)"),
        rush.row("all end within one minute", _RUSH_BOUND_SECONDS),
    ]


@dataclass(slots=True)
class _Shown:
    """When each card showed how its execution ended, seconds after the end."""

    delays: dict[str, float] = field(default_factory=dict)
    calls: int = 0
    limited: int = 0
    events: int = 0

    def row(self, name: str, bound: float = _BOUND_SECONDS) -> Row:
        delays = sorted(self.delays.values())
        slow = statistics.quantiles(delays, n=20, method="inclusive")[18]
        return Row(
            f"{_CARDS} live cards, {name}: p95",
            f"{len(delays)} shown, p50 {statistics.median(delays):.1f}, max {delays[-1]:.1f} s",
            f"{self.calls / self.events:.2f} calls an event, {self.limited} times limited",
            slow,
            "at most",
            bound,
            "s",
        )


async def _show(seconds: float) -> _Shown:
    api = LiveApi(_planned(seconds))
    async with served(api.routes) as url, slack_stage(BOT, url) as stage:
        channels = stage.channels(_CHANNELS)
        await _watch_all(stage, api, channels)
        shown = _Shown()
        listening = _Listening(stage, api, channels, shown)
        stage.slack.calls.clear()
        await api.play()
        await listening.all_shown()
        shown.events = api.events
        shown.calls, shown.limited = _calls(stage)
    return shown


async def _watch_all(stage: SlackStage, api: LiveApi, channels: list[Channel]) -> None:
    """Every card is there before anything happens."""
    changed = asyncio.Event()
    stage.slack.workspace.listen(lambda _: changed.set())
    ana = next(user for user in stage.slack.workspace.users.values() if user.name == "ana")
    for number, name in enumerate(api.executions):
        channel = channels[number % len(channels)]
        await run_command(stage.slack, ana, channel, f"/workflows watch {name}")
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while sum(len(list(_cards(channel))) for channel in channels) < _CARDS:
            changed.clear()
            await changed.wait()
    # The bucket that the first minute has used is full again, and every stream is open.
    await asyncio.sleep(10)


class _Listening:
    """Looks at each card whenever it changes."""

    def __init__(
        self, stage: SlackStage, api: LiveApi, channels: list[Channel], shown: _Shown
    ) -> None:
        self._stage, self._api, self._shown = stage, api, shown
        self._done = asyncio.Event()
        self._owners = {
            (channel.id, ts): next(name for name in api.executions if f"`{name}`" in text)
            for channel in channels
            for ts, text in _cards(channel)
        }
        assert len(self._owners) == _CARDS
        stage.slack.workspace.listen(self._hear)

    async def all_shown(self) -> None:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            await self._done.wait()

    def _hear(self, happening: Happening) -> None:
        name = self._owners.get((happening.channel or "", happening.ts or ""))
        if name is None or name in self._shown.delays:
            return
        planned = self._api.executions[name]
        message = self._stage.slack.workspace.message(happening.channel or "", happening.ts or "")
        title = str((message.blocks or [{}])[0].get("text", {}).get("text", ""))
        if planned.ended is not None and _WORDS[planned.end_status] in title:
            self._shown.delays[name] = time.time() - planned.ended
            if len(self._shown.delays) == _CARDS:
                self._done.set()


def _planned(seconds: float) -> list[Planned]:
    """Ends at random moments, the same in every run."""
    dice = random.Random(7)
    ends = list(ENDS)
    dice.shuffle(ends)
    return [
        Planned(f"execution-{number:03}", status, dice.uniform(0, seconds))
        for number, status in enumerate(ends)
    ]


def _cards(channel: Channel) -> Iterator[tuple[str, str]]:
    """The first messages of threads that apps have posted for all to see."""
    for message in channel.messages:
        if message.app_id and message.to is None and message.thread_ts is None:
            yield message.ts, " ".join(_texts(message.blocks or []))


def _texts(blocks: Iterable[Json]) -> Iterator[str]:
    for block in blocks:
        text = block.get("text")
        if isinstance(text, dict):
            yield str(text.get("text", ""))


def _calls(stage: SlackStage) -> tuple[int, int]:
    calls = stage.slack.calls.of()
    return len(calls), sum(call.error == "ratelimited" for call in calls)


if __name__ == "__main__":
    from benchmarks.table import draw

    print(draw(measure()))
