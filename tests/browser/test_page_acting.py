"""What a person does in the page, from a typed command to an answered question."""

import re

from playwright.async_api import Locator, Page, expect

from tests.bot.stage import BotStage

_HOSTILE = "<img src=x onerror='window.ran=1'><script>window.ran=1</script>"

_WRITE = re.compile("^Message #")


async def test_a_command_is_completed_as_it_is_typed_and_its_card_is_seen_to_finish(
    page: Page,
) -> None:
    write = page.get_by_role("textbox", name=_WRITE)
    await write.press_sequentially("/work")
    await expect(page.get_by_role("option", name="/workflows")).to_be_visible()
    await write.press("Tab")
    await write.press_sequentially("sta")
    await expect(page.get_by_role("option", name=re.compile("^start"))).to_be_visible()
    await write.press("Tab")
    await expect(write).to_have_value("/workflows start ")
    await write.press_sequentially("document-processing pages=2")
    await write.press("Enter")
    card = card_of(page, "document-processing")
    await expect(card).to_contain_text("document-processing · completed in")
    await expect(card.get_by_role("button", name="Result")).to_be_visible()
    await expect(write).to_have_value("")


async def test_a_form_shows_what_is_wrong_at_the_field_and_then_starts_the_workflow(
    page: Page,
) -> None:
    await command(page, "start document-processing")
    form = page.get_by_role("dialog")
    pages = form.get_by_role("textbox", name="Pages")
    await expect(pages).to_be_focused()
    await pages.fill("0")
    await form.get_by_role("button", name="Start", exact=True).click()
    await expect(form.get_by_text("at least 1")).to_be_visible()
    await expect(pages).to_have_attribute("aria-invalid", "true")
    await pages.fill("2")
    await form.get_by_role("button", name="Start", exact=True).click()
    await expect(page.get_by_role("dialog", name="Started")).to_contain_text("its card is in")
    await page.keyboard.press("Escape")
    await expect(form).to_be_hidden()
    await expect(card_of(page, "document-processing")).to_contain_text("completed in")


async def test_a_choice_in_the_launcher_opens_the_form_of_that_workflow(page: Page) -> None:
    await command(page, "start")
    await page.get_by_role("dialog").get_by_role("combobox").click()
    await page.get_by_role("searchbox").fill("expense")
    await page.get_by_role("option", name="Expense approval").click()
    form = page.get_by_role("dialog")
    await expect(form.get_by_role("textbox", name="Amount")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(form).to_be_hidden()


async def test_the_trace_of_a_failed_execution_is_a_picture_in_its_thread(page: Page) -> None:
    await command(page, "start failing-report")
    card = card_of(page, "failing-report · failed")
    await card.get_by_role("button", name="Trace").click()
    await thread_of(card)
    thread = page.get_by_role("complementary", name="Thread")
    picture = thread.get_by_role("img", name=re.compile("waterfall|trace", re.IGNORECASE)).first
    await expect(picture).to_be_visible()
    drawn = "image => image.decode().then(() => image.naturalWidth)"
    assert await picture.evaluate(drawn) > 200


async def test_a_question_is_answered_with_its_button_and_hostile_text_stays_text(
    page: Page, stage: BotStage, room: str
) -> None:
    async with stage.person("ana") as ana:
        text = f'/workflows start expense-approval amount=480 employee="{_HOSTILE}"'
        await ana.command(room, text)
    card = card_of(page, "expense-approval")
    await expect(card).to_contain_text("waiting")
    await thread_of(card)
    thread = page.get_by_role("complementary", name="Thread")
    await thread.get_by_role("button", name="Approve").click()
    await page.get_by_role("alertdialog").get_by_role("button", name="Send").click()
    await expect(thread).to_contain_text("by @Ana Almeida")
    await expect(card).to_contain_text("completed in")
    await card.get_by_role("button", name="Result").click()
    await expect(page.get_by_text(_HOSTILE).first).to_be_visible()
    assert await page.evaluate("window.ran") is None


async def test_the_home_tab_leads_to_what_waits(page: Page) -> None:
    await command(page, "start expense-approval amount=7")
    await expect(card_of(page, "expense-approval")).to_contain_text("waiting")
    await page.get_by_role("button", name="Workflows", exact=True).click()
    home = page.get_by_role("tabpanel", name="Home")
    await home.get_by_role("button", name="Answer…").first.click()
    await expect(page.get_by_role("dialog")).to_contain_text("Manager approval")


async def command(page: Page, text: str) -> None:
    """Type a command of the bot and send it."""
    write = page.get_by_role("textbox", name=_WRITE)
    await write.fill(f"/workflows {text}")
    await write.press("Enter")


def card_of(page: Page, words: str) -> Locator:
    """The message in the channel that says so."""
    feed = page.get_by_role("log", name=re.compile("^Messages in"))
    return feed.get_by_role("article").filter(has_text=words)


async def thread_of(card: Locator) -> None:
    """Open the thread below a card, when something is in it."""
    await card.get_by_role("button", name=re.compile("repl(y|ies)$|repl(y|ies) ")).click()
