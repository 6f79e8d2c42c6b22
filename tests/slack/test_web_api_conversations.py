"""Channels as apps see them, and the way through long lists."""

from typing import Any

from sandbox.slack.model import Json
from tests.slack.calling import Caller, calling, error


async def _posted(caller: Caller, count: int, **more: Any) -> list[str]:
    caller.slack.limits.enabled = False
    place = {"channel": caller.ops} | more
    answers = [await caller.client.chat_postMessage(text=f"{n}", **place) for n in range(count)]
    return [str(answer["ts"]) for answer in answers]


async def _stamps(caller: Caller, **more: Any) -> list[str]:
    answer = await caller.client.conversations_history(channel=caller.ops, **more)
    return [each["ts"] for each in answer["messages"]]


async def _all_pages(method: Any, field: str, **more: Any) -> list[list[Any]]:
    pages, cursor = [], ""
    while True:
        answer = await method(cursor=cursor, **more)
        pages.append(answer[field])
        cursor = (answer.get("response_metadata") or {}).get("next_cursor", "")
        if not cursor:
            return pages


async def test_history_comes_newest_first_and_page_by_page() -> None:
    async with calling() as caller:
        stamps = await _posted(caller, 5)
        history = caller.client.conversations_history
        pages = await _all_pages(history, "messages", channel=caller.ops, limit=2)

        assert [len(page) for page in pages] == [2, 2, 1]
        assert [each["ts"] for page in pages for each in page] == stamps[::-1]


async def test_new_and_deleted_messages_do_not_shift_the_next_page() -> None:
    async with calling() as caller:
        stamps = await _posted(caller, 4)
        history = caller.client.conversations_history
        first = await history(channel=caller.ops, limit=2)
        cursor = first["response_metadata"]["next_cursor"]
        await _posted(caller, 1)
        await caller.client.chat_delete(channel=caller.ops, ts=stamps[1])
        second = await history(channel=caller.ops, limit=2, cursor=cursor)

        assert first["has_more"] is True
        assert [each["ts"] for each in second["messages"]] == [stamps[0]]
        assert second["has_more"] is False


async def test_history_may_be_cut_at_both_ends_with_or_without_the_ends() -> None:
    async with calling() as caller:
        stamps = await _posted(caller, 5)
        ends = {"oldest": stamps[1], "latest": stamps[3]}

        assert await _stamps(caller, **ends) == [stamps[2]]
        assert await _stamps(caller, **ends, inclusive=True) == stamps[3:0:-1]
        assert await _stamps(caller, oldest=stamps[3]) == [stamps[4]]
        assert await _stamps(caller, latest=stamps[1]) == [stamps[0]]


async def test_a_thread_comes_oldest_first_after_its_first_message() -> None:
    async with calling() as caller:
        (parent,) = await _posted(caller, 1)
        client = caller.client
        replies = await _posted(caller, 3, thread_ts=parent)
        thread = client.conversations_replies
        pages = await _all_pages(thread, "messages", channel=caller.ops, ts=parent, limit=3)
        newer = await thread(channel=caller.ops, ts=parent, oldest=replies[0])

        assert [each["ts"] for page in pages for each in page] == [parent, *replies]
        assert [each["ts"] for each in newer["messages"]] == [parent, *replies[1:]]
        assert await error(thread(channel=caller.ops, ts="1.000000")) == "thread_not_found"


async def test_nonsense_in_a_question_about_history_is_refused() -> None:
    async with calling() as caller:
        wrong: dict[str, Json] = {
            "invalid_cursor": {"cursor": "???"},
            "invalid_limit": {"limit": 1000},
            "invalid_ts_oldest": {"oldest": "yesterday"},
            "invalid_ts_latest": {"latest": "1.2.3"},
        }
        for expected, arguments in wrong.items():
            call = caller.client.conversations_history(channel=caller.ops, **arguments)
            assert await error(call) == expected


async def test_the_history_of_a_channel_is_for_its_members() -> None:
    async with calling() as caller:
        general = caller.workspace.channel_named("general").id
        client = caller.client
        assert await error(client.conversations_history(channel=general)) == "not_in_channel"

        await client.conversations_join(channel=general)
        await client.conversations_history(channel=general)
        again = await client.conversations_join(channel=general)
        assert again["warning"] == "already_in_channel"


async def test_each_kind_of_conversation_has_its_own_scopes() -> None:
    async with calling() as caller:
        other = caller.other_app(without="groups:read")
        private = caller.channel("secret", "private", caller.app.user)
        private.members |= {app.user for app in caller.workspace.apps.values()}

        assert await error(other.conversations_info(channel=private.id)) == "missing_scope"
        await other.conversations_info(channel=caller.ops)
        listing = other.conversations_list(types="public_channel,private_channel")
        assert await error(listing) == "missing_scope"


async def test_a_list_of_channels_holds_what_the_app_may_see() -> None:
    async with calling() as caller:
        caller.channel("hidden", "private", caller.person("ana"))
        caller.channel("shown", "private", caller.app.user)
        caller.channel("old").archived = True
        listing = caller.client.conversations_list
        pages = await _all_pages(
            listing, "channels", types="public_channel,private_channel", limit=2
        )
        names = [each["name"] for page in pages for each in page]
        living = await listing(exclude_archived=True)

        assert names == ["general", "ops", "approvals", "shared-partners", "shown", "old"]
        assert "old" not in [each["name"] for each in living["channels"]]
        assert await error(listing(types="rooms")) == "invalid_types"


async def test_a_channel_tells_who_is_in_it() -> None:
    async with calling() as caller:
        client = caller.client
        info = await client.conversations_info(channel=caller.ops, include_num_members=True)
        shared = caller.workspace.channel_named("shared-partners").id
        method = client.conversations_members
        pages = await _all_pages(method, "members", channel=caller.ops, limit=2)
        members = {user for page in pages for user in page}

        assert info["channel"]["is_member"] is True
        assert info["channel"]["num_members"] == len(members)
        assert {caller.person("ana"), caller.app.user} <= members
        assert (await client.conversations_info(channel=shared))["channel"]["is_ext_shared"] is True


async def test_a_direct_conversation_is_opened_once_for_two() -> None:
    async with calling() as caller:
        client, ana = caller.client, caller.person("ana")
        first = await client.conversations_open(users=ana)
        second = await client.conversations_open(users=[ana], return_im=True)

        assert second["channel"]["id"] == first["channel"]["id"]
        assert second["channel"]["user"] == ana
        assert await error(client.conversations_open(users="U0")) == "user_not_found"
        assert await error(client.conversations_open(users="")) == "users_list_not_supplied"


async def test_only_public_channels_that_live_can_be_joined() -> None:
    async with calling() as caller:
        client, old = caller.client, caller.channel("old")
        old.archived = True
        direct = (await client.conversations_open(users=caller.person("ana")))["channel"]["id"]

        unfit = client.conversations_join(channel=direct)
        assert await error(unfit) == "method_not_supported_for_channel_type"
        assert await error(client.conversations_join(channel=old.id)) == "is_archived"
