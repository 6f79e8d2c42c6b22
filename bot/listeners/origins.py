"""Slack's payloads as origins; the shapes are those of docs.slack.dev, interactivity and events."""

from collections.abc import Mapping
from typing import Any

from bot.request import By, Origin

type Body = Mapping[str, Any]


def of_command(body: Body) -> Origin:
    """A slash command."""
    return Origin(
        by=By.COMMAND,
        key=f"command:{body['trigger_id']}",
        user=body["user_id"],
        team=body.get("team_id"),
        channel=body.get("channel_id"),
        trigger_id=body["trigger_id"],
        response_url=body.get("response_url"),
    )


def of_message(by: By, body: Body) -> Origin:
    """A mention or a direct message; a mention is answered in its thread."""
    event = body["event"]
    thread_ts = event.get("thread_ts") or (event["ts"] if by is By.MENTION else None)
    return Origin(
        by=by,
        key=f"event:{body.get('event_id') or event['ts']}",
        user=event["user"],
        team=event.get("user_team") or event.get("team") or body.get("team_id"),
        channel=event["channel"],
        thread_ts=thread_ts,
        message_ts=event["ts"],
    )


def of_home(body: Body) -> Origin:
    """Somebody opened the App Home."""
    event = body["event"]
    return Origin(
        by=By.HOME,
        key=f"event:{body.get('event_id')}",
        user=event["user"],
        team=body.get("team_id"),
    )


def of_action(body: Body, action: Body) -> Origin:
    """A button or a menu, in a message, a modal or the App Home."""
    container = body.get("container") or {}
    view = body.get("view") or {}
    message = body.get("message") or {}
    user = body["user"]
    message_ts = container.get("message_ts")
    where = message_ts or view.get("id") or ""
    by = By.BUTTON if message_ts else By.HOME if view.get("type") == "home" else By.FORM
    ephemeral = bool(container.get("is_ephemeral"))
    thread_ts = container.get("thread_ts") or message.get("thread_ts")
    return Origin(
        by=by,
        key=f"action:{where}:{action['action_id']}:{action.get('action_ts')}:{user['id']}",
        user=user["id"],
        team=user.get("team_id") or (body.get("team") or {}).get("id"),
        channel=(body.get("channel") or {}).get("id") or container.get("channel_id"),
        # What a button of a public message brings goes into the thread below it.
        thread_ts=thread_ts or (None if ephemeral else message_ts),
        message_ts=message_ts,
        ephemeral=ephemeral,
        trigger_id=body.get("trigger_id"),
        response_url=body.get("response_url"),
        view_id=view.get("id"),
    )


def of_view(body: Body) -> Origin:
    """A submitted form; where it was opened is in its draft."""
    view, user = body["view"], body["user"]
    return Origin(
        by=By.FORM,
        key=f"view:{view['id']}:{view.get('hash')}",
        user=user["id"],
        team=user.get("team_id") or (body.get("team") or {}).get("id"),
        trigger_id=body.get("trigger_id"),
        view_id=view["id"],
    )


def of_shortcut(body: Body) -> Origin:
    """A shortcut, global or of a message."""
    user, message = body["user"], body.get("message") or {}
    return Origin(
        by=By.SHORTCUT,
        key=f"shortcut:{body['trigger_id']}",
        user=user["id"],
        team=user.get("team_id") or (body.get("team") or {}).get("id"),
        channel=(body.get("channel") or {}).get("id"),
        thread_ts=message.get("thread_ts"),
        message_ts=body.get("message_ts") or message.get("ts"),
        trigger_id=body["trigger_id"],
        response_url=body.get("response_url"),
    )
