"""Which events an app gets: those of its manifest, with the scopes that Slack asks for."""

from sandbox.slack.model import App

SCOPES: dict[str, tuple[str, ...]] = {
    "app_mention": ("app_mentions:read",),
    "message.channels": ("channels:history",),
    "message.groups": ("groups:history",),
    "message.im": ("im:history",),
    "channel_archive": ("channels:read",),
    "channel_unarchive": ("channels:read",),
    "channel_rename": ("channels:read",),
    "channel_created": ("channels:read",),
    "member_joined_channel": ("channels:read", "groups:read"),
    "member_left_channel": ("channels:read", "groups:read"),
    "link_shared": ("links:read",),
    "reaction_added": ("reactions:read",),
    "reaction_removed": ("reactions:read",),
}


def subscribed(app: App, event: str) -> bool:
    """Whether this event goes to the app."""
    return not app.revoked and event in events_of(app) and not lacking(app, event)


def lacking(app: App, event: str) -> bool:
    """Whether the app has none of the scopes that the event needs."""
    needed = SCOPES.get(event)
    return needed is not None and app.scopes.isdisjoint(needed)


def warnings(app: App) -> list[str]:
    """What in a manifest will never be delivered, for whoever installs it."""
    return [
        f"{event} is never delivered: it needs the bot scope {' or '.join(SCOPES[event])}"
        for event in sorted(events_of(app))
        if lacking(app, event)
    ]


def events_of(app: App) -> set[str]:
    """The bot events of the manifest."""
    return set((app.settings.get("event_subscriptions") or {}).get("bot_events") or ())
