"""Forms on their way: opened, changed while they are filled in, and read when they are sent."""

from collections.abc import Awaitable, Mapping
from typing import Any

from bot.acts.lookup import workflow_detail
from bot.blocks import actions, section
from bot.buttons import button
from bot.delivery import SlackRefused
from bot.forms import (
    WORKFLOW,
    Draft,
    FieldErrors,
    changed,
    create_schedule_form,
    message_view,
    picked,
    start_form,
    submitted,
    view,
)
from bot.grammar import fit
from bot.grammar.values import Word
from bot.message import Block, Message
from bot.mrkdwn import line
from bot.parts import Parts
from bot.request import Origin, Request
from bot.views import NoTrigger, change_view, open_view
from bot.visit import Visit
from shared.errors import OpsError

type Payload = dict[str, Any]

_KEY = "form:"


async def show_form(visit: Visit, title: str, making: Awaitable[Draft]) -> None:
    """Open the form that is being made; where Slack cannot open one, offer a button that can.

    A trigger is spent after three seconds, which a slow lookup before this may have taken.
    """
    visit.modal.expect(title)
    kept = await _kept_view(visit, making)
    try:
        await visit.modal.show(kept)
    except NoTrigger:
        await visit.answer(_door(kept))
    except SlackRefused as error:
        if error.error != "expired_trigger_id":
            raise
        await visit.answer(_door(kept))


async def reopen_form(visit: Visit) -> None:
    """A form that was made when it could not be opened; everybody who opens it has their own."""
    payload = await visit.parts.drafts.payload(str(visit.arguments.get("draft", "")))
    draft = Draft.of(payload["form"])

    async def own() -> Block:
        return view(draft, await visit.parts.drafts.keep(payload))

    await open_view(visit.modal, draft.title, own())


async def press_in_form(
    visit: Visit, open_now: Mapping[str, Any], action: Mapping[str, Any]
) -> None:
    """A button or menu inside an open form: another view takes its place."""
    draft_id = str(open_now.get("private_metadata", ""))
    payload = await visit.parts.drafts.payload(draft_id)
    state = (open_now.get("state") or {}).get("values") or {}
    if action.get("action_id") == WORKFLOW:
        draft = await _picked(visit, payload, action)
    else:
        draft = changed(Draft.of(payload["form"]), action, state)
    await visit.parts.drafts.change(draft_id, {**payload, "form": draft.kept()})
    await change_view(visit.parts.calls, str(open_now["id"]), view(draft, draft_id))


async def read_form(parts: Parts, origin: Origin, sent: Mapping[str, Any]) -> Request | FieldErrors:
    """The request of a sent form, asked where the form was opened; raises OpsError."""
    draft_id = str(sent.get("private_metadata", ""))
    payload = await parts.drafts.payload(draft_id)
    state = (sent.get("state") or {}).get("values") or {}
    answer = submitted(Draft.of(payload["form"]), state)
    if isinstance(answer, FieldErrors):
        return answer
    await parts.drafts.change(draft_id, {**payload, "sent": answer.arguments})
    opened = Origin.of(
        payload["origin"],
        by=origin.by,
        # Sending a form twice is asking once.
        key=f"{_KEY}{draft_id}",
        user=origin.user,
        team=origin.team,
        trigger_id=origin.trigger_id,
        view_id=origin.view_id,
    )
    return Request(answer.name, {**answer.arguments, **payload.get("extra", {})}, opened, True)


async def form_again(parts: Parts, origin: Origin, error: OpsError) -> Block:
    """The form as it was sent, with what went wrong at its top: nothing typed is lost."""
    draft_id = origin.key.removeprefix(_KEY)
    try:
        payload = await parts.drafts.payload(draft_id)
        draft = Draft.of(payload["form"])
    except (OpsError, KeyError):
        return message_view("That failed", line(str(error), 2_000))
    sent = dict(payload.get("sent") or {})
    given = sent.pop("input", None)
    asked = {name: value for name, value in sent.items() if name not in draft.arguments}
    again = draft.model_copy(
        update={
            "alert": str(error),
            "turn": draft.turn + 1,
            "given": given if isinstance(given, dict) else draft.given,
            "exact": isinstance(given, dict) or draft.exact,
            "options_given": {**draft.options_given, **asked},
            "text": None,
        }
    )
    await parts.drafts.change(draft_id, {**payload, "form": again.kept()})
    return view(again, draft_id)


def form_payload(origin: Origin, draft: Draft) -> Payload:
    """What is kept of an open form."""
    return {"form": draft.kept(), "origin": origin.kept()}


async def _kept_view(visit: Visit, making: Awaitable[Draft]) -> Block:
    draft = _typed(await making)
    draft_id = await visit.parts.drafts.keep(form_payload(visit.origin, draft))
    return view(draft, draft_id)


def _typed(draft: Draft) -> Draft:
    """With the types that its fields want in the place of typed words; raises DoesNotFit."""
    words = {
        name: Word(value) if isinstance(value, str) else value
        for name, value in draft.options_given.items()
    }
    return draft.model_copy(update={"options_given": fit(words, draft.options)})


async def _picked(visit: Visit, payload: Payload, action: Mapping[str, Any]) -> Draft:
    workflow = picked(payload["launcher"], action)
    detail = await workflow_detail(visit, workflow or "")
    given = payload.get("given") or {}
    make = create_schedule_form if payload.get("what") == "schedule" else start_form
    return make(detail, given)


def _door(modal: Block) -> Message:
    text = "This needs a form, which Slack opens from a button."
    door = button(
        "Open the form", "open_form", {"draft": modal["private_metadata"]}, style="primary"
    )
    return Message(text, (section(text), actions(door)))
