"""What is too long for a message is a file below it, whole; and text where Slack takes no file."""

import json
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import httpx
import pytest

from bot.render.files import pretty
from sandbox.slack.faults import Fault, FaultKind
from sandbox.slack.model import Json
from shared.operations.pending import read_pending
from tests.bot.stage import BotStage, after, newest, seen, text_of
from tests.mcp_server.faces import fresh
from tests.sandbox import exports
from tests.slack.workspace import Person, until

WORDS = "Zażółć gęślą jaźń <@U1> &amp; `code` *bold* 日本語 "


@pytest.fixture(scope="module")
async def long_one(face: BotStage) -> str:
    """An execution with a result of more than a hundred thousand characters."""
    return await approved(face, *(f"{number}: {WORDS * 480}\nline two" for number in range(5)))


@pytest.fixture(scope="module")
async def medium(face: BotStage) -> str:
    """An execution with a result that a few messages can hold."""
    return await approved(face, *(f"{number}: {WORDS * 40}" for number in range(9)))


async def test_a_long_result_is_a_file_in_the_thread_with_every_byte_of_it(
    face: BotStage, on_call: Person, long_one: str
) -> None:
    said = await on_call.say("ops", f"@workflows result {long_one}")
    note = await seen(on_call, "characters, in the file", thread=said)
    [file] = await files(face, on_call, "ops", said)

    assert len(text_of(note)) < 300
    assert file == await whole_result(face, long_one)
    assert len(file) > 100_000


async def test_to_one_person_alone_the_file_comes_as_a_direct_message(
    face: BotStage, on_call: Person, medium: str
) -> None:
    before = await newest(on_call)
    await on_call.command("ops", f"/workflows result {medium}")
    note = await after(on_call, before, f"result-{medium}.json")
    [file] = (await files(face, on_call, await direct(face, on_call), None))[-1:]

    assert note["ephemeral"]
    assert "in your direct messages" in text_of(note)
    assert file == await whole_result(face, medium)


async def test_logs_and_the_history_are_files_that_have_every_line(
    face: BotStage, on_call: Person
) -> None:
    execution_id = await executed(face, "document-processing", pages=9)
    written = [f"record {number}: {WORDS * 12}\n  and a second line" for number in range(20)]
    await log(face, execution_id, written)
    await until(lambda: logged(face, execution_id), lambda found: set(written) <= set(found))
    logs = await on_call.say("ops", f"@workflows logs {execution_id} limit=200 order=asc")
    [told] = await files(face, on_call, "ops", logs)
    history = await on_call.say("ops", f"@workflows history {execution_id} limit=200")
    [listed] = await files(face, on_call, "ops", history)
    asked = f"@workflows history {execution_id} limit=5 details=true"
    [details] = await files(face, on_call, "ops", await on_call.say("ops", asked))

    # A line for each record, so that line ends in them are spaces.
    assert all(" ".join(record.split()) in told.decode() for record in written)
    events = (await face.read(f"/executions/{execution_id}/history"))["events"]
    numbers = [int(line.split()[0].rstrip("↩")) for line in listed.decode().splitlines()]
    assert numbers == list(range(1, len(events) + 1))
    assert json.loads(details).keys() == {str(number) for number in numbers[:5]}


async def test_without_the_right_to_upload_the_whole_text_is_in_the_thread(
    face: BotStage, on_call: Person, medium: str
) -> None:
    async with without(face, "files:write"):
        said = await on_call.say("ops", f"@workflows result {medium}")
        note = await seen(on_call, "Its text follows", thread=said)
        wanted = (await whole_result(face, medium)).decode()
        await until(lambda: spelled(on_call, said), lambda text: text == wanted)

    assert "missing_scope (files:write)" in text_of(note)


@pytest.mark.parametrize("method", ["files.getUploadURLExternal", "files.completeUploadExternal"])
@pytest.mark.parametrize("kind", ["unknown_method", "error_500"])
async def test_an_upload_that_fails_loses_nothing(
    face: BotStage, on_call: Person, medium: str, method: str, kind: FaultKind
) -> None:
    async with faulty(face, Fault(kind, method, times=99)):
        said = await on_call.say("ops", f"@workflows result {medium}")
        note = await seen(on_call, "Its text follows", thread=said)
        wanted = (await whole_result(face, medium)).decode()
        await until(lambda: spelled(on_call, said), lambda text: text == wanted)

    assert method in text_of(note)


async def test_a_file_for_one_person_whom_the_bot_cannot_write_to_is_text_for_them_alone(
    face: BotStage, on_call: Person, medium: str
) -> None:
    before = await newest(on_call)
    async with without(face, "im:write"):
        await on_call.command("ops", f"/workflows result {medium}")
        note = await after(on_call, before, "Its text follows")
        wanted = (await whole_result(face, medium)).decode()

        async def told() -> str:
            shown = await on_call.messages("ops")
            return "".join(map(preformatted, (each for each in shown if each["ts"] > before)))

        await until(told, lambda text: text == wanted)

    assert note["ephemeral"]
    assert "im:write" in text_of(note)


