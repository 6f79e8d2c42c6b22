"""Following an execution over a real socket; time is virtual, so that nothing has to wait."""

import asyncio
import gc
import logging
import tracemalloc
from contextlib import aclosing
from typing import Any

import pytest

from shared.api import open_api
from shared.errors import NotFound, Unauthorized, Unavailable
from shared.events import Frame
from shared.stream import Checked, Ended, Pace, StreamLost, follow
from tests.shared.streaming_server import ID, Connection, StreamingServer, frame, streaming
from tests.shared.virtual_time import VirtualLoop, virtual_pace


@pytest.fixture(scope="module")
def anyio_backend() -> tuple[str, dict[str, Any]]:
    return "asyncio", {"loop_factory": VirtualLoop}


async def followed(api: Any, pace: Pace | None = None, **options: Any) -> list[str]:
    """What following an execution to its end brings: event ids, and how it ended."""
    brought = []
    async with aclosing(follow(api, ID, pace=pace or virtual_pace(), **options)) as items:
        async for item in items:
            brought.append(shown(item))
    return brought


def shown(item: Frame | Checked | Ended) -> str:
    match item:
        case Frame():
            return item.data.event_id
        case Checked():
            return f"open: {item.execution.status}"
        case Ended():
            return f"ended: {item.execution.status}"


def completing(server: StreamingServer, *numbers: int) -> Any:
    """A step that sends frames, the last of which says that the execution is complete."""

    async def step(connection: Connection) -> None:
        await connection.send(*[frame(number) for number in numbers[:-1]])
        server.status = "COMPLETED"
        await connection.send(frame(numbers[-1], "WORKFLOW_EXECUTION_COMPLETED"))

    return step


async def test_events_come_in_order_and_then_the_end() -> None:
    async with streaming() as (api, server):
        server.steps = [completing(server, 1, 2, 3)]

        assert await followed(api) == ["event-1", "event-2", "event-3", "ended: COMPLETED"]
        assert server.opened == [None]


async def test_a_broken_connection_goes_on_after_the_last_complete_event() -> None:
    async def broken(connection: Connection) -> None:
        await connection.send(frame(1), frame(2), frame(3)[:200])
        connection.abort()

    async with streaming(broken) as (api, server):
        server.steps.append(completing(server, 3, 4))

        assert await followed(api) == [f"event-{n}" for n in (1, 2, 3, 4)] + ["ended: COMPLETED"]
        assert server.opened == [None, "2"]


async def test_a_stream_that_is_closed_early_is_opened_again() -> None:
    async def closed(connection: Connection) -> None:
        await connection.send(frame(1))
        await connection.end()

    async with streaming(closed) as (api, server):
        server.steps.append(completing(server, 2))

        assert await followed(api) == ["event-1", "event-2", "ended: COMPLETED"]
        assert server.opened == [None, "1"]


async def test_each_frame_says_where_to_go_on_after_it() -> None:
    async def step(connection: Connection) -> None:
        without_id = frame(3).partition("\n")[2]
        await connection.send(frame(1), frame(2), without_id)
        server.status = "TERMINATED"

    async with streaming(step) as (api, server):
        items = [item async for item in follow(api, ID, last_event_id="0", pace=virtual_pace())]

        assert [item.cursor for item in items if isinstance(item, Frame)] == ["1", "2", "2"]
        assert server.opened == ["0"]


async def test_a_server_that_starts_again_from_the_beginning_repeats_nothing() -> None:
    """Far more than the ids that are remembered."""
    numbers = range(1, 5_001)

    async def much(connection: Connection) -> None:
        await connection.send("".join(frame(number) for number in numbers))
        await connection.end()

    async with streaming(much) as (api, server):
        server.steps.append(completing(server, *numbers, 5_001))

        brought = await followed(api)

        assert brought == [f"event-{n}" for n in (*numbers, 5_001)] + ["ended: COMPLETED"]


async def test_a_server_that_lost_its_count_is_still_heard() -> None:
    """Small sequence numbers with later times are news."""

    async def much(connection: Connection) -> None:
        await connection.send("".join(frame(number) for number in range(10_000, 13_000)))
        await connection.end()

    async def restarted(connection: Connection) -> None:
        later = 1_795_306_572_000_000_000 + 20_000
        await connection.send(frame(7, event_timestamp=later))
        server.status = "TERMINATED"

    async with streaming(much, restarted) as (api, server):
        assert (await followed(api))[-2:] == ["event-7", "ended: TERMINATED"]


