"""Modals in a stack of three, and App Homes: opened, pushed, updated, closed, shown as JSON."""

import copy
from typing import Any

from sandbox.slack.checks import check_view, every_block, with_ids
from sandbox.slack.checks.messages import refused
from sandbox.slack.elements import state_of
from sandbox.slack.model import App, Json, View
from sandbox.slack.refusals import Refusal
from sandbox.slack.view_state import kept_state
from sandbox.slack.workspace import Happening, Workspace, new_secret

MAX_STACK = 3


def open_view(workspace: Workspace, app: App, user_id: str, body: object) -> View:
    """Open a modal; it takes the place of any that this app has open for the person."""
    check_view(body, "modal")
    _unique(workspace, app, body)
    for view in reversed(workspace.stack(user_id, app.id)):
        _remove(workspace, view)
    return _add(workspace, app, user_id, body)


def push_view(workspace: Workspace, app: App, user_id: str, body: object) -> View:
    """Put a modal on top of the open ones; raises push_limit_reached."""
    check_view(body, "modal")
    _unique(workspace, app, body)
    stack = workspace.stack(user_id, app.id)
    if not stack:
        raise Refusal("not_found")
    if len(stack) >= MAX_STACK:
        raise Refusal("push_limit_reached")
    return _add(workspace, app, user_id, body, below=stack[-1])


def update_view(
    workspace: Workspace,
    app: App,
    body: object,
    *,
    view_id: str | None = None,
    external_id: str | None = None,
    hash: str | None = None,
) -> View:
    """Change an open view; raises not_found or hash_conflict."""
    view = _find(workspace, app, view_id, external_id)
    if hash is not None and hash != view.hash:
        raise Refusal("hash_conflict")
    check_view(body, view.type)
    _unique(workspace, app, body, besides=view)
    _replace(workspace, view, body)
    return view


def publish_home(
    workspace: Workspace, app: App, user_id: str, body: object, *, hash: str | None = None
) -> View:
    """Publish a person's App Home; raises hash_conflict."""
    workspace.user(user_id)
    check_view(body, "home")
    view = workspace.home(user_id, app.id)
    if hash is not None and (view is None or hash != view.hash):
        raise Refusal("hash_conflict")
    _unique(workspace, app, body, besides=view)
    if view is None:
        return _add(workspace, app, user_id, body)
    _replace(workspace, view, body)
    return view


def close_view(workspace: Workspace, view: View) -> list[View]:
    """Close a modal and what lies on it; all of them when it says `clear_on_close`.

    Returns what was closed, the topmost first, for those who want to hear of it.
    """
    stack = workspace.stack(view.user, view.app_id)
    if view not in stack:
        raise Refusal("not_found")
    start = 0 if view.body.get("clear_on_close") else stack.index(view)
    closed = stack[start:][::-1]
    for each in closed:
        _remove(workspace, each)
    return closed


def clear_views(workspace: Workspace, app: App, user_id: str) -> list[View]:
    """Close every modal of the app for a person; the topmost first."""
    closed = workspace.stack(user_id, app.id)[::-1]
    for each in closed:
        _remove(workspace, each)
    return closed


def respond(workspace: Workspace, app: App, view: View, response: object) -> None:
    """Do what an app answered to a submission: its `response_action`, or close the view."""
    given: dict[str, Any] = response if isinstance(response, dict) else {}
    action = given.get("response_action")
    if action is None:
        close_view(workspace, view)
    elif action == "clear":
        clear_views(workspace, app, view.user)
    elif action == "update":
        update_view(workspace, app, given.get("view"), view_id=view.id)
    elif action == "push":
        push_view(workspace, app, view.user, given.get("view"))
    elif action == "errors":
        _show_errors(workspace, view, given.get("errors"))
    else:
        raise Refusal("invalid_response_action")


def view_json(workspace: Workspace, view: View) -> Json:
    """A view as methods return it and payloads carry it."""
    body = view.body
    shown: Json = {
        "id": view.id,
        "team_id": workspace.team_id,
        "type": view.type,
        "blocks": copy.deepcopy(body["blocks"]),
        "private_metadata": body.get("private_metadata", ""),
        "callback_id": body.get("callback_id", ""),
        "state": {"values": copy.deepcopy(state_of(body["blocks"], view.state))},
        "hash": view.hash,
        "title": body.get("title"),
        "close": body.get("close"),
        "submit": body.get("submit"),
        "clear_on_close": body.get("clear_on_close", False),
        "notify_on_close": body.get("notify_on_close", False),
        "previous_view_id": view.previous_id,
        "root_view_id": view.root_id,
        "app_id": view.app_id,
        "external_id": body.get("external_id", ""),
        "app_installed_team_id": workspace.team_id,
    }
    app = workspace.apps.get(view.app_id)
    return shown | ({"bot_id": app.bot_id} if app else {})


def _add(
    workspace: Workspace, app: App, user_id: str, body: object, below: View | None = None
) -> View:
    whole = _own(body)
    view_id = workspace.new_id("V")
    view = View(
        id=view_id,
        type=whole["type"],
        app_id=app.id,
        user=user_id,
        body=whole,
        hash=_new_hash(workspace),
        root_id=below.root_id if below else view_id,
        previous_id=below.id if below else None,
    )
    workspace.views[view_id] = view
    _tell(workspace, view)
    return view


def _replace(workspace: Workspace, view: View, body: object) -> None:
    view.body = _own(body)
    view.state = kept_state(view.body["blocks"], view.state)
    view.hash = _new_hash(workspace)
    view.errors = {}
    _tell(workspace, view)


def _own(body: object) -> Json:
    assert isinstance(body, dict)
    return {**copy.deepcopy(body), "blocks": with_ids(body["blocks"])}


def _remove(workspace: Workspace, view: View) -> None:
    del workspace.views[view.id]
    _tell(workspace, view, "view_closed")


def _show_errors(workspace: Workspace, view: View, errors: object) -> None:
    inputs = {
        block["block_id"]
        for block, _ in every_block(view.body["blocks"])
        if block["type"] == "input"
    }
    if not isinstance(errors, dict) or not errors or not errors.keys() <= inputs:
        raise refused("invalid_arguments", ["`errors` must name input blocks of the view"])
    view.errors = {block_id: str(text) for block_id, text in errors.items()}
    _tell(workspace, view)


def _find(workspace: Workspace, app: App, view_id: str | None, external_id: str | None) -> View:
    for view in workspace.views.values():
        named = view.id == view_id if view_id else view.body.get("external_id") == external_id
        if view.app_id == app.id and named:
            return view
    raise Refusal("not_found")


def _unique(workspace: Workspace, app: App, body: object, besides: View | None = None) -> None:
    external_id = body.get("external_id") if isinstance(body, dict) else None
    for view in workspace.views.values():
        same = external_id and view.body.get("external_id") == external_id
        if same and view.app_id == app.id and view is not besides:
            raise Refusal("duplicate_external_id")


def _new_hash(workspace: Workspace) -> str:
    return f"{int(workspace.clock.now())}.{new_secret()[:8]}"


def _tell(workspace: Workspace, view: View, kind: str | None = None) -> None:
    kind = kind or ("home" if view.type == "home" else "view")
    workspace.tell(Happening(kind, user=view.user, app_id=view.app_id, view_id=view.id))
