"""How the Web API reads a request, and whom it lets in."""

import json
from typing import Any

from sandbox.slack.model import Json
from tests.slack.calling import Caller, calling, client_of, error, refusal, section


def _requests(caller: Caller) -> dict[str, dict[str, Any]]:
    said = {"channel": caller.ops, "text": "hello", "blocks": json.dumps([section("hello")])}
    bearer = {"authorization": f"Bearer {caller.app.bot_token}"}
    own = said | {"token": caller.app.bot_token}
    return {
        "get": {"method": "GET", "params": said, "headers": bearer},
        "get with a token argument": {"method": "GET", "params": own},
        "form": {"method": "POST", "data": said, "headers": bearer},
        "form with a token argument": {"method": "POST", "data": own},
        "query of a post": {"method": "POST", "params": said, "headers": bearer},
        "json": {"method": "POST", "json": said, "headers": bearer},
        "json in json": {
            "method": "POST",
            "json": said | {"blocks": [section("hello")]},
            "headers": bearer,
        },
        "multipart": {
            "method": "POST",
            "files": {name: (None, value) for name, value in said.items()},
            "headers": bearer,
        },
    }


async def test_a_call_may_come_in_every_form_that_clients_use() -> None:
    async with calling() as caller:
        caller.slack.limits.enabled = False
        for way, request in _requests(caller).items():
            body = (await caller.http.request(url="chat.postMessage", **request)).json()

            assert body["ok"] is True, way
            assert body["message"]["text"] == "hello", way
            assert body["message"]["blocks"][0]["text"]["text"] == "hello", way


async def test_a_token_inside_a_json_body_does_not_count() -> None:
    async with calling() as caller:
        answer = await caller.http.post("auth.test", json={"token": caller.app.bot_token})

        assert answer.json() == {"ok": False, "error": "not_authed"}


_MALFORMED: list[tuple[str | None, bytes, str]] = [
    ("application/json", b"{", "invalid_json"),
    ("application/json", b'{"a": NaN}', "invalid_json"),
    ("application/json", b'{"a": "\\ud800"}', "invalid_json"),
    ("application/json", b"[" * 3000 + b"]" * 3000, "invalid_json"),
    ("application/json", b'"words"', "json_not_object"),
    ("application/json; charset=utf-7", b"{}", "invalid_charset"),
    ("application/x-www-form-urlencoded", b"text=%ff", "invalid_form_data"),
    ("multipart/form-data; boundary=x", b"nothing of the kind", "invalid_form_data"),
    ("image/png", b"\x89PNG", "invalid_post_type"),
    (None, b"text=hello", "missing_post_type"),
]


async def test_a_malformed_body_is_refused_by_name() -> None:
    async with calling() as caller:
        bearer = {"authorization": f"Bearer {caller.app.bot_token}"}
        for kind, body, expected in _MALFORMED:
            headers = bearer | ({"content-type": kind} if kind else {})
            answer = await caller.http.post("auth.test", content=body, headers=headers)

            assert answer.json() == {"ok": False, "error": expected}, body[:20]


_WRONG: list[tuple[Json, str]] = [
    ({"text": "x"}, "invalid_arguments"),
    ({"channel": ["C1"], "text": "x"}, "invalid_arguments"),
    ({"channel": "ops", "blocks": "[{"}, "invalid_blocks_format"),
    ({"channel": "ops", "blocks": {"type": "section"}}, "invalid_blocks_format"),
    ({"channel": "ops", "attachments": "no"}, "invalid_attachments"),
    ({"channel": "ops", "text": "x", "metadata": "{"}, "invalid_metadata_format"),
    ({"channel": "ops", "text": "x", "metadata": {"event_type": 3}}, "invalid_metadata_format"),
]


async def test_arguments_of_the_wrong_kind_are_refused() -> None:
    async with calling() as caller:
        caller.slack.limits.enabled = False
        for arguments, expected in _WRONG:
            call = caller.client.api_call("chat.postMessage", json=arguments)

            assert await error(call) == expected, arguments


async def test_only_tokens_of_this_workspace_get_in() -> None:
    async with calling() as caller:
        workspace = caller.workspace

        assert await error(client_of(workspace, None).auth_test()) == "not_authed"
        assert await error(client_of(workspace, "xoxb-guessed").auth_test()) == "invalid_auth"


