"""The shortcut of a message that starts a workflow, to the card of what it started."""

from tests.bot.stage import BotStage, after, fill, form, newest, started, text_of
from tests.slack.workspace import Person, until


async def test_a_message_becomes_the_input_of_an_execution_with_a_card(
    face: BotStage, on_call: Person
) -> None:
    said = await on_call.say("ops", 'Please run this: {"pages": 2}')
    message = {"channel": face.slack.workspace.channel_named("ops").id, "ts": said}
    await on_call.shortcut("start_from_message", message)
    launcher = await form(on_call, "Its form opens as soon as you choose")
    [menu] = [each["accessory"] for each in launcher["blocks"] if "accessory" in each]
    [chosen] = [each for each in menu["options"] if text_of(each).startswith("Document proc")]
    await on_call.click(launcher, menu["action_id"], selected_option=chosen)
    view = await fill(on_call, await form(on_call, "Pages"))
    before = await newest(on_call)
    await on_call.submit(view)
    card = await after(on_call, before, "document-processing")
    execution_id = await started(face, card)

    async def result() -> object:
        return (await face.read(f"/executions/{execution_id}")).get("result")

    found = await until(result, deadline=120)
    assert isinstance(found, dict)
    assert found["pages"] == 2
