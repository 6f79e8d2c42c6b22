"""The modal of a draft."""

from bot.blocks import actions, context, divider, plain_text, section
from bot.buttons import Style
from bot.forms.draft import Draft
from bot.forms.elements import menu, options_of
from bot.forms.fields import Option
from bot.forms.form import Form
from bot.message import Block
from bot.mrkdwn import line

CALLBACK = "form:"
TOGGLE = "form:toggle"
HANDLER = "form:handler"
WORKFLOW = "form:workflow"
_TITLE = 24
_MOST_BLOCKS = 100
MOST_CHOICES = 1_000
_KINDS = {
    "signal_execution": "Signal",
    "query_execution": "Query",
    "update_execution": "Update",
}


def view(draft: Draft, draft_id: str) -> Block:
    """The modal; it carries the id of its draft, never what is in it."""
    made, options = draft.input_form(), draft.options_form()
    blocks = [*_head(draft), *_input(draft, made), *_options(draft, made, options)]
    refused = made.refused if made else None
    modal: Block = {
        "type": "modal",
        "callback_id": f"{CALLBACK}{draft.name}"[:255],
        "private_metadata": draft_id,
        "title": plain_text(draft.title, _TITLE),
        "close": plain_text(draft.close, _TITLE),
        "blocks": blocks[:_MOST_BLOCKS],
    }
    if refused is None and not (draft.choices and draft.choosing is None):
        modal["submit"] = plain_text(draft.submit, _TITLE)
    return modal


def button(label: str, action_id: str, style: Style | None = None) -> Block:
    """A button of the modal itself."""
    element: Block = {
        "type": "button",
        "action_id": action_id,
        "text": plain_text(label, 75, emoji=True),
    }
    return {**element, "style": style} if style else element


def alert(text: str) -> Block:
    """Something that a person should not overlook."""
    return section(f"⚠️ {text}")


def select(action_id: str, options: tuple[Option, ...], chosen: int | None = None) -> Block:
    """A menu whose choice the app hears of at once."""
    listed = options_of(options[:MOST_CHOICES], leave_out=False)
    element: Block = {
        "type": "static_select",
        "action_id": action_id,
        "placeholder": plain_text("Choose"),
        **menu(listed),
    }
    return element if chosen is None else {**element, "initial_option": listed[chosen]}


def _head(draft: Draft) -> list[Block]:
    warned = [alert(line(draft.alert, 500))] if draft.alert else []
    said = [section(text) for text in (*draft.intro, *draft.listing)]
    return [*warned, *said, *_handlers(draft)]


def _handlers(draft: Draft) -> list[Block]:
    if not draft.choices:
        return []
    names = [choice.name for choice in draft.choices]
    chosen = names.index(draft.choosing) if draft.choosing in names else None
    offered = tuple(Option(each.name, each.name, each.description) for each in draft.choices)
    what = _KINDS.get(draft.name, "Name")
    picked = section(f"*{what}*", accessory=select(HANDLER, offered, chosen))
    # Slack keeps what was chosen under the same block id, which is right here.
    blocks: list[Block] = [{**picked, "block_id": "handler"}]
    told = draft.choices[chosen].description if chosen is not None else ""
    return [*blocks, context(line(told, 500))] if told else blocks


def _input(draft: Draft, made: Form | None) -> list[Block]:
    if made is None or (draft.choices and draft.choosing is None):
        return []
    if made.refused:
        return [alert(line(made.refused, 600))]
    return [*made.blocks(), *_toggle(made)]


def _toggle(made: Form) -> list[Block]:
    """The way to the other form of the same input, where there is one."""
    if made.layout.unfit is not None or not made.layout.asks:
        return []
    label = "Use the form" if made.raw else "Edit as JSON"
    return [{**actions(button(label, TOGGLE)), "block_id": f"{made.prefix}.toggle"}]


def _options(draft: Draft, made: Form | None, options: Form | None) -> list[Block]:
    if options is None or (made is not None and made.refused):
        return []
    title = [divider(), section("*Options*")] if made is not None else []
    return [*title, *options.blocks()]
