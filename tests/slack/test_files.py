"""Files: three steps up, a share that comes later, and a careful way down."""

import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.slack.model import Message
from sandbox.slack.uploads import content_type
from tests.slack.calling import Caller, calling, client_of, error
from tests.slack.workspace import until


async def _shared(caller: Caller, count: int = 1) -> list[Message]:
    """The messages with files in #ops, once there are so many."""
    messages = caller.workspace.channel(caller.ops).messages

    async def look() -> list[Message]:
        return [each for each in messages if each.files]

    return await until(look, lambda found: len(found) >= count)


async def _announced(caller: Caller, name: str = "log.txt", length: int = 4) -> Any:
    return await caller.client.files_getUploadURLExternal(filename=name, length=length)


async def _uploaded(caller: Caller, name: str, content: bytes) -> str:
    answer = await caller.client.files_upload_v2(filename=name, content=content)
    return str(answer["files"][0]["id"])


async def test_the_official_upload_shares_a_file_in_a_thread_a_moment_later() -> None:
    async with calling() as caller:
        parent = await caller.client.chat_postMessage(channel=caller.ops, text="run")
        answer = await caller.client.files_upload_v2(
            filename="result.json",
            content='{"ok": true}',
            title="Result",
            snippet_type="json",
            channel=caller.ops,
            thread_ts=parent["ts"],
            initial_comment="The result of a & b",
        )

        assert "ts" not in answer["file"]
        [message] = await _shared(caller)
        assert message.files == [answer["file"]["id"]]
        assert message.thread_ts == parent["ts"]
        assert message.text == "The result of a &amp; b"
        replies = await caller.client.conversations_replies(channel=caller.ops, ts=parent["ts"])
        assert replies["messages"][1]["files"][0]["title"] == "Result"
        info = await caller.client.files_info(file=answer["file"]["id"])
        assert info["content"] == '{"ok": true}'
        assert info["file"]["channels"] == [caller.ops]


async def test_several_files_come_in_one_message() -> None:
    async with calling() as caller:
        uploads = [{"filename": f"{name}.txt", "content": name} for name in ("a", "b")]
        await caller.client.files_upload_v2(file_uploads=uploads, channel=caller.ops)
        [message] = await _shared(caller)
        assert len(message.files) == 2


async def test_a_file_without_a_channel_is_shared_nowhere() -> None:
    async with calling() as caller:
        file_id = await _uploaded(caller, "a.txt", b"words")
        await caller.client.files_upload_v2(filename="b.txt", content="b", channel=caller.ops)
        [message] = await _shared(caller)
        assert file_id not in message.files


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ({"filename": "a", "length": 0}, "invalid_arguments"),
        ({"filename": "", "length": 1}, "invalid_arguments"),
        ({"filename": "a", "length": 2_000_000_000}, "file_upload_size_restricted"),
        ({"filename": "a", "length": 1, "snippet_type": "klingon"}, "unknown_snippet_type"),
        ({"filename": "a", "length": 1_000_001, "snippet_type": "json"}, "snippet_too_large"),
    ],
)
async def test_an_announcement_that_makes_no_sense_is_refused(
    arguments: dict[str, Any], name: str
) -> None:
    async with calling() as caller:
        assert await error(caller.client.files_getUploadURLExternal(**arguments)) == name


async def test_only_the_announced_bytes_at_the_announced_address_count() -> None:
    async with calling() as caller:
        answer = await _announced(caller)
        url = answer["upload_url"]

        assert (await caller.http.post(url, content=b"too long")).status_code == 400
        assert (await caller.http.post(url, content=b"x")).status_code == 400
        assert (await caller.http.post(f"{url}0", content=b"four")).status_code == 404
        files = [{"id": answer["file_id"]}]
        complete = caller.client.files_completeUploadExternal
        assert await error(complete(files=files)) == "invalid_arguments"
        assert (await caller.http.post(url, files={"file": b"four"})).text == "OK - 4"
        assert (await complete(files=files))["files"][0]["id"] == answer["file_id"]
        assert (await caller.http.post(url, content=b"more")).status_code == 409
        assert await error(complete(files=files)) == "invalid_arguments"


