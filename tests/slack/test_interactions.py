"""Buttons, menus, modals and shortcuts, answered by a real Bolt app."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from slack_bolt.async_app import AsyncApp

from sandbox.slack.local import LocalSlack
from sandbox.slack.model import App, Json
from tests.slack.bots import bare_socket, bolt_app, over_sockets, web_client
from tests.slack.workspace import Person, Refused, installed


def _plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def _option(value: str) -> Json:
    return {"text": _plain(value.title()), "value": value}


MENUS: list[Json] = [
    {
        "type": "actions",
        "block_id": "row",
        "elements": [
            {"type": "button", "action_id": "go", "text": _plain("Go"), "value": "42"},
            {"type": "static_select", "action_id": "one", "options": [_option("a"), _option("b")]},
            {"type": "overflow", "action_id": "more", "options": [_option("x"), _option("y")]},
            {"type": "checkboxes", "action_id": "some", "options": [_option("a"), _option("b")]},
            {"type": "datepicker", "action_id": "day", "initial_date": "2026-01-01"},
            {"type": "users_select", "action_id": "who"},
        ],
    },
    {
        "type": "section",
        "block_id": "search",
        "text": _plain("Search"),
        "accessory": {"type": "external_select", "action_id": "find", "min_query_length": 1},
    },
]


def modal(title: str = "Start", **more: Any) -> Json:
    return {
        "type": "modal",
        "callback_id": "form",
        "private_metadata": "draft-1",
        "title": _plain(title),
        "submit": _plain("Send"),
        "blocks": [
            {
                "type": "input",
                "block_id": "name",
                "label": _plain("Name"),
                "element": {"type": "plain_text_input", "action_id": "in"},
            },
            {
                "type": "input",
                "block_id": "size",
                "optional": True,
                "label": _plain("Size"),
                "element": {
                    "type": "static_select",
                    "action_id": "in",
                    "options": [_option("small"), _option("large")],
                },
            },
        ],
    } | more


@contextlib.asynccontextmanager
async def _scene() -> AsyncIterator[tuple[LocalSlack, App, AsyncApp, Person]]:
    async with installed() as (slack, app), Person(slack.workspace.base_url, "ana") as ana:
        bolt = bolt_app(slack, app)

        @bolt.shortcut("start")
        async def start(ack: Any, shortcut: Json, client: Any) -> None:
            await ack()
            await client.views_open(
                trigger_id=shortcut["trigger_id"], view=modal(notify_on_close=True)
            )

        async with over_sockets(slack, app, bolt):
            yield slack, app, bolt, ana


async def _posted(slack: LocalSlack, app: App, ana: Person, blocks: list[Json]) -> Json:
    channel = slack.workspace.channel_named("ops").id
    await web_client(slack, app).chat_postMessage(channel=channel, text="Here", blocks=blocks)
    return (await ana.messages("ops"))[-1]


async def test_a_click_carries_the_message_the_state_and_the_action() -> None:
    async with installed() as (slack, app), bare_socket(slack, app) as socket:
        async with Person(slack.workspace.base_url, "ana") as ana:
            message = await _posted(slack, app, ana, MENUS)
            await ana.click(message, "one", value="b")
            await ana.click(message, "Go")
        pressed = [each for each in socket.came if each.type == "interactive"][-1].payload
        assert pressed["type"] == "block_actions"
        assert pressed["container"] == {
            "type": "message",
            "message_ts": message["ts"],
            "channel_id": message["channel"],
            "is_ephemeral": False,
        }
        assert pressed["message"]["ts"] == message["ts"]
        values = pressed["state"]["values"]["row"]
        assert values["one"] == {"type": "static_select", "selected_option": _option("b")}
        assert values["day"] == {"type": "datepicker", "selected_date": "2026-01-01"}
        assert values["some"]["selected_options"] == []
        assert {"go", "more"}.isdisjoint(values)
        (act,) = pressed["actions"]
        assert (act["action_id"], act["block_id"], act["value"]) == ("go", "row", "42")
        assert {"response_url", "trigger_id", "team", "user", "api_app_id"} <= set(pressed)


@pytest.mark.parametrize(
    ("action_id", "choice", "expected"),
    [
        ("one", "a", {"selected_option": _option("a")}),
        ("more", "y", {"selected_option": _option("y")}),
        ("some", ["a", "b"], {"selected_options": [_option("a"), _option("b")]}),
        ("day", "2026-02-03", {"selected_date": "2026-02-03"}),
        ("who", "U0000000002", {"selected_user": "U0000000002"}),
    ],
)
async def test_each_element_says_what_was_picked(
    action_id: str, choice: Any, expected: Json
) -> None:
    async with installed() as (slack, app), bare_socket(slack, app) as socket:
        async with Person(slack.workspace.base_url, "ana") as ana:
            message = await _posted(slack, app, ana, MENUS)
            await ana.click(message, action_id, value=choice)
        (act,) = next(each.payload for each in socket.came if each.type == "interactive")["actions"]
        assert act.items() >= expected.items()


async def test_nobody_picks_what_is_not_offered_or_presses_what_they_do_not_see() -> None:
    async with installed() as (slack, app), bare_socket(slack, app) as socket:
        url = slack.workspace.base_url
        cleo = next(user for user in slack.workspace.users.values() if user.name == "cleo")
        button = {"type": "button", "action_id": "go", "text": _plain("Go")}
        only = [{"type": "actions", "elements": [button | {"visible_to_user_ids": [cleo.id]}]}]
        async with Person(url, "ana") as ana, Person(url, "cleo") as boss:
            with pytest.raises(Refused, match="there is: a, b"):
                await ana.click(await _posted(slack, app, ana, MENUS), "one", value="c")
            message = await _posted(slack, app, ana, only)
            with pytest.raises(Refused, match="not_visible"):
                await ana.click(message, "Go")
            await boss.click(message, "Go")
        (pressed,) = [each.payload for each in socket.came if each.type == "interactive"]
        assert pressed["user"]["id"] == cleo.id


async def test_a_modal_is_filled_in_sent_and_closed() -> None:
    async with _scene() as (_, _, bolt, ana):
        sent: list[Json] = []

        @bolt.view("form")
        async def submitted(ack: Any, view: Json) -> None:
            sent.append(view)
            await ack()

        await ana.shortcut("start")
        (view,) = await ana.views()
        await ana.fill(view, {"name": {"in": "import"}, "size": {"in": "large"}})
        done = await ana.submit(view)
        assert (done["closed"], await ana.views()) == (True, [])
        values = sent[0]["state"]["values"]
        assert values["name"]["in"] == {"type": "plain_text_input", "value": "import"}
        assert values["size"]["in"]["selected_option"] == _option("large")
        assert sent[0]["private_metadata"] == "draft-1"


async def test_a_missing_required_input_never_reaches_the_app() -> None:
    async with _scene() as (_, _, bolt, ana):
        sent: list[Json] = []

        @bolt.view("form")
        async def submitted(ack: Any, view: Json) -> None:
            sent.append(view)
            await ack()

        await ana.shortcut("start")
        done = await ana.submit((await ana.views())[0])
        assert (done["closed"], list(done["errors"]), sent) == (False, ["name"], [])


@pytest.mark.parametrize(
    ("answer", "titles", "closed"),
    [
        ({"response_action": "errors", "errors": {"name": "Taken"}}, ["Start"], False),
        ({"response_action": "update", "view": modal("Again")}, ["Again"], False),
        ({"response_action": "push", "view": modal("Next")}, ["Start", "Next"], False),
        ({"response_action": "clear"}, [], True),
    ],
)
async def test_the_app_answers_a_submission(answer: Json, titles: list[str], closed: bool) -> None:
    async with _scene() as (_, _, bolt, ana):

        @bolt.view("form")
        async def submitted(ack: Any) -> None:
            await ack(**answer)

        await ana.shortcut("start")
        (view,) = await ana.views()
        await ana.fill(view, {"name": {"in": "import"}})
        done = await ana.submit(view)
        assert [each["title"]["text"] for each in await ana.views()] == titles
        assert done["closed"] is closed
        assert done.get("errors", {}) == answer.get("errors", {})


async def test_an_answer_that_makes_no_sense_shows_trouble_and_keeps_the_form() -> None:
    async with _scene() as (_, _, bolt, ana):

        @bolt.view("form")
        async def submitted(ack: Any) -> None:
            await ack(response_action="errors", errors={"nowhere": "Taken"})

        await ana.shortcut("start")
        (view,) = await ana.views()
        await ana.fill(view, {"name": {"in": "import"}})
        done = await ana.submit(view)
        assert (done["error"], done["closed"]) == ("dispatch_failed", False)
        assert len(await ana.views()) == 1


async def test_closing_is_told_when_the_view_asks_for_it() -> None:
    async with _scene() as (_, _, bolt, ana):
        closed: list[bool] = []

        @bolt.view_closed("form")
        async def gone(ack: Any, body: Json) -> None:
            await ack()
            closed.append(body["is_cleared"])

        await ana.shortcut("start")
        await ana.close((await ana.views())[0])
        assert (closed, await ana.views()) == ([False], [])


async def test_a_message_shortcut_carries_the_message() -> None:
    async with installed() as (slack, app), bare_socket(slack, app) as socket:
        async with Person(slack.workspace.base_url, "ana") as ana:
            await ana.say("general", "look here")
            (message,) = await ana.messages("general")
            await ana.shortcut("watch", message)
            with pytest.raises(Refused, match="unknown_shortcut"):
                await ana.shortcut("nope")
        (used,) = [each.payload for each in socket.came]
        assert (used["type"], used["message"]["text"]) == ("message_action", "look here")


async def test_typing_into_an_external_select_asks_the_app_for_options() -> None:
    async with _scene() as (slack, app, bolt, ana):
        picked: list[Json] = []

        @bolt.options("find")
        async def offer(ack: Any, payload: Json) -> None:
            await ack(options=[_option(payload["value"] + "port")])

        @bolt.action("find")
        async def found(ack: Any, action: Json) -> None:
            picked.append(action["selected_option"])
            await ack()

        message = await _posted(slack, app, ana, MENUS)
        assert (await ana.options(message, "find", ""))["options"] == []
        assert (await ana.options(message, "find", "im"))["options"] == [_option("import")]
        await ana.click(message, "find", value="import")
        assert picked == [_option("import")]


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"options": "many"},
        {"options": [{"text": "Import", "value": "import"}]},
        {"options": [_option("x" * 76)]},
        {"options": [_option(str(number)) for number in range(101)]},
    ],
)
async def test_options_that_slack_cannot_show_are_a_failure(answer: Json) -> None:
    async with installed() as (slack, app), bare_socket(slack, app) as socket:
        async with Person(slack.workspace.base_url, "ana") as ana:
            message = await _posted(slack, app, ana, MENUS)
            socket.payload = answer
            failed = await ana.options(message, "find", "im")
        assert (failed["error"], failed["options"]) == ("dispatch_failed", [])


async def test_elements_of_an_app_home_are_views_to_the_app() -> None:
    async with installed() as (slack, app), bare_socket(slack, app) as socket:
        async with Person(slack.workspace.base_url, "ana") as ana:
            me = (await ana.state())["me"]["id"]
            home = {"type": "home", "blocks": MENUS[:1]}
            await web_client(slack, app).views_publish(user_id=me, view=home)
            view = await ana.home()
            await ana.click(view, "Go")
        opened, pressed = (each.payload for each in socket.came)
        assert opened["event"]["view"]["id"] == view["id"]
        assert pressed["container"] == {"type": "view", "view_id": view["id"]}
        assert {"message", "channel", "response_url"}.isdisjoint(pressed)