async def test_a_picture_that_slack_does_not_take_is_drawn_in_letters(
    face: BotStage, on_call: Person, medium: str
) -> None:
    await traced(face, medium, "check_policy")
    async with without(face, "files:write"):
        said = await on_call.say("ops", f"@workflows trace {medium}")
        drawn = await seen(on_call, "missing_scope", thread=said)

    assert "check_policy" in preformatted(drawn)
    assert len(await on_call.messages("ops", said)) == 3, "the question, the answer, the bars"


async def approved(face: BotStage, *notes: str) -> str:
    """An execution that was given notes, which it returns."""
    execution_id, api = fresh("noted"), face.parts.api
    await api.execute_workflow("expense-approval", input={}, execution_id=execution_id)
    for note in notes:
        await api.signal_execution(execution_id, "note", {"text": note})
    [pending] = await until(lambda: read_pending(api, execution_id))
    answer = {"task_id": pending.task_id, "input": {"approved": True, "comment": ""}}
    await api.update_execution(execution_id, "__submit_input", answer)
    await ended(face, execution_id)
    return execution_id


async def traced(face: BotStage, execution_id: str, step: str) -> None:
    """Wait for what workers send seconds late."""

    async def trace() -> str:
        return (await face.parts.api.get_trace_summary(execution_id)).model_dump_json()

    await until(trace, lambda found: step in found, deadline=180)


async def executed(face: BotStage, workflow: str, **given: object) -> str:
    """An execution that is over."""
    execution_id = fresh(workflow)
    await face.parts.api.execute_workflow(workflow, input=given, execution_id=execution_id)
    await ended(face, execution_id)
    return execution_id


async def ended(face: BotStage, execution_id: str) -> None:
    async def status() -> str:
        return str((await face.read(f"/executions/{execution_id}"))["status"])

    await until(status, lambda found: found == "COMPLETED", deadline=120)


async def whole_result(face: BotStage, execution_id: str) -> bytes:
    """The result as the API has it."""
    return pretty((await face.read(f"/executions/{execution_id}"))["result"]).encode()


async def log(face: BotStage, execution_id: str, written: list[str]) -> None:
    """Write log records as a worker does."""
    begin = time.time_ns()
    records = [exports.log(execution_id, each, begin + at) for at, each in enumerate(written)]
    async with httpx.AsyncClient(trust_env=False, verify=False) as client:
        sent = await client.post(
            f"{face.api_url}/telemetry/v1/logs",
            content=exports.logs(*records).SerializeToString(),
            headers={"content-type": "application/x-protobuf"},
        )
    assert sent.status_code == 200


async def logged(face: BotStage, execution_id: str) -> list[str]:
    """The bodies of what was logged."""
    found = await face.read(f"/executions/{execution_id}/logs?limit=200")
    return [str(each["body"]) for each in found["results"]]


async def files(face: BotStage, person: Person, channel: str, thread: str | None) -> list[bytes]:
    """The contents of the files there, downloaded by the person."""

    async def shown() -> list[str]:
        messages = await person.messages(channel, thread)
        return [file["id"] for each in messages for file in each.get("files") or ()]

    ids = await until(shown)
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(httpx.AsyncClient(trust_env=False, verify=False))
        base = face.slack.workspace.base_url
        return [(await client.get(f"{base}/files/{each}")).content for each in ids]


async def direct(face: BotStage, person: Person) -> str:
    """Where the bot writes to the person alone."""
    me = (await person.state())["me"]["id"]
    return face.slack.workspace.direct(me, face.app.user).id


async def spelled(person: Person, thread: str) -> str:
    """The text of the preformatted blocks of a thread."""
    return "".join(map(preformatted, await person.messages("ops", thread)))


def preformatted(message: Json) -> str:
    """What a message shows in a fixed width."""
    return "".join(
        text_of(element["elements"])
        for block in message.get("blocks") or ()
        if block["type"] == "rich_text"
        for element in block["elements"]
        if element["type"] == "rich_text_preformatted"
    )


@asynccontextmanager
async def without(face: BotStage, scope: str) -> AsyncIterator[None]:
    """The app lacks a scope."""
    face.app.scopes.discard(scope)
    try:
        yield
    finally:
        face.app.scopes.add(scope)


@asynccontextmanager
async def faulty(face: BotStage, fault: Fault) -> AsyncIterator[None]:
    """Slack has a fault."""
    face.slack.faults.add(fault)
    try:
        yield
    finally:
        face.slack.faults.clear()
