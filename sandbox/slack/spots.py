"""Where a person acts: in a message or in a view, with what payloads say about it."""

from dataclasses import dataclass
from itertools import chain
from typing import Any

from sandbox.slack.commands import channel_name
from sandbox.slack.elements import state_of
from sandbox.slack.local import LocalSlack
from sandbox.slack.message_json import as_json
from sandbox.slack.model import App, Channel, Json, Message, User, View
from sandbox.slack.refusals import Refusal
from sandbox.slack.view_stack import view_json


@dataclass(frozen=True, slots=True)
class InMessage:
    """A message that the person sees."""

    channel: Channel
    message: Message

    @property
    def key(self) -> str:
        """Its name among the places where people pick things."""
        return f"{self.channel.id}/{self.message.ts}"

    @property
    def app_id(self) -> str | None:
        """Whose message it is."""
        return self.message.app_id

    @property
    def blocks(self) -> list[Any]:
        """Its blocks, those of attachments included."""
        attached = [each.get("blocks") or () for each in self.message.attachments or ()]
        return [*(self.message.blocks or ()), *chain.from_iterable(attached)]


@dataclass(frozen=True, slots=True)
class InView:
    """An open modal, or an App Home."""

    view: View

    @property
    def key(self) -> str:
        """Its name among the places where people pick things."""
        return self.view.id

    @property
    def app_id(self) -> str | None:
        """Whose view it is."""
        return self.view.app_id

    @property
    def blocks(self) -> list[Any]:
        """Its blocks."""
        blocks: list[Any] = self.view.body["blocks"]
        return blocks


type Spot = InMessage | InView


def message_spot(slack: LocalSlack, user: User, channel: Channel, ts: str) -> InMessage:
    """The message, if this person is in the channel and sees it."""
    message = channel.message(ts)
    if user.id not in channel.members:
        raise Refusal("not_in_channel", hint=f"{user.name} is not in #{channel.name}.")
    if message is None or message.to not in (None, user.id):
        raise Refusal("message_not_found", hint=f"{user.name} sees no message {ts} there.")
    return InMessage(channel, message)


def view_spot(slack: LocalSlack, user: User, view_id: str) -> InView:
    """The view, if it is this person's and on top."""
    view = slack.workspace.views.get(view_id)
    if view is None or view.user != user.id:
        raise Refusal("view_not_found", hint=f"{user.name} has no view {view_id} open.")
    stack = slack.workspace.stack(user.id, view.app_id)
    if view.type == "modal" and stack[-1] is not view:
        raise Refusal("view_covered", hint=f"View {stack[-1].id} is on top of it.")
    return InView(view)


def app_of(slack: LocalSlack, app_id: str | None) -> App:
    """The app behind a message or view."""
    app = slack.workspace.apps.get(app_id or "")
    if app is None:
        raise Refusal("no_app", hint="No app stands behind this: a person wrote it.")
    return app


def interaction(slack: LocalSlack, kind: str, app: App, user: User) -> Json:
    """What every interaction payload has, a fresh trigger included."""
    return {
        "type": kind,
        "user": user_json(slack, user),
        "api_app_id": app.id,
        "token": "local",
        "trigger_id": slack.triggers.issue(app.id, user.id),
        "team": {"id": slack.workspace.team_id, "domain": slack.workspace.name.lower()},
        "enterprise": None,
        "is_enterprise_install": False,
    }


def user_json(slack: LocalSlack, user: User) -> Json:
    """A person as interaction payloads name them."""
    return {
        "id": user.id,
        "username": user.name,
        "name": user.name,
        "team_id": slack.workspace.team_id,
    }


def place_json(slack: LocalSlack, user: User, spot: Spot) -> Json:
    """container, channel and message, or view, with the state of what was picked there."""
    if isinstance(spot, InView):
        shown = view_json(slack.workspace, spot.view)
        return {"container": {"type": "view", "view_id": spot.view.id}, "view": shown}
    message, channel = spot.message, spot.channel
    container: Json = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": channel.id,
        "is_ephemeral": message.to is not None,
    }
    if message.thread_ts is not None:
        container["thread_ts"] = message.thread_ts
    picked = slack.clients.picked.get((user.id, spot.key), {})
    place: Json = {
        "container": container,
        "channel": {"id": channel.id, "name": channel_name(channel)},
        "state": {"values": state_of(spot.blocks, picked)},
    }
    # Slack does not show an app its own ephemeral message again.
    if message.to is None:
        place["message"] = as_json(slack.workspace, message, metadata=True)
    return place
