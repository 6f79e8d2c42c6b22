"""One workspace: its people, channels, apps, files and views, and a bell for what changes."""

import hashlib
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sandbox.slack.clock import Clock
from sandbox.slack.model import App, Channel, File, Group, Json, Message, User, View
from sandbox.slack.refusals import Refusal


@dataclass(frozen=True, slots=True)
class Happening:
    """Something changed; `kind` is message, message_changed, message_deleted, ephemeral, view,
    view_closed, home, reaction, channel, member_joined, member_left, file or app.

    `user` is who did it, or whose view it is; `app_id` is the app it belongs to, if any.
    """

    kind: str
    channel: str | None = None
    ts: str | None = None
    user: str | None = None
    app_id: str | None = None
    view_id: str | None = None


type Listener = Callable[[Happening], None]


class Workspace:
    """The state of a workspace; everything runs on one loop, so a method sees no half change."""

    def __init__(self, clock: Clock | None = None, name: str = "Acme") -> None:
        self.clock = clock or Clock()
        self.name = name
        self.team_id = "T0ACME0001"
        self.base_url = "http://127.0.0.1"
        self.users: dict[str, User] = {}
        self.groups: dict[str, Group] = {}
        self.channels: dict[str, Channel] = {}
        self.apps: dict[str, App] = {}
        self.files: dict[str, File] = {}
        self.views: dict[str, View] = {}
        self._listeners: list[Listener] = []
        self.last_number = 0
        self.last_ts = 0

    def listen(self, listener: Listener) -> None:
        """Hear of every change, after it was made."""
        self._listeners.append(listener)

    def tell(self, happening: Happening) -> None:
        """Ring the bell."""
        for listener in self._listeners:
            listener(happening)

    def new_ts(self) -> str:
        """A time stamp that no message of the workspace has, greater than all before."""
        self.last_ts = max(round(self.clock.now() * 1_000_000), self.last_ts + 100)
        return f"{self.last_ts // 1_000_000}.{self.last_ts % 1_000_000:06d}"

    def new_id(self, letter: str) -> str:
        """An id such as C0000000012."""
        self.last_number += 1
        return f"{letter}{self.last_number:010d}"

    def user(self, user_id: str) -> User:
        """Raises user_not_found."""
        return _found(self.users.get(user_id), "user_not_found")

    def channel(self, channel_id: str) -> Channel:
        """By id; raises channel_not_found."""
        return _found(self.channels.get(channel_id), "channel_not_found")

    def channel_named(self, name: str) -> Channel:
        """By name, with or without the #; raises channel_not_found."""
        bare = name.removeprefix("#")
        return _found(
            next((each for each in self.channels.values() if each.name == bare), None),
            "channel_not_found",
        )

    def message(self, channel_id: str, ts: str) -> Message:
        """Raises channel_not_found or message_not_found."""
        return _found(self.channel(channel_id).message(ts), "message_not_found")

    def view(self, view_id: str) -> View:
        """Raises not_found."""
        return _found(self.views.get(view_id), "not_found")

    def direct(self, user_id: str, other_id: str) -> Channel:
        """The direct conversation of two users, made when it does not exist."""
        pair = {self.user(user_id).id, self.user(other_id).id}
        for channel in self.channels.values():
            if channel.kind == "im" and channel.members == pair:
                return channel
        made = Channel(self.new_id("D"), f"im-{'-'.join(sorted(pair))}", "im", pair)
        self.channels[made.id] = made
        self.tell(Happening("channel", channel=made.id))
        return made

    def stack(self, user_id: str, app_id: str) -> list[View]:
        """The open modals of a person, the topmost last."""
        return [
            view
            for view in self.views.values()
            if view.type == "modal" and (view.user, view.app_id) == (user_id, app_id)
        ]

    def home(self, user_id: str, app_id: str) -> View | None:
        """The App Home of a person, if the app has published one."""
        return next(
            (
                view
                for view in self.views.values()
                if view.type == "home" and (view.user, view.app_id) == (user_id, app_id)
            ),
            None,
        )

    def app_by_token(self, token: str) -> App | None:
        """The app whose bot token or app token this is."""
        return next(
            (app for app in self.apps.values() if token in (app.bot_token, app.app_token)), None
        )

    def install(self, manifest: Json, request_url: str | None = None) -> App:
        """Install an app, or bring the installed one of this name to a new manifest.

        The tokens of a name are always the same, so that a bot may come back after a restart.
        """
        name = str((manifest.get("display_information") or {}).get("name") or "app")
        app = next((each for each in self.apps.values() if each.name == name), None)
        if app is None:
            app = self._new_app(name, manifest)
        app.manifest = manifest
        app.request_url = request_url
        app.revoked = False
        scopes = (manifest.get("oauth_config") or {}).get("scopes") or {}
        app.scopes = {*(scopes.get("bot") or ()), *(scopes.get("bot_optional") or ())}
        self.tell(Happening("app", app_id=app.id))
        return app

    def _new_app(self, name: str, manifest: Json) -> App:
        app_id, bot_id = self.new_id("A"), self.new_id("B")
        bot = (manifest.get("features") or {}).get("bot_user") or {}
        shown = str(bot.get("display_name") or name)
        user = User(self.new_id("U"), shown.lower().replace(" ", "-"), shown, app_id=app_id)
        self.users[user.id] = user
        secret = hashlib.sha256(f"{self.team_id}/{name}".encode()).hexdigest()
        app = App(
            id=app_id,
            name=name,
            manifest=manifest,
            user=user.id,
            bot_id=bot_id,
            bot_token=f"xoxb-local-{secret[:24]}",
            app_token=f"xapp-1-local-{secret[24:48]}",
            signing_secret=secret[:32],
        )
        self.apps[app_id] = app
        return app


def seeded(clock: Clock | None = None) -> Workspace:
    """A workspace with a few people, channels and user groups to try things in."""
    workspace = Workspace(clock)
    people = {name: user for name, user in _people(workspace)}
    members = {people[name].id for name in ("ana", "ben", "cleo")}
    for name, extra in (("general", {"dora"}), ("ops", {"dora"}), ("approvals", set[str]())):
        _channel(workspace, name, members | {people[each].id for each in extra})
    shared = _channel(workspace, "shared-partners", members | {people["eve"].id})
    shared.shared = True
    for handle, names in (("oncall", ("ana", "ben")), ("approvers", ("cleo",))):
        group = Group(workspace.new_id("S"), handle, handle.title())
        group.users = [people[name].id for name in names]
        workspace.groups[group.id] = group
    return workspace


def new_secret() -> str:
    """A word that nobody guesses, for tickets and addresses."""
    return secrets.token_hex(12)


def _people(workspace: Workspace) -> Iterator[tuple[str, User]]:
    rows = (
        ("ana", "Ana Almeida", False, False),
        ("ben", "Ben Becker", False, False),
        ("cleo", "Cleo Carter", False, False),
        ("dora", "Dora Duval", True, False),
        ("eve", "Eve Eriksen", False, True),
    )
    for name, real_name, guest, stranger in rows:
        user = User(
            workspace.new_id("U"),
            name,
            real_name,
            email=f"{name}@acme.example",
            guest=guest,
            stranger=stranger,
        )
        workspace.users[user.id] = user
        yield name, user


def _channel(workspace: Workspace, name: str, members: set[str]) -> Channel:
    channel = Channel(workspace.new_id("C"), name, "channel", set(members))
    workspace.channels[channel.id] = channel
    return channel


def _found[T](found: T | None, error: str) -> T:
    if found is None:
        raise Refusal(error)
    return found
