"""Text streams: one reader, one thread, five minutes."""

from typing import Any

import pytest

from sandbox.slack.model import Json
from tests.slack.calling import Caller, calling, error, section
from tests.slack.kit import actions, button

STEP: Json = {"type": "task_update", "id": "t1", "title": "Split", "status": "in_progress"}


async def _thread(caller: Caller) -> Json:
    """Arguments for a stream to Ana in a new thread of #ops."""
    parent = await caller.client.chat_postMessage(channel=caller.ops, text="Why?")
    return {
        "channel": caller.ops,
        "thread_ts": parent["ts"],
        "recipient_user_id": caller.person("ana"),
        "recipient_team_id": caller.workspace.team_id,
    }


async def _started(caller: Caller, **more: Any) -> Json:
    """Channel and ts of a stream that has begun."""
    answer = await caller.client.chat_startStream(**await _thread(caller), **more)
    return {"channel": answer["channel"], "ts": answer["ts"]}


def _blocks(caller: Caller, stream: Json) -> list[Json]:
    return caller.workspace.message(stream["channel"], stream["ts"]).blocks or []


async def test_the_official_streamer_writes_one_reply() -> None:
    async with calling() as caller:
        stream = await caller.client.chat_stream(**await _thread(caller), buffer_size=4)
        await stream.append(markdown_text="**It** ")
        await stream.append(markdown_text="failed.")
        await stream.append(chunks=[STEP])
        marker = {"event_type": "workflow_ops", "event_payload": {"key": "k"}}
        stopped = await stream.stop(
            markdown_text=" Twice.", blocks=[section("The end")], metadata=marker
        )

        message = stopped["message"]
        assert message["text"] == "**It** failed. Twice."
        kinds = [block["type"] for block in message["blocks"]]
        assert kinds == ["markdown", "task_card", "markdown", "section"]
        assert message["blocks"][0]["text"] == "**It** failed."
        assert message["metadata"] == marker
        replies = await caller.client.conversations_replies(
            channel=caller.ops, ts=stream._stream_args["thread_ts"]
        )
        assert [each["ts"] for each in replies["messages"][1:]] == [stream.ts]


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"thread_ts": None}, "invalid_arguments"),
        ({"thread_ts": "1.000001"}, "thread_not_found"),
        ({"recipient_user_id": None}, "missing_recipient_user_id"),
        ({"recipient_team_id": None}, "missing_recipient_team_id"),
        ({"recipient_team_id": "T0"}, "team_not_found"),
        ({"recipient_user_id": "U0"}, "user_not_found"),
        ({"channel": "C0"}, "channel_not_found"),
        ({"task_display_mode": "gallery"}, "invalid_arguments"),
        ({"markdown_text": "x" * 12_001}, "msg_too_long"),
        ({"markdown_text": "x", "chunks": [STEP]}, "invalid_arguments"),
    ],
)
async def test_a_stream_that_cannot_begin_is_refused(changed: Json, name: str) -> None:
    async with calling() as caller:
        arguments = await _thread(caller) | changed
        assert await error(caller.client.chat_startStream(**arguments)) == name


async def test_a_direct_conversation_needs_no_recipient() -> None:
    async with calling() as caller:
        said = await caller.client.chat_postMessage(channel=caller.person("ana"), text="Hello")
        place = {"channel": said["channel"], "thread_ts": said["ts"]}
        assert (await caller.client.chat_startStream(**place, markdown_text="Hi"))["ok"]


async def test_five_minutes_end_a_stream_until_it_is_updated() -> None:
    async with calling() as caller:
        stream = await _started(caller, markdown_text="Starting. ")
        caller.workspace.clock.advance(299)
        await caller.client.chat_appendStream(**stream, markdown_text="Still here.")
        update = caller.client.chat_update
        assert await error(update(**stream, text="Done")) == "streaming_state_conflict"

        caller.workspace.clock.advance(1)
        over = "message_not_in_streaming_state"
        append = caller.client.chat_appendStream
        assert await error(append(**stream, markdown_text="Late")) == over
        assert await error(caller.client.chat_stopStream(**stream)) == over
        assert (await update(**stream, text="Starting. Still here."))["ok"]
        assert await error(append(**stream, markdown_text="Late")) == over


async def test_a_stream_stops_once() -> None:
    async with calling() as caller:
        stream = await _started(caller, markdown_text="Done.")
        await caller.client.chat_stopStream(**stream, session_status="closed")
        again = caller.client.chat_stopStream(**stream)
        assert await error(again) == "message_not_in_streaming_state"
        assert (await caller.client.chat_update(**stream, text="Changed"))["ok"]


async def test_a_stream_belongs_to_the_app_that_began_it() -> None:
    async with calling() as caller:
        stream = await _started(caller)
        stolen = caller.other_app().chat_appendStream(**stream, markdown_text="Mine")
        assert await error(stolen) == "message_not_owned_by_app"


