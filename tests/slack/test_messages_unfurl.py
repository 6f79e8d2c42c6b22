"""What an app shows below the links of others."""

from sandbox.slack.model import Json, Message
from sandbox.slack.posting import put
from sandbox.slack.wording import typed
from tests.slack.calling import Caller, calling, error, section

URL = "https://console.example/runs/1?a=1&b=2"


def _said(caller: Caller, text: str) -> str:
    workspace = caller.workspace
    ts = workspace.new_ts()
    put(workspace, Message(ts, caller.ops, caller.person("ana"), typed(workspace, text)))
    return ts


async def _attachments(caller: Caller) -> list[Json]:
    answer = await caller.client.conversations_history(channel=caller.ops)
    attachments: list[Json] = answer["messages"][0].get("attachments", [])
    return attachments


async def test_a_link_of_a_person_is_unfurled_in_place() -> None:
    async with calling() as caller:
        ts = _said(caller, f"look at {URL}")
        for words in ("first", "second"):
            await caller.client.chat_unfurl(
                channel=caller.ops, ts=ts, unfurls={URL: {"blocks": [section(words)]}}
            )
        (shown,) = await _attachments(caller)

        assert shown["from_url"] == URL
        assert shown["blocks"][0]["text"]["text"] == "second"


async def test_a_work_object_is_unfurled_as_well() -> None:
    async with calling() as caller:
        ts = _said(caller, URL)
        entity = {
            "app_unfurl_url": URL,
            "url": URL,
            "external_ref": {"id": "run-1"},
            "entity_type": "slack#/entities/task",
            "entity_payload": {"attributes": {"title": {"text": "Run 1"}}},
        }
        await caller.client.api_call(
            "chat.unfurl",
            json={"channel": caller.ops, "ts": ts, "metadata": {"entities": [entity]}},
        )

        assert (await _attachments(caller))[0]["entity"] == entity


async def test_what_cannot_be_unfurled_is_refused() -> None:
    async with calling() as caller:
        foreign = "https://elsewhere.example/x"
        ts = _said(caller, f"{URL} {foreign}")
        place: Json = {"channel": caller.ops, "ts": ts}
        shown = {"text": "x"}
        unfurl = caller.client.chat_unfurl

        absent = unfurl(**place, unfurls={"https://console.example/other": shown})
        assert await error(absent) == "cannot_unfurl_message"
        assert await error(unfurl(**place, unfurls={foreign: shown})) == "cannot_unfurl_url"
        assert await error(unfurl(**place, unfurls={URL: {}})) == "cannot_parse_attachment"
        assert await error(unfurl(**place, unfurls={})) == "missing_unfurls"
        lost = unfurl(channel=caller.ops, ts="1.000000", unfurls={URL: shown})
        assert await error(lost) == "cannot_find_message"
        assert await _attachments(caller) == []