async def test_unknown_event_types_and_fields_are_kept() -> None:
    async def step(connection: Connection) -> None:
        await connection.send(frame(1, "SOMETHING_NEW", novelty={"a": 1}))
        server.status = "TERMINATED"

    async with streaming(step) as (api, server):
        first = await anext(follow(api, ID, pace=virtual_pace()))

        assert isinstance(first, Frame)
        assert first.data.event_type == "SOMETHING_NEW"
        assert first.data.model_dump()["novelty"] == {"a": 1}


@pytest.mark.parametrize(
    "broken",
    [
        "data: {not json\n\n",
        "data: [DONE]\n\n",
        "data: null\n\n",
        'data: {"data": {"event_id": "x"}}\n\n',
        f"data: {'[' * 100_000}\n\n",
        frame(9).replace('"event_timestamp": 1', '"event_timestamp": "soon'),
        frame(9).replace('"attributes": {', '"attributes": [{'),
    ],
)
async def test_a_broken_frame_is_skipped_and_counted(
    broken: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with streaming() as (api, server):

        async def step(connection: Connection) -> None:
            await connection.send(frame(1), broken, broken, frame(2))
            server.status = "TERMINATED"

        server.steps = [step]
        items = [item async for item in follow(api, ID, pace=virtual_pace())]

        frames = [item for item in items if isinstance(item, Frame)]
        assert [(each.data.event_id, each.missed) for each in frames] == [
            ("event-1", 0),
            ("event-2", 2),
        ]
        assert server.opened == [None]
        assert [record.levelno for record in caplog.records if "skipped" in record.message] == [
            logging.WARNING,
            logging.WARNING,
        ]


async def test_text_that_json_allows_and_utf8_does_not_costs_nothing() -> None:
    async def step(connection: Connection) -> None:
        attributes = '{"text": "\\ud83d"}'
        await connection.send(
            frame(1).replace('{"custom_task_id"', f'{{"x": {attributes}, "custom_task_id"')
        )
        server.status = "TERMINATED"

    async with streaming(step) as (api, server):
        first = await anext(follow(api, ID, pace=virtual_pace()))

        assert isinstance(first, Frame)
        assert first.data.attributes["x"] == {"text": "\ufffd"}


@pytest.mark.parametrize(
    "fault",
    [
        'event: error\ndata: {"error": "gone", "reason": "read_error"}\n\n',
        'event: error\ndata: {"error": "gone", "reason": "a new one"}\n\n',
        "event: error\ndata: not even json\n\n",
        "event: error\ndata\n\n",
        'data: {"error": "gone", "reason": "internal_error"}\n\n',
    ],
)
async def test_an_error_in_the_stream_opens_it_again(fault: str) -> None:
    async def faulty(connection: Connection) -> None:
        await connection.send(frame(1), fault, frame(99))

    async with streaming(faulty) as (api, server):
        server.steps.append(completing(server, 2))

        assert await followed(api) == ["event-1", "event-2", "ended: COMPLETED"]
        assert server.opened == [None, "1"]


async def test_silence_opens_the_stream_again() -> None:
    async def silent(connection: Connection) -> None:
        await connection.send(frame(1))

    async with streaming(silent) as (api, server):
        server.steps.append(completing(server, 2))

        assert await followed(api) == ["event-1", "event-2", "ended: COMPLETED"]
        assert server.opened == [None, "1"]
        assert 60 <= server.times[1] - server.times[0] < 62


async def test_heartbeats_keep_a_quiet_stream_open() -> None:
    async def quiet(connection: Connection) -> None:
        for _ in range(40):
            await asyncio.sleep(15)
            await connection.send(": ping\n\n")
        await completing(server, 1)(connection)

    async with streaming(quiet) as (api, server):
        assert await followed(api) == ["event-1", "ended: COMPLETED"]
        assert server.opened == [None]


async def test_a_stream_that_a_proxy_cuts_every_minute_is_never_given_up() -> None:
    async def cut(connection: Connection) -> None:
        await connection.send(": ping\n\n")
        await asyncio.sleep(30)
        connection.abort()

    async with streaming(*[cut] * 12) as (api, server):
        server.steps.append(completing(server, 1))

        assert await followed(api) == ["event-1", "ended: COMPLETED"]
        # Each time without a growing wait.
        assert server.times[-1] - server.times[0] < 12 * 31


@pytest.mark.parametrize("status", [429, 503])
async def test_the_wait_that_a_server_asks_for_is_kept(status: int) -> None:
    async def busy(connection: Connection) -> None:
        await connection.refuse(status, retry_after="17")

    async with streaming(busy) as (api, server):
        server.steps.append(completing(server, 1))

        assert await followed(api) == ["event-1", "ended: COMPLETED"]
        assert 17 <= server.times[1] - server.times[0] < 18


async def test_a_server_cannot_ask_for_an_endless_wait() -> None:
    async def busy(connection: Connection) -> None:
        await connection.refuse(429, retry_after="86400")

    async with streaming(busy) as (api, server):
        server.steps.append(completing(server, 1))

        assert await followed(api) == ["event-1", "ended: COMPLETED"]
        assert server.times[1] - server.times[0] < 122


async def test_the_stream_itself_can_say_how_long_to_wait() -> None:
    async def step(connection: Connection) -> None:
        await connection.send("retry: 9000\n\n", frame(1))
        await connection.end()

    async with streaming(step) as (api, server):
        server.steps.append(completing(server, 2))

        assert await followed(api) == ["event-1", "event-2", "ended: COMPLETED"]
        assert 9 <= server.times[1] - server.times[0] < 10


async def test_a_stream_that_always_breaks_is_given_up() -> None:
    async def broken(connection: Connection) -> None:
        connection.abort()

    async with streaming(*[broken] * 20) as (api, server):
        with pytest.raises(StreamLost) as error:
            await followed(api)

        assert str(error.value).startswith(
            "The event stream of execution 'order-41' broke 8 times in a row, the last time with: "
        )
        assert str(error.value).endswith("The execution itself goes on; try again later.")
        assert len(server.opened) == 8
        waits = [
            later - sooner for sooner, later in zip(server.times, server.times[1:], strict=False)
        ]
        assert waits == sorted(waits)


async def test_each_event_that_arrives_renews_the_patience() -> None:
    def delivers(number: int) -> Any:
        async def step(connection: Connection) -> None:
            await connection.send(frame(number))
            connection.abort()

        return step

    async with streaming(*[delivers(number) for number in range(1, 31)]) as (api, server):
        server.steps.append(completing(server, 31))

        assert len(await followed(api)) == 32


async def test_a_stream_that_always_ends_at_once_is_not_given_up() -> None:
    """A server may answer with what is stored and close."""

    async def empty(connection: Connection) -> None:
        await connection.end()

    async with streaming(*[empty] * 20) as (api, server):
        server.steps.append(completing(server, 1))

        assert await followed(api) == ["event-1", "ended: COMPLETED"]


async def test_an_answer_that_is_no_stream_is_given_up() -> None:
    async def page(connection: Connection) -> None:
        await connection.open("text/html")
        await connection.send("<html>")
        await connection.end()

    async with streaming(*[page] * 8) as (api, _):
        with pytest.raises(StreamLost, match="not an event stream"):
            await followed(api)


async def test_an_oversized_event_is_dropped_and_the_stream_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def step(connection: Connection) -> None:
        huge = frame(2, attributes={"text": "x" * 300_000})
        await connection.send(frame(1), *[huge[i : i + 5_000] for i in range(0, len(huge), 5_000)])
        await connection.send(frame(3))
        server.status = "TERMINATED"

    async with streaming(step) as (api, server):
        pace = virtual_pace(largest_event=100_000)
        items = [item async for item in follow(api, ID, pace=pace)]

        frames = [item for item in items if isinstance(item, Frame)]
        assert [(each.data.event_id, each.missed) for each in frames] == [
            ("event-1", 0),
            ("event-3", 1),
        ]
        assert server.opened == [None]
        assert "larger than 100,000 bytes" in caplog.text


async def test_a_failure_that_the_api_denies_is_reported_as_open_and_following_goes_on() -> None:
    """Ordinary exceptions in workflow code emit FAILED, and the execution is retried for ever."""

    async def step(connection: Connection) -> None:
        await connection.send(
            frame(1, "WORKFLOW_EXECUTION_STARTED"), frame(2, "WORKFLOW_EXECUTION_FAILED")
        )
        await asyncio.sleep(3)
        await connection.send(
            frame(3, "WORKFLOW_EXECUTION_STARTED"), frame(4, "WORKFLOW_EXECUTION_FAILED")
        )
        await asyncio.sleep(15)
        await completing(server, 5, 6)(connection)

    async with streaming(step) as (api, server):
        assert await followed(api) == [
            "event-1",
            "event-2",
            "open: RUNNING",
            "event-3",
            "event-4",
            "open: RUNNING",
            "event-5",
            "event-6",
            "ended: COMPLETED",
        ]


async def test_the_status_may_turn_after_the_event() -> None:
    async def step(connection: Connection) -> None:
        await connection.send(frame(1, "WORKFLOW_EXECUTION_COMPLETED"))
        await asyncio.sleep(0.6)
        server.status = "COMPLETED"

    async with streaming(step) as (api, server):
        assert await followed(api) == ["event-1", "ended: COMPLETED"]
        assert 3 <= server.looks <= 8


@pytest.mark.parametrize("status", ["TERMINATED", "TIMED_OUT"])
async def test_an_end_without_any_event_is_found(status: str) -> None:
    async def step(connection: Connection) -> None:
        await connection.send(frame(1))
        await asyncio.sleep(20)
        server.status = status

    async with streaming(step) as (api, server):
        assert await followed(api) == ["event-1", f"ended: {status}"]
        assert server.looks < 8


async def test_a_cancelled_execution_may_report_a_failure() -> None:
    async def step(connection: Connection) -> None:
        server.status = "CANCELED"
        await connection.send(frame(1, "WORKFLOW_EXECUTION_FAILED"))

    async with streaming(step) as (api, server):
        assert await followed(api) == ["event-1", "ended: CANCELED"]


async def test_an_execution_that_continues_as_new_is_followed_into_its_next_run() -> None:
    async def step(connection: Connection) -> None:
        server.status = "CONTINUED_AS_NEW"
        await connection.send(
            frame(1, "WORKFLOW_EXECUTION_CONTINUED_AS_NEW"),
            frame(2, "WORKFLOW_EXECUTION_STARTED", workflow_run_id="run-2"),
        )
        await asyncio.sleep(20)
        server.status = "RUNNING"
        await asyncio.sleep(20)
        await completing(server, 3)(connection)

    async with streaming(step) as (api, server):
        assert await followed(api) == ["event-1", "event-2", "event-3", "ended: COMPLETED"]


async def test_an_execution_that_continues_elsewhere_ends_here() -> None:
    async with streaming() as (api, server):
        server.status = "CONTINUED_AS_NEW"

        assert await followed(api) == ["ended: CONTINUED_AS_NEW"]


async def test_the_end_of_a_child_is_not_the_end() -> None:
    async def step(connection: Connection) -> None:
        await connection.send(frame(1, "WORKFLOW_EXECUTION_COMPLETED", workflow_exec_id="child"))
        await asyncio.sleep(3)
        await completing(server, 2)(connection)

    async with streaming(step) as (api, server):
        assert await followed(api) == ["event-1", "event-2", "ended: COMPLETED"]


async def test_events_that_follow_the_terminal_event_are_not_lost() -> None:
    async def step(connection: Connection) -> None:
        server.status = "COMPLETED"
        await connection.send(frame(1, "WORKFLOW_EXECUTION_COMPLETED"))
        await asyncio.sleep(0.1)
        await connection.send(frame(2, "ACTIVITY_TASK_COMPLETED"))

    async with streaming(step) as (api, server):
        assert await followed(api) == ["event-1", "event-2", "ended: COMPLETED"]


async def test_an_end_that_is_known_before_the_stream_opens_is_told_after_the_last_event() -> None:
    async def late(connection: Connection) -> None:
        await asyncio.sleep(0.1)
        await connection.send(frame(1, "WORKFLOW_EXECUTION_COMPLETED"))

    async with streaming(late) as (api, server):
        server.status = "COMPLETED"

        assert await followed(api) == ["event-1", "ended: COMPLETED"]


@pytest.mark.parametrize("status", ["COMPLETED", "TERMINATED"])
async def test_a_stream_that_opens_long_after_the_end_is_told_whole(status: str) -> None:
    async def slow(connection: Connection) -> None:
        await asyncio.sleep(8)
        await connection.send(frame(1))
        await connection.send(frame(2))

    async with streaming(slow) as (api, server):
        server.status = status

        assert await followed(api) == ["event-1", "event-2", f"ended: {status}"]


async def test_the_end_is_told_even_where_the_stream_never_opens() -> None:
    async def silent(connection: Connection) -> None:
        await asyncio.sleep(600)

    async with streaming(silent) as (api, server):
        server.status = "COMPLETED"
        began = asyncio.get_running_loop().time()

        assert await followed(api) == ["ended: COMPLETED"]
        assert asyncio.get_running_loop().time() - began < 20


async def test_a_worker_that_reports_late_is_waited_for() -> None:
    async def late(connection: Connection) -> None:
        await connection.send(frame(1))
        await asyncio.sleep(4)
        await connection.send(frame(2), frame(3, "WORKFLOW_EXECUTION_COMPLETED"))

    async with streaming(late) as (api, server):
        server.status = "COMPLETED"

        assert await followed(api) == ["event-1", "event-2", "event-3", "ended: COMPLETED"]


async def test_what_came_while_the_process_stood_still_is_read_before_the_end_is_told() -> None:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)

    async def step(connection: Connection) -> None:
        await connection.send(frame(1))
        await asyncio.sleep(1)
        await connection.send(frame(2))
        loop.stand_still(20)

    async with streaming(step) as (api, server):
        server.status = "TERMINATED"

        assert await followed(api) == ["event-1", "event-2", "ended: TERMINATED"]


