"""Acting as a person."""

from typing import Any

from sandbox.slack.acknowledgement import NotAcknowledged
from sandbox.slack.commands import find_command, run_command
from sandbox.slack.control.question import Question, failed, invalid
from sandbox.slack.interactions import global_shortcut, message_shortcut, offer, use
from sandbox.slack.model import Channel, Json, Message, User
from sandbox.slack.posting import put, thread_of
from sandbox.slack.refusals import Refusal
from sandbox.slack.spots import Spot, message_spot, view_spot
from sandbox.slack.submissions import close, submit
from sandbox.slack.view_stack import view_json
from sandbox.slack.wording import typed
from sandbox.slack.workspace import Happening

_NOT_RESPONDING = "This app is not responding."
_TROUBLE = "We had some trouble connecting. Try again?"
_CHOICES = (
    "value",
    "selected_option",
    "selected_options",
    "selected_date",
    "selected_time",
    "selected_date_time",
    "selected_user",
    "selected_users",
    "selected_channel",
    "selected_channels",
    "selected_conversation",
    "selected_conversations",
)


async def say(question: Question) -> Json:
    """Write a message."""
    return await _say(question, question.user(), question.channel())


async def direct(question: Question) -> Json:
    """Write to the app."""
    app, user = question.app(), question.user()
    home: Json = app.features.get("app_home") or {}
    if not home.get("messages_tab_enabled", True) or home.get("messages_tab_read_only_enabled"):
        raise invalid("Sending messages to this app has been turned off.", "messages_tab_disabled")
    return await _say(question, user, question.slack.workspace.direct(user.id, app.user))


async def command(question: Question) -> Json:
    """Type a slash command."""
    user, channel = question.user(), question.channel()
    text, thread_ts = question.required("text"), question.text("thread_ts")
    _member(user, channel)
    try:
        ack = await run_command(question.slack, user, channel, text, thread_ts)
    except NotAcknowledged as missed:
        name = find_command(question.slack, text).declared["command"]
        return failed(missed, f'{name} failed with the error "{missed.error}"')
    return {"ack": ack.payload}


async def click(question: Question) -> Json:
    """Press a button, or pick in a menu."""
    user = question.user()
    spot = _spot(question, user)
    choice = next((question.given[name] for name in _CHOICES if name in question.given), None)
    action_id, block_id = question.required("action_id"), question.text("block_id")
    try:
        ack = await use(question.slack, user, spot, action_id, block_id, choice)
    except NotAcknowledged as missed:
        return failed(missed, _NOT_RESPONDING)
    return {"ack": ack.payload if ack is not None else None}


async def fill(question: Question) -> Json:
    """Fill in a form; elements that are sent at once are sent."""
    user = question.user()
    values: Any = question.given.get("values")
    if not isinstance(values, dict) or not all(isinstance(each, dict) for each in values.values()):
        raise invalid("Say 'values' as {block_id: {action_id: value}}.")
    for block_id, actions in values.items():
        for action_id, choice in actions.items():
            spot = view_spot(question.slack, user, question.required("view_id"))
            try:
                await use(question.slack, user, spot, action_id, block_id, choice)
            except NotAcknowledged as missed:
                return failed(missed, _NOT_RESPONDING)
    return {}


async def submit_view(question: Question) -> Json:
    """Press submit in a modal."""
    user = question.user()
    try:
        done = await submit(question.slack, user, question.required("view_id"))
    except NotAcknowledged as missed:
        return failed(missed, _TROUBLE) | {"closed": False}
    shown: Json = {"closed": done.closed, "ack": done.ack}
    return shown | ({"errors": done.errors} if done.errors else {})


async def close_one(question: Question) -> Json:
    """Close a modal; with `all` those below it, too."""
    user, everything = question.user(), question.given.get("all") is True
    try:
        await close(question.slack, user, question.required("view_id"), everything)
    except NotAcknowledged as missed:
        return failed(missed, "")
    return {}


async def shortcut(question: Question) -> Json:
    """Use a shortcut: of a message when one is named, else a global one."""
    user, callback_id = question.user(), question.required("callback_id")
    try:
        if question.text("ts") is None:
            ack = await global_shortcut(question.slack, user, callback_id)
        else:
            channel = question.channel()
            spot = message_spot(question.slack, user, channel, question.required("ts"))
            ack = await message_shortcut(question.slack, user, callback_id, channel, spot.message)
    except NotAcknowledged as missed:
        return failed(missed, _TROUBLE)
    return {"ack": ack.payload}


async def home(question: Question) -> Json:
    """Open the App Home."""
    slack, app, user = question.slack, question.app(), question.user()
    slack.events.home_opened(app, user.id, question.text("tab") or "home")
    await slack.delivery.settled()
    view = slack.workspace.home(user.id, app.id)
    return {"view": view_json(slack.workspace, view) if view is not None else None}


async def options(question: Question) -> Json:
    """Type into a menu whose options come from the app."""
    user = question.user()
    spot = _spot(question, user)
    action_id, block_id = question.required("action_id"), question.text("block_id")
    typed_text = question.text("typed") or ""
    try:
        return await offer(question.slack, user, spot, action_id, block_id, typed_text)
    except NotAcknowledged as missed:
        return failed(missed, "We had some trouble loading options.") | {"options": []}


async def react(question: Question) -> Json:
    """Put an emoji on a message, or take one's own away again."""
    user, name = question.user(), question.required("name").strip(":")
    spot = message_spot(question.slack, user, question.channel(), question.required("ts"))
    users = spot.message.reactions.setdefault(name, [])
    (users.remove if user.id in users else users.append)(user.id)
    if not users:
        del spot.message.reactions[name]
    question.slack.workspace.tell(
        Happening("reaction", channel=spot.channel.id, ts=spot.message.ts, user=user.id)
    )
    return {}


async def _say(question: Question, user: User, channel: Channel) -> Json:
    slack = question.slack
    _member(user, channel)
    if channel.archived:
        raise invalid(f"#{channel.name} is archived.", "is_archived")
    message = Message(
        ts=slack.workspace.new_ts(),
        channel=channel.id,
        user=user.id,
        text=typed(slack.workspace, question.required("text")),
        thread_ts=_thread(question, channel),
    )
    put(slack.workspace, message)
    await slack.delivery.settled()
    return {"channel": channel.id, "ts": message.ts}


def _thread(question: Question, channel: Channel) -> str | None:
    try:
        return thread_of(question.slack.workspace, channel.id, question.text("thread_ts"))
    except Refusal as refusal:
        raise invalid("No thread begins there.", refusal.error) from refusal


def _spot(question: Question, user: User) -> Spot:
    if (view_id := question.text("view_id")) is not None:
        return view_spot(question.slack, user, view_id)
    return message_spot(question.slack, user, question.channel(), question.required("ts"))


def _member(user: User, channel: Channel) -> None:
    if user.id not in channel.members:
        raise invalid(f"{user.name} is not in #{channel.name}: invite first.", "not_in_channel")
