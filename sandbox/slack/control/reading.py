"""What a person sees, and what an observer may know."""

from sandbox.slack.control.question import Question
from sandbox.slack.control.sight import may_read, seen
from sandbox.slack.message_json import as_json
from sandbox.slack.model import App, Channel, Json, Message, User, View
from sandbox.slack.view_stack import view_json


async def state(question: Question) -> Json:
    """The workspace of a person."""
    workspace, user = question.slack.workspace, question.user()
    apps = [app for app in workspace.apps.values() if not app.revoked]
    return {
        "me": _user(user),
        "team": {"id": workspace.team_id, "name": workspace.name},
        "now": workspace.clock.now(),
        "channels": [
            _channel(question, user, channel)
            for channel in workspace.channels.values()
            if may_read(user, channel)
        ],
        "users": [_user(each) for each in workspace.users.values()],
        "apps": [_app(app) for app in apps],
        "commands": [
            {"app_id": app.id} | command
            for app in apps
            for command in app.features.get("slash_commands") or ()
        ],
        "shortcuts": [
            {"app_id": app.id} | shortcut
            for app in apps
            for shortcut in app.features.get("shortcuts") or ()
        ],
        "groups": [
            {"id": group.id, "handle": group.handle, "name": group.name, "users": group.users}
            for group in workspace.groups.values()
        ],
    }


async def messages(question: Question) -> Json:
    """A channel, or a thread of it, as a person sees it; reading it is noted.

    What is as old as `oldest`, or older, is left out.
    """
    user, channel = question.user(), question.channel()
    thread_ts, oldest = question.text("thread_ts"), question.text("oldest") or ""
    shown = [
        _message(question, message)
        for message in seen(user, channel)
        if message.ts > oldest and _belongs(message, thread_ts)
    ]
    if thread_ts is None and channel.messages:
        question.slack.clients.read[user.id, channel.id] = channel.messages[-1].ts
    return {"channel": channel.id, "messages": shown}


async def views(question: Question) -> Json:
    """The modals that a person has open, the topmost last, and the App Home."""
    workspace, user = question.slack.workspace, question.user()
    mine = [view for view in workspace.views.values() if view.user == user.id]
    homes = [view for view in mine if view.type == "home" and _wanted(question, view)]
    return {
        "stack": [_view(question, view) for view in mine if view.type == "modal"],
        "home": _view(question, homes[-1]) if homes else None,
    }


async def calls(question: Question) -> Json:
    """The log of the Web API."""
    found = question.slack.calls.of(question.text("method"))
    return {"calls": [call.as_json() for call in found]}


async def faults(question: Question) -> Json:
    """The faults still to come."""
    waiting = question.slack.faults.waiting()
    return {"faults": [{"kind": each.kind, "times": each.times} for each in waiting]}


async def sockets(question: Question) -> Json:
    """How many sockets each app has open."""
    slack = question.slack
    return {"sockets": {app: len(slack.sockets.open_sockets(app)) for app in slack.workspace.apps}}


def _belongs(message: Message, thread_ts: str | None) -> bool:
    if thread_ts is not None:
        return thread_ts in (message.thread_ts, message.ts)
    return message.thread_ts in (None, message.ts) or message.broadcast


def _message(question: Question, message: Message) -> Json:
    shown = as_json(question.slack.workspace, message, metadata=True)
    return shown | {"ephemeral": message.to is not None, "stream": message.stream}


def _view(question: Question, view: View) -> Json:
    return view_json(question.slack.workspace, view) | {"errors": dict(view.errors)}


def _wanted(question: Question, view: View) -> bool:
    return question.text("app") is None or view.app_id == question.app().id


def _user(user: User) -> Json:
    return {
        "id": user.id,
        "name": user.name,
        "real_name": user.real_name,
        "guest": user.guest,
        "stranger": user.stranger,
        "app_id": user.app_id,
    }


def _app(app: App) -> Json:
    return {"id": app.id, "name": app.name, "user": app.user, "bot_id": app.bot_id}


def _channel(question: Question, user: User, channel: Channel) -> Json:
    last = question.slack.clients.read.get((user.id, channel.id), "")
    unread = [each for each in seen(user, channel) if each.ts > last and each.user != user.id]
    return {
        "id": channel.id,
        "name": channel.name,
        "kind": channel.kind,
        "members": sorted(channel.members),
        "archived": channel.archived,
        "shared": channel.shared,
        "joined": user.id in channel.members,
        "unread": len(unread),
    }