async def test_the_end_is_told_by_a_process_that_stands_still_all_the_time() -> None:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)

    async def stand_still_for_ever() -> None:
        while True:
            await asyncio.sleep(0.1)
            loop.stand_still(1.5)

    async def beats(connection: Connection) -> None:
        while True:
            await connection.send(": ping\n\n")
            await asyncio.sleep(10)

    async with streaming(beats) as (api, server):
        server.status = "TERMINATED"
        standing = asyncio.create_task(stand_still_for_ever())
        async with asyncio.timeout(600):
            assert (await followed(api))[-1] == "ended: TERMINATED"
        standing.cancel()


async def test_a_stream_that_closes_is_asked_once_more_for_what_came_with_the_end() -> None:
    """Executions that are terminated tell nothing, and servers close such streams."""

    async def stored(connection: Connection) -> None:
        await connection.send(frame(1))
        await asyncio.sleep(0.1)
        await connection.end()

    async def nothing(connection: Connection) -> None:
        await connection.end()

    async with streaming(stored, nothing) as (api, server):
        server.status = "TERMINATED"

        assert await followed(api) == ["event-1", "ended: TERMINATED"]
        assert server.opened == [None, "1"]


async def test_a_slow_reader_gets_all_of_an_execution_that_ended_long_ago() -> None:
    """The backlog is larger than what is kept in memory for the reader."""
    numbers = range(1, 3_001)

    async def backlog(connection: Connection) -> None:
        await connection.send(*[frame(number) for number in numbers])
        await connection.send(frame(3_001, "WORKFLOW_EXECUTION_COMPLETED"))

    async with streaming(backlog) as (api, server):
        server.status = "COMPLETED"
        brought: list[str] = []
        async for item in follow(api, ID, pace=virtual_pace(buffer=100, silence=5)):
            if len(brought) % 1_000 == 0:
                await asyncio.sleep(7)
            brought.append(shown(item))

        assert brought == [f"event-{n}" for n in (*numbers, 3_001)] + ["ended: COMPLETED"]
        assert server.opened == [None]


