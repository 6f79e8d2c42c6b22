"""What apps hear of."""

from typing import Any

from sandbox.slack.faults import Fault
from sandbox.slack.model import Json
from tests.slack.bots import Socket, bare_socket, pass_time, web_client
from tests.slack.workspace import MANIFEST, Person, installed


def _events(socket: Socket, kind: str | None = None) -> list[Json]:
    events = [each.payload["event"] for each in socket.came if each.type == "events_api"]
    return [each for each in events if kind in (None, each["type"])]


async def test_a_mention_comes_with_an_event_id_a_time_and_the_authorization() -> None:
    async with installed() as (slack, app), bare_socket(slack, app) as socket:
        async with Person(slack.workspace.base_url, "ana") as ana:
            ts = await ana.say("ops", "@ops status of <x> & co")
        by_type = {each.payload["event"]["type"]: each.payload for each in socket.came}
        assert set(by_type) == {"message", "app_mention"}
        mention = by_type["app_mention"]
        assert mention["event"]["text"] == f"<@{app.user}> status of &lt;x&gt; &amp; co"
        assert mention["event"]["ts"] == ts
        assert mention["authorizations"][0]["user_id"] == app.user
        assert abs(mention["event_time"] - float(ts)) < 2
        assert mention["event_id"] != by_type["message"]["event_id"]


async def test_a_channel_without_the_bot_stays_silent() -> None:
    async with installed() as (slack, app), bare_socket(slack, app) as socket:
        async with Person(slack.workspace.base_url, "ana") as ana:
            await ana.say("general", "@ops anybody there?")
        assert _events(socket) == []


async def test_events_that_are_not_subscribed_or_lack_a_scope_do_not_come() -> None:
    scopes = {"scopes": {"bot": ["app_mentions:read", "chat:write"]}}
    manifest = MANIFEST | {"oauth_config": scopes}
    async with installed(manifest) as (slack, app), bare_socket(slack, app) as socket:
        async with Person(slack.workspace.base_url, "ana") as ana:
            await ana.say("ops", "@ops hello")
        assert [each["type"] for each in _events(socket)] == ["app_mention"]


async def test_a_direct_message_is_a_message_im_and_no_mention() -> None:
    async with installed() as (slack, app), bare_socket(slack, app) as socket:
        async with Person(slack.workspace.base_url, "ana") as ana:
            await ana.direct("@ops hello")
        (event,) = _events(socket)
        assert (event["type"], event["channel_type"]) == ("message", "im")


async def test_the_bot_hears_its_own_messages_and_their_changes() -> None:
    async with installed() as (slack, app), bare_socket(slack, app) as socket:
        client = web_client(slack, app)
        channel = slack.workspace.channel_named("ops").id
        ts = (await client.chat_postMessage(channel=channel, text="one"))["ts"]
        await client.chat_update(channel=channel, ts=ts, text="two")
        await client.chat_delete(channel=channel, ts=ts)
        await slack.delivery.settled()
        posted, changed, deleted = sorted(_events(socket), key=lambda each: each["event_ts"])
        assert (posted["bot_id"], posted["text"]) == (app.bot_id, "one")
        assert changed["subtype"] == "message_changed"
        assert (changed["previous_message"]["text"], changed["message"]["text"]) == ("one", "two")
        assert (deleted["subtype"], deleted["deleted_ts"]) == ("message_deleted", ts)


async def test_an_ephemeral_message_is_no_event() -> None:
    async with installed() as (slack, app), bare_socket(slack, app) as socket:
        async with Person(slack.workspace.base_url, "ana") as ana:
            me = (await ana.state())["me"]["id"]
            channel = slack.workspace.channel_named("ops").id
            client = web_client(slack, app)
            await client.chat_postEphemeral(channel=channel, user=me, text="psst")
            await slack.delivery.settled()
            assert [each["text"] for each in await ana.messages("ops")] == ["psst"]
        assert _events(socket) == []


async def test_links_of_unfurled_domains_are_shared_wherever_they_are() -> None:
    async with installed() as (slack, app), bare_socket(slack, app) as socket:
        async with Person(slack.workspace.base_url, "ana") as ana:
            await ana.say("general", "see https://eu.console.example/runs/1 https://other.example")
        (event,) = _events(socket)
        assert event["type"] == "link_shared"
        assert event["is_bot_user_member"] is False
        assert [each["domain"] for each in event["links"]] == ["eu.console.example"]


async def test_a_channel_tells_of_its_renaming_archiving_and_of_the_bot_s_removal() -> None:
    async with installed() as (slack, app), bare_socket(slack, app) as socket:
        channel = slack.workspace.channel_named("ops").id
        async with Person(slack.workspace.base_url, "ana") as ana:
            await ana.control.post("channels", rename="ops", name="operations")
            await ana.control.post("channels", archive="operations", user="ana")
            await ana.control.post("channels", remove="operations", user="ops")
        renamed, archived, left = _events(socket)
        assert (renamed["type"], renamed["channel"]["name"]) == ("channel_rename", "operations")
        assert (archived["type"], archived["channel"]) == ("channel_archive", channel)
        assert (left["type"], left["user"]) == ("member_left_channel", app.user)


async def _said(faults: list[Fault], *texts: str) -> list[tuple[str, str]]:
    async with installed() as (slack, app), bare_socket(slack, app) as socket:
        for fault in faults:
            slack.faults.add(fault)
        async with Person(slack.workspace.base_url, "ana") as ana:
            for text in texts:
                await ana.direct(text)
        return [(each.payload["event"]["text"], each.payload["event_id"]) for each in socket.came]


async def test_an_event_can_come_twice_with_one_id() -> None:
    (first, second) = await _said([Fault("duplicate_event")], "hello")
    assert first == second


async def test_events_can_change_places() -> None:
    said = await _said([Fault("out_of_order")], "one", "two")
    assert [text for text, _ in said] == ["two", "one"]


async def test_an_event_can_be_late() -> None:
    async with installed() as (slack, app), bare_socket(slack, app) as socket:
        slack.faults.add(Fault("late_event", seconds=120))
        began = slack.workspace.clock.now()
        async with Person(slack.workspace.base_url, "ana") as ana:
            await ana.direct("one")
            await ana.direct("two")
        await pass_time(slack, lambda: len(socket.came) == 2)
        texts: list[Any] = [each["text"] for each in _events(socket)]
        assert texts == ["two", "one"]
        assert slack.workspace.clock.now() >= began + 120