async def test_a_revoked_token_opens_nothing() -> None:
    async with calling() as caller:
        await caller.client.auth_revoke(test=True)
        await caller.client.auth_test()
        await caller.client.auth_revoke()

        assert await error(caller.client.auth_test()) == "token_revoked"


async def test_the_token_of_a_deleted_bot_user_is_inactive() -> None:
    async with calling() as caller:
        caller.workspace.user(caller.app.user).deleted = True

        assert await error(caller.client.auth_test()) == "account_inactive"


async def test_app_tokens_and_bot_tokens_are_not_interchangeable() -> None:
    async with calling() as caller:
        for_sockets = client_of(caller.workspace, caller.app.app_token)
        opening = caller.client.apps_connections_open(app_token=caller.app.bot_token)

        assert await error(for_sockets.auth_test()) == "not_allowed_token_type"
        assert await error(opening) == "not_allowed_token_type"


async def test_a_missing_scope_is_named_beside_those_that_are_there() -> None:
    async with calling() as caller:
        other = caller.other_app(without="chat:write")
        answer = await refusal(other.chat_postMessage(channel=caller.ops, text="x"))

        assert answer["error"] == "missing_scope"
        assert answer["needed"] == "chat:write"
        assert "channels:read" in answer["provided"].split(",")
        assert "chat:write" not in answer["provided"].split(",")


async def test_every_answer_names_the_scopes_of_the_token() -> None:
    async with calling() as caller:
        answer = await caller.client.auth_test()

        assert set(answer.headers["x-oauth-scopes"].split(",")) == caller.app.scopes


async def test_what_is_no_method_is_said_to_be_unknown() -> None:
    async with calling() as caller:
        assert await error(caller.client.api_call("chat.shout")) == "unknown_method"


async def test_the_log_tells_who_called_what_and_how_it_went_without_tokens() -> None:
    async with calling() as caller:
        token = caller.app.bot_token
        await caller.http.post("auth.test", data={"token": token, "more": "x"})
        await caller.http.post("chat.postMessage", data={"token": token, "channel": "C0"})
        await caller.http.get("no.method", params={"token": "xoxb-guessed"})
        calls = caller.slack.calls.of()

        assert [(call.method, call.ok, call.error) for call in calls] == [
            ("auth.test", True, None),
            ("chat.postMessage", False, "channel_not_found"),
            ("no.method", False, "unknown_method"),
        ]
        assert [call.app_id for call in calls] == [caller.app.id, caller.app.id, None]
        assert calls[0].arguments == {"more": "x"}
        assert "xoxb" not in repr([call.as_json() for call in calls])
        assert caller.slack.calls.of("auth.test") == calls[:1]


async def test_auth_test_says_who_the_app_is() -> None:
    async with calling() as caller:
        answer = await caller.client.auth_test()

        assert answer["user_id"] == caller.app.user
        assert answer["bot_id"] == caller.app.bot_id
        assert answer["team_id"] == caller.workspace.team_id
        assert answer["team"] == (await caller.client.team_info())["team"]["name"]


async def test_bots_info_knows_the_apps_of_the_workspace() -> None:
    async with calling() as caller:
        bot = (await caller.client.bots_info(bot=caller.app.bot_id))["bot"]

        assert (bot["user_id"], bot["app_id"]) == (caller.app.user, caller.app.id)
        assert await error(caller.client.bots_info(bot="B0")) == "bot_not_found"


async def test_assistant_threads_are_checked_before_they_are_believed() -> None:
    async with calling() as caller:
        client = caller.client
        direct = (await client.conversations_open(users=caller.person("ana")))["channel"]["id"]
        ts = str((await client.chat_postMessage(channel=direct, text="hello"))["ts"])
        prompts = [{"title": "What runs?", "message": "list"}]

        await client.assistant_threads_setStatus(channel_id=direct, thread_ts=ts, status="thinks")
        await client.assistant_threads_setTitle(channel_id=direct, thread_ts=ts, title="Runs")
        await client.assistant_threads_setSuggestedPrompts(
            channel_id=direct, thread_ts=ts, prompts=prompts
        )

        lost = client.assistant_threads_setStatus(
            channel_id=direct, thread_ts="1.000000", status="thinks"
        )
        assert await error(lost) == "invalid_thread_ts"
        many = client.assistant_threads_setSuggestedPrompts(
            channel_id=direct, thread_ts=ts, prompts=prompts * 5
        )
        assert await error(many) == "invalid_arguments"
