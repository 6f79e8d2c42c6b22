"""response_url, with the official webhook client."""

from slack_sdk.webhook.async_client import AsyncWebhookClient

from sandbox.slack.local import LocalSlack
from sandbox.slack.model import App, Json
from tests.slack.bots import Socket, bare_socket, scene, web_client
from tests.slack.workspace import Person, installed

BUTTON: list[Json] = [
    {
        "type": "actions",
        "elements": [
            {"type": "button", "action_id": "go", "text": {"type": "plain_text", "text": "Go"}}
        ],
    }
]


async def _url(socket: Socket, ana: Person) -> str:
    await ana.command("ops", "/ops now")
    return str(socket.came[-1].payload["response_url"])


async def _pressed(slack: LocalSlack, app: App, socket: Socket, ana: Person) -> str:
    client = web_client(slack, app)
    channel = slack.workspace.channel_named("ops").id
    await client.chat_postMessage(channel=channel, text="Ready?", blocks=BUTTON)
    await ana.click((await ana.messages("ops"))[-1], "Go")
    return str(socket.came[-1].payload["response_url"])


async def test_it_takes_five_answers_and_no_sixth() -> None:
    async with scene() as (_slack, _app, socket, ana):
        hook = AsyncWebhookClient(await _url(socket, ana))
        for number in range(5):
            assert (await hook.send(text=str(number))).status_code == 200
        sixth = await hook.send(text="5")
        assert (sixth.status_code, "used_url" in sixth.body) == (404, True)
        assert [each["text"] for each in await ana.messages("ops")] == list("01234")


async def test_it_expires_after_thirty_minutes_of_the_workspace() -> None:
    async with scene() as (slack, _app, socket, ana):
        hook = AsyncWebhookClient(await _url(socket, ana))
        slack.workspace.clock.advance(29 * 60)
        assert (await hook.send(text="in time")).status_code == 200
        slack.workspace.clock.advance(2 * 60)
        late = await hook.send(text="late")
        assert (late.status_code, "expired_url" in late.body) == (404, True)


async def test_a_refused_answer_costs_no_use() -> None:
    async with scene() as (_slack, _app, socket, ana):
        hook = AsyncWebhookClient(await _url(socket, ana))
        for _ in range(6):
            refused = await hook.send_dict({"blocks": [{"type": "nonsense"}]})
            assert (refused.status_code, "invalid_blocks" in refused.body) == (400, True)
        assert (await hook.send(text="fine")).status_code == 200


async def test_only_the_person_sees_an_answer_unless_it_is_in_channel() -> None:
    async with installed() as (slack, app), bare_socket(slack, app) as socket:
        url = slack.workspace.base_url
        async with Person(url, "ana") as ana, Person(url, "ben") as ben:
            hook = AsyncWebhookClient(await _url(socket, ana))
            await hook.send(text="mine")
            await hook.send(text="ours", response_type="in_channel")
            assert [each["text"] for each in await ana.messages("ops")] == ["mine", "ours"]
            assert [each["text"] for each in await ben.messages("ops")] == ["ours"]


async def test_a_button_s_message_can_be_replaced_and_deleted() -> None:
    async with scene() as (slack, app, socket, ana):
        hook = AsyncWebhookClient(await _pressed(slack, app, socket, ana))
        await hook.send(text="Gone", replace_original=True)
        (replaced,) = await ana.messages("ops")
        assert (replaced["text"], "blocks" in replaced) == ("Gone", False)
        await hook.send(delete_original=True)
        assert await ana.messages("ops") == []


async def test_an_ephemeral_message_stays_ephemeral_when_it_is_replaced() -> None:
    async with installed() as (slack, app), bare_socket(slack, app) as socket:
        url = slack.workspace.base_url
        async with Person(url, "ana") as ana, Person(url, "ben") as ben:
            socket.payload = {"text": "Sure?", "blocks": BUTTON}
            await ana.command("ops", "/ops now")
            socket.payload = None
            await ana.click((await ana.messages("ops"))[-1], "Go")
            pressed = socket.came[-1].payload
            assert pressed["container"]["is_ephemeral"] is True
            hook = AsyncWebhookClient(pressed["response_url"])
            await hook.send(text="Yes", replace_original=True, response_type="in_channel")
            assert [each["text"] for each in await ana.messages("ops")] == ["Yes"]
            assert await ben.messages("ops") == []


async def test_an_answer_goes_into_the_thread_it_names() -> None:
    async with scene() as (_slack, _app, socket, ana):
        hook = AsyncWebhookClient(await _url(socket, ana))
        ts = await ana.say("ops", "a thread")
        await hook.send_dict({"text": "below", "thread_ts": ts})
        assert [each["text"] for each in await ana.messages("ops", ts)] == ["a thread", "below"]