async def test_a_false_failure_in_the_backlog_does_not_cut_it_short() -> None:
    async def backlog(connection: Connection) -> None:
        await connection.send(frame(1, "WORKFLOW_EXECUTION_FAILED"))
        await asyncio.sleep(0.1)
        await connection.send(frame(2, "WORKFLOW_EXECUTION_STARTED"))
        await asyncio.sleep(1)
        await connection.send(frame(3, "WORKFLOW_EXECUTION_COMPLETED"))

    async with streaming(backlog) as (api, server):
        server.status = "COMPLETED"

        assert await followed(api) == ["event-1", "event-2", "event-3", "ended: COMPLETED"]


async def test_the_end_is_told_even_where_the_stream_is_gone() -> None:
    async def gone(connection: Connection) -> None:
        await connection.refuse(404)

    async with streaming(gone) as (api, server):
        server.status = "FAILED"

        assert await followed(api) == ["ended: FAILED"]


async def test_the_end_is_told_even_where_the_stream_breaks_for_ever() -> None:
    async def broken(connection: Connection) -> None:
        connection.abort()

    async with streaming(*[broken] * 20) as (api, server):
        server.status = "COMPLETED"

        assert await followed(api) == ["ended: COMPLETED"]


@pytest.mark.parametrize(("status", "error"), [(404, NotFound), (401, Unauthorized)])
async def test_a_refusal_is_raised_at_once(status: int, error: type[Exception]) -> None:
    async def refused(connection: Connection) -> None:
        await connection.refuse(status)

    async with streaming(refused) as (api, server):
        with pytest.raises(error):
            await followed(api)
        assert len(server.opened) == 1


