"""Modals and App Homes."""

from sandbox.slack.checks import check_view
from sandbox.slack.limits import Tier
from sandbox.slack.method_call import Method, MethodCall, invalid
from sandbox.slack.model import Json, View
from sandbox.slack.refusals import Refusal
from sandbox.slack.view_stack import open_view, publish_home, push_view, update_view, view_json


async def open_modal(call: MethodCall) -> Json:
    """Open a modal for the person whose trigger this is."""
    body = _view(call, "modal")
    return _shown(call, open_view(call.workspace, call.app, _person(call), body))


async def push(call: MethodCall) -> Json:
    """Put a modal on top of the open one."""
    body = _view(call, "modal")
    return _shown(call, push_view(call.workspace, call.app, _person(call), body))


async def update(call: MethodCall) -> Json:
    """Change a view that is open."""
    view_id, external_id = call.text("view_id"), call.text("external_id")
    if bool(view_id) == bool(external_id):
        said = "Cannot provide both" if view_id else "Must provide either"
        raise invalid(f"{said} `view_id` and `external_id`")
    changed = update_view(
        call.workspace,
        call.app,
        call.json("view"),
        view_id=view_id,
        external_id=external_id,
        hash=call.text("hash") or None,
    )
    return _shown(call, changed)


async def publish(call: MethodCall) -> Json:
    """Publish somebody's App Home."""
    user_id = call.required("user_id")
    if call.app.features.get("app_home", {}).get("home_tab_enabled") is False:
        raise Refusal("not_enabled")
    hash = call.text("hash") or None
    published = publish_home(call.workspace, call.app, user_id, call.json("view"), hash=hash)
    return _shown(call, published)


def _view(call: MethodCall, kind: str) -> object:
    body: object = call.json("view")
    if body is None:
        raise invalid("missing required field: view")
    # A refused view does not use up the trigger.
    check_view(body, kind)
    return body


def _person(call: MethodCall) -> str:
    trigger_id = call.text("trigger_id") or call.text("interactivity_pointer")
    if not trigger_id:
        raise invalid("missing required field: trigger_id")
    app_id, user_id = call.slack.triggers.spend(trigger_id)
    if app_id != call.app.id:
        raise Refusal("invalid_trigger_id")
    return user_id


def _shown(call: MethodCall, view: View) -> Json:
    return {"view": view_json(call.workspace, view)}


METHODS = {
    "views.open": Method(open_modal, scope=None, tier=Tier.T4),
    "views.push": Method(push, scope=None, tier=Tier.T4),
    "views.update": Method(update, scope=None, tier=Tier.T4),
    "views.publish": Method(publish, scope=None, tier=Tier.T4),
}
