"""Slack's rate limits, on the clock of the workspace."""

import pytest
from slack_sdk.errors import SlackApiError

from sandbox.slack.limits import POST_BURST, Limits, Tier
from sandbox.slack.refusals import RateLimited
from tests.slack.calling import Caller, calling


async def _calls(caller: Caller, method: str, times: int) -> int | None:
    """Call so often; says after how many calls Slack had enough."""
    for number in range(times):
        try:
            await caller.client.api_call(method, params={"usergroup": "S0000000010"})
        except SlackApiError as error:
            if error.response.status_code == 429:
                return number
    return None


async def _posts(caller: Caller, times: int, channel: str) -> list[int]:
    """Post so often; the seconds that Slack asked to wait, 0 where it took the message."""
    waits = []
    for number in range(times):
        try:
            await caller.client.chat_postMessage(channel=channel, text=f"{number}")
        except SlackApiError as error:
            limited = error.response["error"] == "ratelimited"
            waits.append(int(error.response.headers["retry-after"]) if limited else -1)
        else:
            waits.append(0)
    return waits


async def test_a_method_may_be_called_as_often_a_minute_as_its_tier_says() -> None:
    async with calling() as caller:
        assert await _calls(caller, "usergroups.list", 21) == 20
        assert await _calls(caller, "usergroups.users.list", 20) is None, "each has its own count"

        caller.workspace.clock.advance(60)
        assert await _calls(caller, "usergroups.list", 20) is None


async def test_apps_do_not_use_up_the_calls_of_one_another() -> None:
    async with calling() as caller:
        other = caller.other_app()
        await _calls(caller, "usergroups.list", 21)

        await other.usergroups_list()


async def test_retry_after_is_when_the_next_call_is_let_in() -> None:
    async with calling() as caller:
        clock = caller.workspace.clock
        await _calls(caller, "usergroups.list", 10)
        clock.advance(30)
        await _calls(caller, "usergroups.list", 10)
        with pytest.raises(SlackApiError) as refused:
            await caller.client.usergroups_list()
        wait = int(refused.value.response.headers["retry-after"])

        assert wait == 30
        clock.advance(wait)
        assert await _calls(caller, "usergroups.list", 11) == 10


async def test_a_channel_takes_a_short_burst_of_posts_and_then_one_a_second() -> None:
    async with calling() as caller:
        clock = caller.workspace.clock

        assert await _posts(caller, POST_BURST + 2, caller.ops) == [0] * POST_BURST + [1, 1]
        clock.advance(1)
        assert await _posts(caller, 2, caller.ops) == [0, 1]
        clock.advance(60)
        assert await _posts(caller, POST_BURST + 1, caller.ops) == [0] * POST_BURST + [1]


async def test_a_full_channel_does_not_hold_up_another() -> None:
    async with calling() as caller:
        await _posts(caller, POST_BURST, caller.ops)

        assert await _posts(caller, 1, caller.workspace.channel_named("general").id) == [0]


async def test_limits_can_be_switched_off() -> None:
    async with calling() as caller:
        caller.slack.limits.enabled = False

        assert await _posts(caller, POST_BURST * 3, caller.ops) == [0] * POST_BURST * 3


def test_an_app_may_open_all_its_sockets_at_once_but_not_forever() -> None:
    limits = Limits()
    limits.clock.freeze()
    for _ in range(10):
        limits.call("A1", "apps.connections.open", Tier.T1)
    with pytest.raises(RateLimited) as refused:
        limits.call("A1", "apps.connections.open", Tier.T1)

    assert refused.value.retry_after == 600
