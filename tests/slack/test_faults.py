"""Faults that a test asks for, as an app meets them."""

import asyncio

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError

from sandbox.slack.faults import Fault
from tests.slack.calling import Caller, calling, error, section
from tests.slack.workspace import until


async def _post(caller: Caller, text: str = "hello") -> str:
    answer = await caller.client.chat_postMessage(channel=caller.ops, text=text)
    return str(answer["ts"])


def _texts(caller: Caller) -> list[str]:
    return [message.text for message in caller.workspace.channel_named("ops").messages]


async def _held_up(caller: Caller) -> None:
    """Wait until a slow answer has begun."""

    async def kinds() -> list[str]:
        return [fault.kind for fault in caller.slack.faults.waiting()]

    await until(kinds, lambda left: "slow" not in left)


async def test_a_reset_before_the_commit_leaves_nothing() -> None:
    async with calling() as caller:
        caller.slack.faults.add(Fault("reset_before", method="chat.postMessage"))
        with pytest.raises(aiohttp.ClientError):
            await _post(caller)

        assert _texts(caller) == []
        assert caller.slack.calls.of()[-1].error == "reset_before"
        await _post(caller, "again")
        assert _texts(caller) == ["again"]


async def test_a_reset_after_the_commit_leaves_the_message() -> None:
    async with calling() as caller:
        caller.slack.faults.add(Fault("reset_after", method="chat.postMessage"))
        with pytest.raises(aiohttp.ClientError):
            await _post(caller)

        assert _texts(caller) == ["hello"]
        call = caller.slack.calls.of()[-1]
        assert (call.ok, call.error) == (True, "reset_after")


async def test_a_caller_that_has_hung_up_is_no_trouble_to_reset(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with calling() as caller:
        for kind in ("slow", "reset_after"):
            caller.slack.faults.add(Fault(kind, method="chat.postMessage", seconds=20))
        posting = asyncio.create_task(_post(caller))
        await _held_up(caller)
        posting.cancel()
        # Whoever answers this has seen the other connection end.
        await caller.client.auth_test()
        caller.workspace.clock.advance(20)

        async def texts() -> list[str]:
            return _texts(caller)

        await until(texts)
        await _post(caller, "again")

    assert _texts(caller) == ["hello", "again"]
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


async def test_a_refused_call_does_not_use_up_a_reset_after_the_commit() -> None:
    async with calling() as caller:
        caller.slack.faults.add(Fault("reset_after", method="chat.postMessage"))

        post = caller.client.chat_postMessage(channel="C0", text="x")
        assert await error(post) == "channel_not_found"
        assert len(caller.slack.faults.waiting()) == 1


async def test_a_server_error_is_no_json() -> None:
    async with calling() as caller:
        caller.slack.faults.add(Fault("error_500"))
        with pytest.raises(SlackApiError) as failure:
            await _post(caller)

        assert failure.value.response.status_code == 500
        assert _texts(caller) == []


async def test_a_burst_of_rate_limits_lasts_as_many_calls_as_asked() -> None:
    async with calling() as caller:
        caller.slack.faults.add(Fault("ratelimited", times=2, retry_after=7))
        for _ in range(2):
            with pytest.raises(SlackApiError) as refused:
                await _post(caller)
            assert refused.value.response.status_code == 429
            assert refused.value.response.headers["retry-after"] == "7"

        await _post(caller)


async def test_a_rate_limit_may_hide_in_an_answer_of_200() -> None:
    async with calling() as caller:
        caller.slack.faults.add(Fault("ratelimited_200"))
        with pytest.raises(SlackApiError) as refused:
            await _post(caller)

        assert refused.value.response.status_code == 200
        assert refused.value.response["error"] == "ratelimited"


async def test_a_method_may_be_missing_for_a_while() -> None:
    async with calling() as caller:
        caller.slack.faults.add(Fault("unknown_method", method="chat.update", times=99, lasts=60))
        ts = await _post(caller)
        update = caller.client.chat_update(channel=caller.ops, ts=ts, text="new")
        assert await error(update) == "unknown_method"

        caller.workspace.clock.advance(60)
        await caller.client.chat_update(channel=caller.ops, ts=ts, text="new")


async def test_a_block_type_may_be_unknown_as_in_a_roll_out() -> None:
    async with calling() as caller:
        caller.slack.faults.add(Fault("invalid_blocks", block_type="divider", times=99))
        known = [section("hello")]
        await caller.client.chat_postMessage(channel=caller.ops, text="x", blocks=known)
        unknown = [*known, {"type": "divider"}]
        post = caller.client.chat_postMessage(channel=caller.ops, text="x", blocks=unknown)

        assert await error(post) == "invalid_blocks"
        caller.slack.faults.clear()
        await caller.client.chat_postMessage(channel=caller.ops, text="x", blocks=unknown)


async def test_a_slow_answer_takes_its_time_of_the_workspace() -> None:
    async with calling() as caller:
        caller.slack.faults.add(Fault("slow", method="chat.postMessage", seconds=20))
        posting = asyncio.create_task(_post(caller))
        await _held_up(caller)

        caller.workspace.clock.advance(19)
        await caller.client.auth_test()
        assert not posting.done()
        caller.workspace.clock.advance(1)
        await posting


async def test_a_fault_may_concern_one_channel_only() -> None:
    async with calling() as caller:
        general = caller.workspace.channel_named("general").id
        caller.slack.faults.add(Fault("unknown_method", channel=general))
        await _post(caller)

        post = caller.client.chat_postMessage(channel=general, text="x")
        assert await error(post) == "unknown_method"


async def test_a_fault_may_begin_later() -> None:
    async with calling() as caller:
        caller.slack.faults.add(Fault("unknown_method", after=30))
        await _post(caller)
        caller.workspace.clock.advance(30)

        assert await error(caller.client.auth_test()) == "unknown_method"


async def test_there_is_no_fault_of_an_unknown_kind() -> None:
    async with calling() as caller:
        with pytest.raises(ValueError, match="flood"):
            caller.slack.faults.add(Fault("flood"))  # type: ignore[arg-type]