async def test_a_share_is_refused_where_the_app_may_not_post() -> None:
    async with calling() as caller:
        archived = caller.channel("old", "channel", caller.app.user)
        archived.archived = True
        private = caller.channel("secret", "private")
        answer = await _announced(caller)
        await caller.http.post(answer["upload_url"], content=b"four")
        files = [{"id": answer["file_id"]}]
        complete = caller.client.files_completeUploadExternal

        refused = {
            await error(complete(files=files, channel_id=archived.id)),
            await error(complete(files=files, channel_id=private.id)),
            await error(complete(files=files, channel_id=caller.ops, thread_ts="1.000001")),
            await error(caller.other_app().files_completeUploadExternal(files=files)),
        }
        assert refused == {
            "is_archived", "channel_not_found", "thread_not_found", "file_not_found",
        }  # fmt: skip


async def test_what_an_app_may_not_write_it_may_not_upload() -> None:
    async with calling() as caller:
        client = caller.other_app(without="files:write")
        call = client.files_getUploadURLExternal(filename="a", length=1)
        assert await error(call) == "missing_scope"


async def test_a_file_comes_down_as_it_went_up_with_an_apps_token() -> None:
    async with calling() as caller:
        content = hashlib.sha256(b"seed").digest() * 1000
        file_id = await _uploaded(caller, "trace.png", content)
        info = await caller.client.files_info(file=file_id)
        url = info["file"]["url_private_download"]
        token = {"authorization": f"Bearer {caller.app.bot_token}"}

        answer = await caller.http.get(url, headers=token)
        assert answer.content == content
        assert answer.headers["content-type"] == "image/png"
        assert answer.headers["content-disposition"].startswith("inline")
        wrong = await caller.http.get(url, headers={"authorization": "Bearer xoxb-no"})
        assert wrong.status_code == 403


@pytest.mark.parametrize("name", ["page.html", "drawing.svg", "x.xhtml", "blob", "a.html.gz"])
async def test_a_file_that_could_run_scripts_is_never_shown_in_place(name: str) -> None:
    async with calling() as caller:
        file_id = await _uploaded(caller, name, b"<script>alert(1)</script>")
        answer = await caller.http.get(f"{caller.workspace.base_url}/files/{file_id}")

        assert answer.headers["content-disposition"].startswith("attachment")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in answer.headers["content-security-policy"]


@given(st.text(max_size=30))
def test_every_name_has_a_content_type(name: str) -> None:
    assert "/" in content_type(name)


async def test_a_name_cannot_leave_its_header() -> None:
    async with calling() as caller:
        file_id = await _uploaded(caller, 'a"\r\nx: y.txt', b"words")
        answer = await caller.http.get(f"{caller.workspace.base_url}/files/{file_id}")
        assert "x" not in answer.headers
        assert answer.headers["content-disposition"].endswith('; filename="a___x__y.txt"')


async def test_a_deleted_file_takes_its_message_along() -> None:
    async with calling() as caller:
        upload = caller.client.files_upload_v2
        plain = await upload(filename="a.txt", content="a", channel=caller.ops)
        said = await upload(
            filename="b.txt", content="b", channel=caller.ops, initial_comment="Look"
        )
        await _shared(caller, 2)
        other = caller.other_app()

        assert await error(other.files_delete(file=plain["file"]["id"])) == "cant_delete_file"
        for answer in (plain, said):
            await caller.client.files_delete(file=answer["file"]["id"])
        left = caller.workspace.channel(caller.ops).messages
        assert [(each.text, each.files) for each in left] == [("Look", [])]
        assert await error(caller.client.files_info(file=plain["file"]["id"])) == "file_not_found"


async def test_an_app_sees_no_file_of_a_channel_it_is_not_in() -> None:
    async with calling() as caller:
        file_id = await _uploaded(caller, "a.txt", b"words")
        stranger = caller.workspace.install({"oauth_config": {"scopes": {"bot": ["files:read"]}}})
        client = client_of(caller.workspace, stranger.bot_token)
        assert await error(client.files_info(file=file_id)) == "file_not_found"
