"""The pace of calls, in virtual time, and what calls say when Slack does not."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.delivery import Pacing, Priority, SlackCalls, SlackRefused, SlackUnreachable
from sandbox.slack.faults import Fault
from tests.bot.deliveries import World, world
from tests.shared.virtual_time import VirtualLoop


@pytest.fixture(scope="module")
def anyio_backend() -> tuple[str, dict[str, Any]]:
    return "asyncio", {"loop_factory": VirtualLoop}


@pytest.fixture
async def ops(tmp_path: Path) -> AsyncIterator[World]:
    async with world(f"sqlite:///{tmp_path / 'ops.db'}") as made:
        yield made


def virtual() -> Pacing:
    return Pacing(clock=asyncio.get_running_loop().time)


async def times(
    pacing: Pacing, method: str, number: int, channel: str | None = None
) -> list[float]:
    """When so many calls go that ask for their turn together, in seconds from now."""
    loop = asyncio.get_running_loop()
    began, went = loop.time(), []

    async def go() -> None:
        await pacing.turn(method, channel, Priority.INTERACTIVE)
        went.append(loop.time() - began)

    await asyncio.gather(*(go() for _ in range(number)))
    return went


@pytest.mark.parametrize(
    ("method", "calls"), [("chat.update", 50), ("views.open", 100), ("conversations.list", 20)]
)
async def test_no_minute_has_more_calls_than_slack_promises(method: str, calls: int) -> None:
    went = await times(virtual(), method, calls * 3)

    for start in went:
        assert sum(start <= each < start + 59.9 for each in went) <= calls


async def test_no_minute_has_more_calls_when_one_process_goes_on_for_another() -> None:
    loop, began = asyncio.get_running_loop(), asyncio.get_running_loop().time()
    went = await times(virtual(), "chat.update", 60)
    for _ in range(5):
        next_one, at = virtual(), loop.time() - began
        next_one.follow()
        went += [at + each for each in await times(next_one, "chat.update", 8)]

    for start in went:
        assert sum(start <= each < start + 59.9 for each in went) <= 50


async def test_a_channel_gets_a_post_a_second_after_a_short_burst() -> None:
    went = await times(virtual(), "chat.postMessage", 8, "C1")

    assert [round(each) for each in went] == [0, 0, 0, 1, 2, 3, 4, 5]


async def test_channels_do_not_wait_for_each_other() -> None:
    pacing = virtual()
    went = await asyncio.gather(
        *(times(pacing, "chat.postMessage", 3, f"C{number}") for number in range(5))
    )

    assert all(each < 0.1 for one in went for each in one)


async def test_who_waits_is_served_by_priority_and_then_by_age() -> None:
    pacing = virtual()
    while pacing.take("chat.update", None, Priority.INTERACTIVE):
        pass
    order: list[str] = []

    async def go(name: str, priority: Priority) -> None:
        await pacing.turn("chat.update", None, priority)
        order.append(name)

    async with asyncio.TaskGroup() as group:
        for name in ("refresh 1", "refresh 2", "end 1", "person 1", "end 2", "person 2"):
            kind = {"r": Priority.REFRESH, "e": Priority.TERMINAL, "p": Priority.INTERACTIVE}
            group.create_task(go(name, kind[name[0]]))

    assert order == ["person 1", "person 2", "end 1", "end 2", "refresh 1", "refresh 2"]


async def test_refreshes_leave_room_for_people() -> None:
    pacing = virtual()
    while pacing.take("chat.update", None, Priority.REFRESH):
        pass

    assert pacing.take("chat.update", None, Priority.TERMINAL)
    while pacing.take("chat.update", None, Priority.TERMINAL):
        pass
    assert pacing.take("chat.update", None, Priority.INTERACTIVE)


async def test_a_turn_that_is_given_up_is_left_to_the_next() -> None:
    pacing = virtual()
    await times(pacing, "chat.postMessage", 3, "C1")
    waiting = asyncio.create_task(pacing.turn("chat.postMessage", "C1", Priority.INTERACTIVE))
    await asyncio.sleep(0)
    waiting.cancel()
    went = await times(pacing, "chat.postMessage", 1, "C1")

    assert went[0] <= 1.01


async def test_a_refusal_pauses_the_method_and_slows_it_down_until_it_goes_well() -> None:
    pacing = virtual()
    pacing.limited("chat.update", None, 30)
    slowed = pacing.speed("chat.update")
    went = await times(pacing, "chat.update", 1)
    for _ in range(100):
        pacing.went_well("chat.update", None)

    assert went[0] >= 29.9
    assert slowed == 0.5
    assert pacing.speed("chat.update") == 1


async def test_a_post_refused_in_one_channel_does_not_stop_the_others() -> None:
    pacing = virtual()
    pacing.limited("chat.postMessage", "C1", 30)
    elsewhere = await times(pacing, "chat.postMessage", 1, "C2")
    pacing.limited("chat.postMessage", "C2", 30)
    now_everywhere = await times(pacing, "chat.postMessage", 1, "C3")

    assert elsewhere[0] < 0.1
    assert now_everywhere[0] >= 29.9


@pytest.mark.parametrize("kind", ["reset_before", "reset_after", "error_500"])
async def test_a_read_is_repeated(ops: World, kind: Any) -> None:
    ops.slack.faults.add(Fault(kind, method="auth.test", times=2))
    answer = await ops.calls.call("auth.test", {}, Priority.INTERACTIVE)

    assert answer["user_id"] == ops.app.user


@pytest.mark.parametrize("kind", ["reset_before", "reset_after", "error_500"])
async def test_a_post_is_not_repeated(ops: World, kind: Any) -> None:
    ops.slack.faults.add(Fault(kind, method="chat.postMessage"))
    post = {"channel": ops.channel("ops").id, "text": "hello"}
    with pytest.raises(SlackUnreachable) as caught:
        await ops.calls.call("chat.postMessage", post, Priority.INTERACTIVE)

    assert caught.value.maybe_done
    assert len(ops.texts()) == (1 if kind == "reset_after" else 0)


async def test_a_repeated_reaction_that_had_arrived_is_a_success(ops: World) -> None:
    channel = ops.channel("ops").id
    post = await ops.calls.call(
        "chat.postMessage", {"channel": channel, "text": "hello"}, Priority.INTERACTIVE
    )
    ops.slack.faults.add(Fault("reset_after", method="reactions.add"))
    reaction = {"channel": channel, "timestamp": post["ts"], "name": "eyes"}
    answer = await ops.calls.call("reactions.add", reaction, Priority.INTERACTIVE)

    assert answer["ok"]


async def test_a_service_that_is_not_there_did_nothing() -> None:
    calls = SlackCalls(AsyncWebClient("xoxb-none", base_url="http://127.0.0.1:1/api/"), virtual())
    with pytest.raises(SlackUnreachable) as caught:
        await calls.call("chat.postMessage", {"channel": "C1", "text": "x"}, Priority.INTERACTIVE)

    assert not caught.value.maybe_done


async def test_a_refusal_says_what_to_do(ops: World) -> None:
    ops.app.scopes.discard("users:read")
    with pytest.raises(SlackRefused, match="Add the scope") as caught:
        await ops.calls.call("users.info", {"user": ops.app.user}, Priority.INTERACTIVE)

    assert (caught.value.error, caught.value.needed) == ("missing_scope", "users:read")


async def test_patience_that_never_ends_is_refused(ops: World) -> None:
    ops.slack.faults.add(Fault("ratelimited", method="auth.test", times=50, retry_after=1))
    with pytest.raises(SlackRefused, match="fewer calls"):
        await ops.calls.call("auth.test", {}, Priority.INTERACTIVE)
