"""Modals as people end them: submitted, with the app's answer carried out, or closed."""

from dataclasses import dataclass

from sandbox.slack.acknowledgement import Ack, NotAcknowledged
from sandbox.slack.elements import elements
from sandbox.slack.form_rules import unready
from sandbox.slack.local import LocalSlack
from sandbox.slack.model import App, Json, User, View
from sandbox.slack.refusals import Refusal
from sandbox.slack.spots import app_of, interaction, view_spot
from sandbox.slack.view_stack import close_view, respond, view_json
from sandbox.slack.workspace import Happening


@dataclass(frozen=True, slots=True)
class Submitted:
    """What a person sees after pressing submit; `errors` are by block."""

    closed: bool
    errors: dict[str, str]
    ack: Json


async def submit(slack: LocalSlack, user: User, view_id: str) -> Submitted:
    """Press submit; raises `NotAcknowledged`, also when the answer makes no sense."""
    view = view_spot(slack, user, view_id).view
    if view.type != "modal" or view.body.get("submit") is None:
        raise Refusal("no_submit", hint="This view has no submit button.")
    if complaints := unready(view):
        _complain(slack, view, complaints)
        return Submitted(False, complaints, {})
    app = app_of(slack, view.app_id)
    ack = await slack.delivery.send(app, "interactive", _submission(slack, user, app, view))
    _carry_out(slack, app, view, ack)
    shown = ack.payload.get("response_action")
    return Submitted(
        closed=view.id not in slack.workspace.views,
        errors=dict(view.errors) if shown == "errors" else {},
        ack=ack.payload,
    )


async def close(
    slack: LocalSlack, user: User, view_id: str, everything: bool = False
) -> Ack | None:
    """Close the view, or all below it, too; the app hears of those with notify_on_close."""
    view = view_spot(slack, user, view_id).view
    if view.type != "modal":
        raise Refusal("not_a_modal", hint="An App Home cannot be closed.")
    app = app_of(slack, view.app_id)
    bottom = slack.workspace.stack(user.id, app.id)[0] if everything else view
    whole = everything or bool(bottom.body.get("clear_on_close"))
    ack = None
    for each in close_view(slack.workspace, bottom):
        if each.body.get("notify_on_close"):
            payload = _closing(slack, user, app, each) | {"is_cleared": whole}
            ack = await slack.delivery.send(app, "interactive", payload)
    return ack


def _carry_out(slack: LocalSlack, app: App, view: View, ack: Ack) -> None:
    if view.id not in slack.workspace.views:
        return
    try:
        respond(slack.workspace, app, view, ack.payload)
    except Refusal as refusal:
        raise NotAcknowledged("dispatch_failed", refusal.error) from refusal


def _complain(slack: LocalSlack, view: View, complaints: dict[str, str]) -> None:
    view.errors = complaints
    slack.workspace.tell(Happening("view", user=view.user, app_id=view.app_id, view_id=view.id))


def _submission(slack: LocalSlack, user: User, app: App, view: View) -> Json:
    payload = interaction(slack, "view_submission", app, user)
    return payload | {
        "view": view_json(slack.workspace, view),
        "response_urls": _response_urls(slack, user, app, view),
    }


def _closing(slack: LocalSlack, user: User, app: App, view: View) -> Json:
    payload = interaction(slack, "view_closed", app, user)
    # Nothing may be opened in answer to a closed view.
    del payload["trigger_id"]
    return payload | {"view": view_json(slack.workspace, view)}


def _response_urls(slack: LocalSlack, user: User, app: App, view: View) -> list[Json]:
    found: list[Json] = []
    for element in elements(view.body["blocks"]):
        if element.body.get("response_url_enabled"):
            value = view.state.get(element.block_id, {}).get(element.action_id, {})
            channel = value.get("selected_conversation") or value.get("selected_channel")
            if channel in slack.workspace.channels:
                found.append(
                    {
                        "block_id": element.block_id,
                        "action_id": element.action_id,
                        "channel_id": channel,
                        "response_url": slack.responses.address(app, user.id, channel),
                    }
                )
    return found
