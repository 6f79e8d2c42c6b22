"""Slash commands: those of a manifest, answered to the person who typed them."""

import re
from dataclasses import dataclass

from sandbox.slack.acknowledgement import Ack, NotAcknowledged
from sandbox.slack.local import LocalSlack
from sandbox.slack.model import App, Channel, Json, User
from sandbox.slack.refusals import Refusal
from sandbox.slack.responses import answer
from sandbox.slack.wording import escaped, typed

_COMMAND = re.compile(r"(/\S+)(?:\s+(.*))?\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Typed:
    """A command as a person typed it."""

    app: App
    declared: Json
    text: str


async def run_command(
    slack: LocalSlack, user: User, channel: Channel, text: str, thread_ts: str | None = None
) -> Ack:
    """Send the command to its app and show what it acks; raises `NotAcknowledged`."""
    found = find_command(slack, text)
    if thread_ts is not None:
        hint = f"{found.declared['command']} is not supported in threads. Sorry!"
        raise Refusal("not_supported_in_threads", hint=hint)
    if channel.archived:
        raise Refusal("is_archived", hint=f"#{channel.name} is archived: nobody can type there.")
    payload = _payload(slack, found, user, channel)
    ack = await slack.delivery.send(found.app, "slash_commands", payload)
    try:
        answer(slack.workspace, found.app, user.id, channel.id, ack.payload)
    except Refusal as refusal:
        raise NotAcknowledged("dispatch_failed", refusal.error) from refusal
    return ack


def find_command(slack: LocalSlack, text: str) -> Typed:
    """The app whose manifest declares it; the newest wins, as Slack has it."""
    match = _COMMAND.match(text.strip())
    name = match[1].lower() if match else text
    for app in reversed(slack.workspace.apps.values()):
        for declared in app.features.get("slash_commands") or ():
            if match and declared.get("command") == name and not app.revoked:
                return Typed(app, declared, match[2] or "")
    raise Refusal("unknown_command", hint=f"{name} is not a valid command.")


def channel_name(channel: Channel) -> str:
    """What payloads call a conversation."""
    return {"im": "directmessage", "private": "privategroup"}.get(channel.kind, channel.name)


def _payload(slack: LocalSlack, found: Typed, user: User, channel: Channel) -> Json:
    workspace = slack.workspace
    wrap = found.declared.get("should_escape") is True
    return {
        "token": "local",
        "team_id": workspace.team_id,
        "team_domain": workspace.name.lower(),
        "channel_id": channel.id,
        "channel_name": channel_name(channel),
        "user_id": user.id,
        "user_name": user.name,
        "command": found.declared["command"],
        "text": typed(workspace, found.text, names=True) if wrap else escaped(found.text),
        "api_app_id": found.app.id,
        "is_enterprise_install": "false",
        "response_url": slack.responses.address(found.app, user.id, channel.id),
        "trigger_id": slack.triggers.issue(found.app.id, user.id),
    }