async def test_looks_that_fail_for_a_while_are_repeated() -> None:
    async with streaming() as (api, server):
        server.refusals = [(503, {}), (429, {"retry-after": "3"}), (500, {})]
        server.steps = [completing(server, 1)]

        assert await followed(api) == ["event-1", "ended: COMPLETED"]


async def test_looks_that_fail_for_long_end_the_following() -> None:
    async with streaming() as (api, server):
        server.refusals = [(500, {})] * 1_000

        with pytest.raises(Unavailable, match="Could not read execution 'order-41'"):
            await followed(api)


async def test_an_api_that_cannot_be_reached_is_given_up() -> None:
    async with streaming() as (_, server):
        pass
    async with open_api(server.url, "key") as api:
        with pytest.raises((Unavailable, StreamLost), match="no connection to the API"):
            await followed(api)


async def test_closing_leaves_nothing_behind() -> None:
    """Neither a task nor the connection, wherever the reader stops."""
    async with streaming() as (api, server):
        server.steps = [sends_three] * 3
        for count in range(1, 4):
            async with aclosing(follow(api, ID, pace=virtual_pace())) as items:
                for _ in range(count):
                    await anext(items)
            assert names_of_tasks() == []
            await server.departures.acquire()


async def test_cancelling_at_any_moment_leaves_nothing_behind() -> None:
    async def never_ending() -> None:
        async for _ in follow(api, ID, pace=virtual_pace()):
            pass

    async with streaming() as (api, server):
        for turns in range(60):
            server.steps = [sends_three]
            task = asyncio.create_task(never_ending())
            for _ in range(turns):
                await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert names_of_tasks() == []


