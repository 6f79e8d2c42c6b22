"""Messages of apps: where they may go, what they may be, and how they change."""

from typing import Any

from sandbox.slack.model import Json
from sandbox.slack.workspace import Happening
from tests.slack.calling import Caller, calling, error, section


async def _post(caller: Caller, text: str = "hello", **more: Any) -> str:
    answer = await caller.client.chat_postMessage(channel=caller.ops, text=text, **more)
    return str(answer["ts"])


async def _history(caller: Caller, **more: Any) -> list[Json]:
    answer = await caller.client.conversations_history(channel=caller.ops, **more)
    messages: list[Json] = answer["messages"]
    return messages


async def _only(caller: Caller, **more: Any) -> Json:
    (message,) = await _history(caller, **more)
    return message


async def test_a_post_is_in_the_history_as_the_answer_said() -> None:
    async with calling() as caller:
        answer = await caller.client.chat_postMessage(
            channel=caller.ops, text="hello", blocks=[section("*hello*")]
        )
        message = await _only(caller)

        assert message == answer["message"]
        assert (message["user"], message["bot_id"]) == (caller.app.user, caller.app.bot_id)
        assert message["blocks"][0]["block_id"], "Slack names what the app left unnamed"


async def test_a_post_is_told_once_as_the_apps_own() -> None:
    async with calling() as caller:
        told: list[Happening] = []
        caller.workspace.listen(told.append)
        ts = await _post(caller)

        assert told == [
            Happening(
                "message", channel=caller.ops, ts=ts, user=caller.app.user, app_id=caller.app.id
            )
        ]


async def test_each_message_has_a_ts_of_its_own_even_when_time_stands_still() -> None:
    async with calling() as caller:
        stamps = [await _post(caller, f"{number}") for number in range(4)]

        assert len(set(stamps)) == 4
        assert stamps == sorted(stamps)
        assert [each["ts"] for each in await _history(caller)] == stamps[::-1]


async def test_a_channel_may_be_named_and_a_person_stands_for_their_conversation() -> None:
    async with calling() as caller:
        client = caller.client
        named = await client.chat_postMessage(channel="#ops", text="x")
        to_ana = await client.chat_postMessage(channel=caller.person("ana"), text="x")
        direct = await client.conversations_open(users=caller.person("ana"))

        assert named["channel"] == caller.ops
        assert to_ana["channel"] == direct["channel"]["id"]


async def test_an_app_posts_in_public_channels_it_is_not_in_only_with_the_scope_for_it() -> None:
    async with calling() as caller:
        general = caller.workspace.channel_named("general").id
        await caller.client.chat_postMessage(channel=general, text="x")
        stricter = caller.other_app(without="chat:write.public")

        assert await error(stricter.chat_postMessage(channel=general, text="x")) == "not_in_channel"


async def test_a_private_channel_does_not_exist_for_an_app_outside() -> None:
    async with calling() as caller:
        private = caller.channel("secret", "private", caller.person("ana"))
        client = caller.client
        outside = [
            client.chat_postMessage(channel=private.id, text="x"),
            client.chat_postMessage(channel="secret", text="x"),
            client.conversations_info(channel=private.id),
            client.conversations_history(channel=private.id),
        ]
        assert [await error(call) for call in outside] == ["channel_not_found"] * 4

        private.members.add(caller.app.user)
        await client.chat_postMessage(channel=private.id, text="x")


async def test_an_app_that_was_removed_can_no_longer_write_in_a_private_channel() -> None:
    async with calling() as caller:
        private = caller.channel("secret", "private", caller.app.user)
        client = caller.client
        ts = str((await client.chat_postMessage(channel=private.id, text="x"))["ts"])
        private.members.remove(caller.app.user)

        update = client.chat_update(channel=private.id, ts=ts, text="y")
        assert await error(update) == "channel_not_found"


async def test_an_archived_channel_takes_nothing() -> None:
    async with calling() as caller:
        ts = await _post(caller)
        caller.workspace.channel(caller.ops).archived = True
        client = caller.client
        calls = [
            client.chat_postMessage(channel=caller.ops, text="x"),
            client.chat_postEphemeral(channel=caller.ops, user=caller.person("ana"), text="x"),
            client.chat_update(channel=caller.ops, ts=ts, text="x"),
            client.chat_delete(channel=caller.ops, ts=ts),
            client.reactions_add(channel=caller.ops, timestamp=ts, name="eyes"),
        ]

        expected = ["is_archived", "is_archived", "is_inactive", "is_archived", "is_archived"]
        assert [await error(call) for call in calls] == expected


async def test_bots_and_people_who_left_get_no_direct_messages() -> None:
    async with calling() as caller:
        other = caller.workspace.install({"display_information": {"name": "Else"}})
        caller.workspace.user(caller.person("ben")).deleted = True
        client = caller.client

        bot = client.chat_postMessage(channel=other.user, text="x")
        gone = client.chat_postMessage(channel=caller.person("ben"), text="x")
        assert await error(bot) == "cannot_dm_bot"
        assert await error(gone) == "user_disabled"


