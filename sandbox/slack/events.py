"""What apps hear of: changes of the workspace become events of the Events API."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

from sandbox.slack.delivery import Delivery
from sandbox.slack.model import App, Channel, Json, Message
from sandbox.slack.posting import as_json
from sandbox.slack.subscriptions import subscribed
from sandbox.slack.view_stack import view_json
from sandbox.slack.workspace import Happening, Workspace, new_secret

_FAMILY = {"channel": "channels", "private": "groups", "im": "im"}
_CHANNEL_TYPE = {"channel": "channel", "private": "group", "im": "im"}
_LETTER = {"channel": "C", "private": "G", "im": "D"}
_LINK = re.compile(r"<(https?://[^>|]+)(?:\|[^>]*)?>")


class Events:
    """Listens to a workspace and tells its apps what they asked for."""

    def __init__(self, workspace: Workspace, delivery: Delivery) -> None:
        self._workspace = workspace
        self._delivery = delivery
        self._known: dict[str, tuple[str, bool]] = {}
        self._shown: dict[tuple[str, str], Json] = {}
        for channel in workspace.channels.values():
            self._known[channel.id] = (channel.name, channel.archived)
        self._tellers: dict[str, Callable[[Happening], None]] = {
            "message": self._message,
            "message_changed": self._changed,
            "message_deleted": self._deleted,
            "channel": self._channel,
            "member_joined": self._member,
            "member_left": self._member,
        }
        workspace.listen(self._hear)

    def home_opened(self, app: App, user_id: str, tab: str = "home") -> None:
        """Somebody opened the app's page."""
        event: Json = {
            "type": "app_home_opened",
            "user": user_id,
            "channel": self._workspace.direct(user_id, app.user).id,
            "tab": tab,
        }
        home = self._workspace.home(user_id, app.id)
        if tab == "home" and home is not None:
            event["view"] = view_json(self._workspace, home)
        self._send(app, "app_home_opened", event)

    def tell(self, app: App, event: Json) -> None:
        """Send an event that concerns the app itself, such as tokens_revoked."""
        self._send(app, str(event["type"]), event)

    def _hear(self, happening: Happening) -> None:
        if (teller := self._tellers.get(happening.kind)) is not None:
            teller(happening)

    def _message(self, happening: Happening) -> None:
        channel, message = self._found(happening)
        if channel is None or message is None or message.to is not None:
            return
        shown = self._remember(channel, message)
        event = shown | self._where(channel) | {"event_ts": message.ts}
        for app in self._present(channel):
            self._send(app, f"message.{_FAMILY[channel.kind]}", event)
            if self._mentions(app, channel, message):
                self._send(app, "app_mention", _mention(event))
        self._links(channel, message)

    def _changed(self, happening: Happening) -> None:
        channel, message = self._found(happening)
        if channel is None or message is None or message.to is not None:
            return
        before = self._shown.get((channel.id, message.ts))
        after = self._remember(channel, message)
        self._hidden(channel, "message_changed", {"message": after, "previous_message": before})

    def _deleted(self, happening: Happening) -> None:
        channel = self._workspace.channels.get(happening.channel or "")
        before = self._shown.pop((happening.channel or "", happening.ts or ""), None)
        if channel is not None and before is not None:
            details = {"deleted_ts": happening.ts, "previous_message": before}
            self._hidden(channel, "message_deleted", details)

    def _hidden(self, channel: Channel, subtype: str, details: Json) -> None:
        ts = self._workspace.new_ts()
        event = {"type": "message", "subtype": subtype, "hidden": True, "ts": ts, "event_ts": ts}
        event |= details | self._where(channel)
        for app in self._present(channel):
            self._send(app, f"message.{_FAMILY[channel.kind]}", event)

    def _links(self, channel: Channel, message: Message) -> None:
        found = [
            {"url": url, "domain": urlsplit(url).hostname or ""}
            for url in _LINK.findall(message.text)
        ]
        for app in list(self._workspace.apps.values()):
            links = [each for each in found if _unfurls(app, each["domain"])]
            if links and message.app_id is None:
                self._send(app, "link_shared", self._shared(app, channel, message, links))

    def _shared(self, app: App, channel: Channel, message: Message, links: list[Json]) -> Json:
        event: Json = {
            "type": "link_shared",
            "channel": channel.id,
            "is_bot_user_member": app.user in channel.members,
            "user": message.user,
            "message_ts": message.ts,
            "unfurl_id": f"{channel.id}-{message.ts}-{new_secret()}",
            "source": "conversations_history",
            "links": links,
        }
        return event | ({"thread_ts": message.thread_ts} if message.thread_ts else {})

    def _channel(self, happening: Happening) -> None:
        channel = self._workspace.channels.get(happening.channel or "")
        if channel is None or channel.kind == "im":
            return
        name, archived = self._known.get(channel.id, (None, False))
        self._known[channel.id] = (channel.name, channel.archived)
        shown = {"id": channel.id, "name": channel.name, "name_normalized": channel.name}
        user = {"channel": channel.id, "user": happening.user}
        for app in list(self._workspace.apps.values()):
            if name is None:
                self._send(app, "channel_created", {"type": "channel_created", "channel": shown})
            elif app.user not in channel.members:
                continue
            elif name != channel.name:
                self._send(app, "channel_rename", {"type": "channel_rename", "channel": shown})
            elif archived != channel.archived:
                kind = "channel_archive" if channel.archived else "channel_unarchive"
                self._send(app, kind, {"type": kind, **user})

    def _member(self, happening: Happening) -> None:
        channel = self._workspace.channels.get(happening.channel or "")
        if channel is None or channel.kind == "im":
            return
        kind = f"{happening.kind}_channel"
        event = {
            "type": kind,
            "user": happening.user,
            "channel": channel.id,
            "channel_type": _LETTER[channel.kind],
            "team": self._workspace.team_id,
        }
        for app in list(self._workspace.apps.values()):
            # Whoever was removed hears of it, too.
            if app.user in channel.members or app.user == happening.user:
                self._send(app, kind, event)

    def _found(self, happening: Happening) -> tuple[Channel | None, Message | None]:
        channel = self._workspace.channels.get(happening.channel or "")
        return channel, channel.message(happening.ts or "") if channel is not None else None

    def _present(self, channel: Channel) -> list[App]:
        return [app for app in self._workspace.apps.values() if app.user in channel.members]

    def _mentions(self, app: App, channel: Channel, message: Message) -> bool:
        mentioned = re.search(rf"<@{app.user}(\|[^>]*)?>", message.text) is not None
        return mentioned and channel.kind != "im" and message.user != app.user

    def _remember(self, channel: Channel, message: Message) -> Json:
        shown = as_json(self._workspace, message, metadata=True)
        self._shown[channel.id, message.ts] = shown
        return shown

    def _where(self, channel: Channel) -> Json:
        return {"channel": channel.id, "channel_type": _CHANNEL_TYPE[channel.kind]}

    def _send(self, app: App, subscription: str, event: Json) -> None:
        if not subscribed(app, subscription):
            return
        event = {"event_ts": self._workspace.new_ts()} | event
        self._delivery.event(app, self._callback(app, event))

    def _callback(self, app: App, event: Json) -> Json:
        team = self._workspace.team_id
        # Apps remember the ids that they know: no restart of the workspace may repeat one.
        name = new_secret()[:12].upper()
        channel = event.get("channel")
        known = self._workspace.channels.get(channel) if isinstance(channel, str) else None
        return {
            "token": "local",
            "team_id": team,
            "context_team_id": team,
            "context_enterprise_id": None,
            "api_app_id": app.id,
            "event": event,
            "type": "event_callback",
            "event_id": f"Ev{name}",
            "event_time": int(self._workspace.clock.now()),
            "authorizations": [
                {
                    "enterprise_id": None,
                    "team_id": team,
                    "user_id": app.user,
                    "is_bot": True,
                    "is_enterprise_install": False,
                }
            ],
            "is_ext_shared_channel": known is not None and known.shared,
            "event_context": f"4-local-{name}",
        }


def _mention(event: Json) -> Json:
    return {key: value for key, value in event.items() if key != "channel_type"} | {
        "type": "app_mention"
    }


def _unfurls(app: App, domain: str) -> bool:
    domains = app.features.get("unfurl_domains") or ()
    return any(domain == each or domain.endswith(f".{each}") for each in domains)
