"""The form of a subscription: opened, and held against itself when it is sent."""

from collections.abc import Awaitable, Mapping
from typing import Any

from bot.acts.forms import form_payload
from bot.blocks import actions, section
from bot.buttons import button
from bot.delivery import SlackRefused
from bot.forms import Draft, FieldErrors, view
from bot.forms.alert_view import dressed, field_ids
from bot.forms.alerts import SUBSCRIBE, UPDATE
from bot.forms.form import sentence_of
from bot.message import Block, Message
from bot.request import Request
from bot.views import NoTrigger, open_view
from bot.visit import Visit
from shared.alerts.subscriptions import Subscription
from shared.alerts.wanted import Wanted
from shared.alerts.words import read_wanted, written
from shared.errors import InvalidArguments
from shared.operations.alerts import CreateAlertSubscription, Filter, UpdateAlertSubscription

# The argument with the version of the subscription that a form was opened with.
SEEN = "seen_version"
_PARAMS: Mapping[str, type[Filter]] = {
    SUBSCRIBE: CreateAlertSubscription,
    UPDATE: UpdateAlertSubscription,
}


async def show_alert_form(
    visit: Visit, title: str, making: Awaitable[Draft], seen: Subscription | None = None
) -> None:
    """Open the form; where Slack cannot open one, offer a button that asks for it again."""

    async def shown() -> Block:
        draft = await making
        kept = {**form_payload(visit.origin, draft), **(as_seen(seen) if seen else {})}
        return dressed(view(draft, await visit.parts.drafts.keep(kept)))

    try:
        await open_view(visit.modal, title, shown())
    except NoTrigger:
        await visit.answer(_door(visit))
    except SlackRefused as error:
        if error.error != "expired_trigger_id":
            raise
        await visit.answer(_door(visit))


def as_seen(mine: Subscription) -> dict[str, Any]:
    """What is kept of a subscription with its form; what is `extra` comes back when it is sent."""
    return {"extra": {SEEN: mine.version}, "base": written(mine.wanted)}


def wanted_of(name: str, arguments: Mapping[str, Any]) -> Wanted:
    """What a form that was read asks for; raises InvalidArguments where it contradicts itself."""
    return read_wanted(_PARAMS[name].model_validate(arguments))


def agreeing(modal: Mapping[str, Any], sent: Request | FieldErrors) -> Request | FieldErrors:
    """What was sent, or where the fields of a subscription contradict each other."""
    if isinstance(sent, FieldErrors) or sent.name not in _PARAMS:
        return sent
    try:
        wanted_of(sent.name, sent.arguments)
    except InvalidArguments as error:
        return FieldErrors(at_its_field(modal, error))
    return sent


def at_its_field(modal: Mapping[str, Any], error: InvalidArguments) -> dict[str, str]:
    """A contradiction at the field whose name its words begin with, or else at the first one."""
    fields = field_ids(modal)
    named = str(error).partition(" ")[0].partition("=")[0]
    return {fields.get(named) or next(iter(fields.values())): sentence_of(str(error))}


def _door(visit: Visit) -> Message:
    text = "This needs a form, which Slack opens from a button."
    door = button("Open the form", visit.request.name, visit.arguments, style="primary")
    return Message(text, (section(text), actions(door)))