_REFUSED: list[tuple[Json, str]] = [
    ({}, "no_text"),
    ({"text": "  "}, "no_text"),
    ({"blocks": []}, "no_text"),
    ({"text": "x" * 40_001}, "msg_too_long"),
    ({"text": "x", "blocks": [{"type": "nonsense"}]}, "invalid_blocks"),
    ({"text": "x", "blocks": [section("x")] * 51}, "invalid_blocks"),
    ({"text": "x", "blocks": [section("x" * 2900)] * 5}, "msg_blocks_too_long"),
    ({"text": "x", "attachments": [{"text": "x"}] * 101}, "too_many_attachments"),
    ({"text": "x", "thread_ts": "1.000000"}, "thread_not_found"),
    ({"text": "x", "markdown_text": "x"}, "markdown_text_conflict"),
]


async def test_slack_refuses_by_name() -> None:
    async with calling() as caller:
        caller.slack.limits.enabled = False
        for content, expected in _REFUSED:
            arguments = {"channel": caller.ops} | content
            call = caller.client.api_call("chat.postMessage", json=arguments)

            assert await error(call) == expected, str(content)[:60]
        assert await _history(caller) == []


async def test_a_text_of_forty_thousand_characters_is_not_too_long() -> None:
    async with calling() as caller:
        await _post(caller, "x" * 40_000)

        assert len((await _only(caller))["text"]) == 40_000


async def test_markdown_becomes_a_block() -> None:
    async with calling() as caller:
        await caller.client.chat_postMessage(channel=caller.ops, markdown_text="**bold**")

        assert (await _only(caller))["blocks"][0]["text"] == "**bold**"


async def test_replies_are_in_their_thread_only_and_counted_at_its_first_message() -> None:
    async with calling() as caller:
        parent = await _post(caller, "parent")
        first = await _post(caller, "first", thread_ts=parent)
        # The ts of a reply stands for its thread.
        second = await _post(caller, "second", thread_ts=first)
        shown = await _only(caller)
        thread = await caller.client.conversations_replies(channel=caller.ops, ts=parent)

        assert (shown["reply_count"], shown["latest_reply"]) == (2, second)
        assert shown["thread_ts"] == parent
        assert [each["text"] for each in thread["messages"]] == ["parent", "first", "second"]
        assert {each["thread_ts"] for each in thread["messages"]} == {parent}


async def test_a_broadcast_reply_is_in_the_channel_as_well() -> None:
    async with calling() as caller:
        parent = await _post(caller, "parent")
        await _post(caller, "loud", thread_ts=parent, reply_broadcast=True)

        history = [(each["text"], each.get("subtype")) for each in await _history(caller)]
        assert history == [("loud", "thread_broadcast"), ("parent", None)]


async def test_metadata_is_shown_to_any_member_who_asks_for_it() -> None:
    async with calling() as caller:
        metadata = {"event_type": "run", "event_payload": {"key": "k-1"}}
        await _post(caller, metadata=metadata)
        other = caller.other_app()
        seen = await other.conversations_history(channel=caller.ops, include_all_metadata=True)

        assert seen["messages"][0]["metadata"] == metadata
        assert "metadata" not in await _only(caller)


async def test_an_update_with_text_alone_removes_the_blocks_and_is_marked_as_edited() -> None:
    async with calling() as caller:
        ts = await _post(caller, blocks=[section("old")], attachments=[{"text": "old"}])
        await caller.client.chat_update(channel=caller.ops, ts=ts, text="new")
        message = await _only(caller)

        assert message["text"] == "new"
        assert "blocks" not in message
        assert "attachments" not in message
        assert message["edited"]["user"] == caller.app.user


async def test_an_update_with_blocks_shows_no_mark() -> None:
    async with calling() as caller:
        ts = await _post(caller)
        await caller.client.chat_update(
            channel=caller.ops, ts=ts, text="new", blocks=[section("new")]
        )
        message = await _only(caller)

        assert message["blocks"][0]["text"]["text"] == "new"
        assert "edited" not in message


async def test_an_update_keeps_the_metadata_unless_it_brings_its_own() -> None:
    async with calling() as caller:
        metadata = {"event_type": "run", "event_payload": {"key": "k-1"}}
        ts = await _post(caller, metadata=metadata)
        update = caller.client.chat_update
        await update(channel=caller.ops, ts=ts, text="new")
        assert (await _only(caller, include_all_metadata=True))["metadata"] == metadata

        await update(channel=caller.ops, ts=ts, text="new", metadata={})
        assert "metadata" not in await _only(caller, include_all_metadata=True)