async def test_only_a_stream_is_streamed_to() -> None:
    async with calling() as caller:
        said = await caller.client.chat_postMessage(channel=caller.ops, text="Words")
        append = caller.client.chat_appendStream
        place = {"channel": caller.ops, "ts": said["ts"]}
        refused = await error(append(**place, markdown_text="more"))
        assert refused == "message_not_in_streaming_state"
        missing = append(channel=caller.ops, ts="1.000001", markdown_text="more")
        assert await error(missing) == "message_not_found"


async def test_a_stream_keeps_the_form_in_which_it_began() -> None:
    async with calling() as caller:
        written = await _started(caller, markdown_text="Words")
        chunked = await _started(caller, chunks=[STEP])
        append = caller.client.chat_appendStream
        assert await error(append(**written, chunks=[STEP])) == "streaming_mode_mismatch"
        assert await error(append(**chunked, markdown_text="x")) == "streaming_mode_mismatch"


async def test_an_append_says_something() -> None:
    async with calling() as caller:
        stream = await _started(caller)
        assert await error(caller.client.chat_appendStream(**stream)) == "invalid_arguments"
        nothing = caller.client.chat_appendStream(**stream, chunks=[])
        assert await error(nothing) == "invalid_arguments"


async def test_all_markdown_of_a_stream_is_counted_together() -> None:
    async with calling() as caller:
        stream = await _started(caller, markdown_text="x" * 12_000)
        refused = caller.client.chat_appendStream(**stream, markdown_text="y")
        assert await error(refused) == "msg_too_long"
        assert _blocks(caller, stream)[0]["text"] == "x" * 12_000


@pytest.mark.parametrize(
    ("chunk", "name"),
    [
        ({"type": "song"}, "invalid_arguments"),
        ({"type": "markdown_text"}, "invalid_arguments"),
        ({"type": "task_update", "id": "a", "title": "b"}, "invalid_arguments"),
        (STEP | {"status": "done"}, "invalid_arguments"),
        (STEP | {"sources": [{"type": "url", "url": "x"}]}, "invalid_arguments"),
        ({"type": "plan_update"}, "invalid_arguments"),
        ({"type": "blocks", "blocks": []}, "invalid_arguments"),
        ({"type": "blocks", "blocks": [{"type": "teapot"}]}, "invalid_blocks"),
        ({"type": "blocks", "blocks": [{"type": "divider"}] * 51}, "invalid_arguments"),
    ],
)
async def test_a_chunk_has_its_shape(chunk: Json, name: str) -> None:
    async with calling() as caller:
        stream = await _started(caller)
        answer = await caller.http.post(
            "chat.appendStream",
            json=stream | {"chunks": [chunk]},
            headers={"authorization": f"Bearer {caller.app.bot_token}"},
        )
        assert answer.json()["error"] == name


async def test_a_task_that_comes_again_is_updated_in_its_place() -> None:
    async with calling() as caller:
        stream = await _started(caller, chunks=[STEP, {"type": "markdown_text", "text": "Then"}])
        done = STEP | {"status": "complete", "output": "4 parts"}
        await caller.client.chat_appendStream(**stream, chunks=[done])

        card, words = _blocks(caller, stream)
        assert (card["status"], words["text"]) == ("complete", "Then")
        assert card["output"]["elements"][0]["elements"][0]["text"] == "4 parts"


async def test_a_plan_holds_all_tasks_under_its_title() -> None:
    async with calling() as caller:
        second = STEP | {"id": "t2", "title": "Join", "status": "pending"}
        stream = await _started(caller, task_display_mode="plan", chunks=[STEP, second])
        [plan] = _blocks(caller, stream)
        assert (plan["title"], len(plan["tasks"])) == ("Split", 2)

        title = {"type": "plan_update", "title": "Two steps"}
        await caller.client.chat_appendStream(**stream, chunks=[title])
        assert _blocks(caller, stream)[0]["title"] == "Two steps"


async def test_buttons_of_a_stream_keep_their_ids_while_it_grows() -> None:
    async with calling() as caller:
        row = actions(button())
        stream = await _started(caller, chunks=[{"type": "blocks", "blocks": [row]}])
        before = _blocks(caller, stream)[0]["block_id"]
        await caller.client.chat_appendStream(**stream, chunks=[STEP])
        assert _blocks(caller, stream)[0]["block_id"] == before


async def test_a_refused_ending_leaves_the_stream_open() -> None:
    async with calling() as caller:
        stream = await _started(caller, markdown_text="Words")
        stop = caller.client.chat_stopStream
        assert await error(stop(**stream, blocks=[{"type": "teapot"}])) == "invalid_blocks"
        unfit = stop(**stream, metadata={"event_type": "x"})
        assert await error(unfit) == "invalid_metadata_format"
        assert await error(stop(**stream, session_status="gone")) == "invalid_arguments"
        assert (await stop(**stream))["ok"]