async def test_a_reader_may_put_a_deadline_around_it() -> None:
    async with streaming(sends_three) as (api, _):
        brought: list[str] = []

        async def read() -> None:
            async for item in follow(api, ID, pace=virtual_pace()):
                brought.append(shown(item))

        with pytest.raises(TimeoutError):
            await asyncio.wait_for(read(), 50)
        assert brought == ["event-1", "event-2", "event-3"]
        assert names_of_tasks() == []


async def test_memory_does_not_grow_with_the_stream() -> None:
    async def long(connection: Connection) -> None:
        for start in range(0, 9_000, 100):
            await connection.send("".join(frame(start + n) for n in range(100)))
        server.status = "TERMINATED"

    async with streaming(long) as (api, server):
        sizes = []
        tracemalloc.start()
        count = 0
        async for _ in follow(api, ID, pace=virtual_pace()):
            count += 1
            if count in {3_000, 9_000}:
                gc.collect()
                sizes.append(tracemalloc.get_traced_memory()[0])
        tracemalloc.stop()

        assert count == 9_001
        assert sizes[1] - sizes[0] < 500_000


async def sends_three(connection: Connection) -> None:
    await connection.send(frame(1), frame(2), frame(3))


def names_of_tasks() -> list[str]:
    """What still runs besides the test and the server."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    names = [getattr(task.get_coro(), "__qualname__", str(task)) for task in others]
    return [name for name in names if not name.startswith(("StreamingServer.", "TestRunner."))]