async def test_a_message_that_still_streams_cannot_be_updated_one_that_is_over_can() -> None:
    async with calling() as caller:
        parent = await _post(caller)
        place = {"channel": caller.ops, "thread_ts": parent}
        recipient = {
            "recipient_user_id": caller.person("ana"),
            "recipient_team_id": caller.workspace.team_id,
        }
        started = await caller.client.api_call("chat.startStream", json=place | recipient)
        update = {"channel": caller.ops, "ts": started["ts"], "text": "done"}
        early = caller.client.api_call("chat.update", json=update)
        assert await error(early) == "streaming_state_conflict"

        caller.workspace.clock.advance(300)
        updated = await caller.client.api_call("chat.update", json=update)
        assert updated["message"]["text"] == "done"


async def test_a_refused_update_changes_nothing() -> None:
    async with calling() as caller:
        ts = await _post(caller, "old", blocks=[section("old")])
        before = await _only(caller)
        too_much = [section("x")] * 51
        update = caller.client.chat_update(channel=caller.ops, ts=ts, text="new", blocks=too_much)

        assert await error(update) == "invalid_blocks"
        assert await _only(caller) == before


async def test_only_the_author_may_change_or_delete_a_message() -> None:
    async with calling() as caller:
        ts = await _post(caller)
        other = caller.other_app()

        update = other.chat_update(channel=caller.ops, ts=ts, text="x")
        assert await error(update) == "cant_update_message"
        assert await error(other.chat_delete(channel=caller.ops, ts=ts)) == "cant_delete_message"


async def test_a_deleted_message_is_gone() -> None:
    async with calling() as caller:
        ts = await _post(caller)
        await caller.client.chat_delete(channel=caller.ops, ts=ts)

        assert await _history(caller) == []
        for call in (
            caller.client.chat_update(channel=caller.ops, ts=ts, text="x"),
            caller.client.chat_delete(channel=caller.ops, ts=ts),
            caller.client.chat_getPermalink(channel=caller.ops, message_ts=ts),
        ):
            assert await error(call) == "message_not_found"


async def test_a_deleted_message_with_replies_leaves_a_mark_above_them() -> None:
    async with calling() as caller:
        parent = await _post(caller, "secret", blocks=[section("secret")])
        await _post(caller, "reply", thread_ts=parent)
        await caller.client.chat_delete(channel=caller.ops, ts=parent)
        message = await _only(caller)

        assert message["subtype"] == "tombstone"
        assert message["reply_count"] == 1
        assert "secret" not in str(message)
        update = caller.client.chat_update(channel=caller.ops, ts=parent, text="back")
        assert await error(update) == "message_not_found"


async def test_an_ephemeral_message_is_in_no_history_and_out_of_reach() -> None:
    async with calling() as caller:
        told: list[Happening] = []
        parent = await _post(caller)
        caller.workspace.listen(told.append)
        client, ana = caller.client, caller.person("ana")
        answer = await client.chat_postEphemeral(
            channel=caller.ops, user=ana, text="only you", thread_ts=parent
        )
        ts = str(answer["message_ts"])
        thread = await client.conversations_replies(channel=caller.ops, ts=parent)

        assert [each.kind for each in told] == ["ephemeral"]
        assert [each["text"] for each in await _history(caller)] == ["hello"]
        assert len(thread["messages"]) == 1
        assert "reply_count" not in thread["messages"][0]
        for call in (
            client.chat_update(channel=caller.ops, ts=ts, text="x"),
            client.chat_delete(channel=caller.ops, ts=ts),
            client.reactions_add(channel=caller.ops, timestamp=ts, name="eyes"),
        ):
            assert await error(call) == "message_not_found"


async def test_only_members_of_the_channel_get_ephemeral_messages() -> None:
    async with calling() as caller:
        call = caller.client.chat_postEphemeral(
            channel=caller.ops, user=caller.person("eve"), text="x"
        )

        assert await error(call) == "user_not_in_channel"


async def test_a_permalink_names_the_message_and_its_thread() -> None:
    async with calling() as caller:
        parent = await _post(caller)
        reply = await _post(caller, thread_ts=parent)
        links = [
            (await caller.client.chat_getPermalink(channel=caller.ops, message_ts=ts))["permalink"]
            for ts in (parent, reply)
        ]

        assert links[0].endswith(f"/archives/{caller.ops}/p{parent.replace('.', '')}")
        assert links[1].endswith(f"?thread_ts={parent}&cid={caller.ops}")


async def test_a_reaction_is_added_once_and_taken_back_once() -> None:
    async with calling() as caller:
        ts = await _post(caller)
        sign = {"channel": caller.ops, "timestamp": ts, "name": "eyes"}
        await caller.client.reactions_add(**sign)
        shown = (await _only(caller))["reactions"]

        assert shown == [{"name": "eyes", "users": [caller.app.user], "count": 1}]
        assert await error(caller.client.reactions_add(**sign)) == "already_reacted"
        await caller.client.reactions_remove(**sign)
        assert "reactions" not in await _only(caller)
        assert await error(caller.client.reactions_remove(**sign)) == "no_reaction"
        nameless = caller.client.reactions_add(channel=caller.ops, timestamp=ts, name="Not a name")
        assert await error(nameless) == "invalid_name"
