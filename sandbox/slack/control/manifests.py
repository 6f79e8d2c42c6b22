"""What Slack checks of a manifest before it installs the app."""

from collections.abc import Iterator
from typing import Any

from sandbox.slack.model import Json

_MOST = {"slash_commands": 50, "shortcuts": 10, "unfurl_domains": 5}


def complaints(manifest: Any) -> list[str]:
    """What is wrong with it; nothing when it may be installed."""
    if not isinstance(manifest, dict):
        return ["The manifest must be a JSON object."]
    sections = [manifest.get(name, {}) for name in ("display_information", "features", "settings")]
    if not all(isinstance(section, dict) for section in sections):
        return ["display_information, features and settings must be objects."]
    information, features, settings = sections
    try:
        return [*_named(information), *_features(features), *_settings(settings)]
    except (AttributeError, TypeError):
        return ["A list of the manifest holds something else than Slack's schema says."]


def _named(information: Json) -> Iterator[str]:
    name = information.get("name")
    if not isinstance(name, str) or len(name) not in range(1, 36):
        yield "display_information.name must have 1 to 35 characters."
    if len(str(information.get("description", ""))) > 140:
        yield "display_information.description has at most 140 characters."


def _features(features: Json) -> Iterator[str]:
    for name, most in _MOST.items():
        if len(features.get(name) or ()) > most:
            yield f"features.{name} has at most {most} entries."
    for command in features.get("slash_commands") or ():
        word = str(command.get("command", ""))
        if not word.startswith("/") or len(word) not in range(2, 33) or word != word.lower():
            yield f"A command begins with / and has at most 32 small characters, not {word!r}."
        if len(str(command.get("description", ""))) not in range(1, 2001):
            yield f"{word} needs a description of at most 2000 characters."
        if len(str(command.get("usage_hint", ""))) > 1000:
            yield f"The usage hint of {word} has at most 1000 characters."
    for shortcut in features.get("shortcuts") or ():
        if shortcut.get("type") not in ("global", "message") or not shortcut.get("callback_id"):
            yield "A shortcut needs a callback_id, and its type is global or message."
        if len(str(shortcut.get("name", ""))) not in range(1, 25):
            yield "The name of a shortcut has 1 to 24 characters."


def _settings(settings: Json) -> Iterator[str]:
    events = (settings.get("event_subscriptions") or {}).get("bot_events") or ()
    if len(events) > 100:
        yield "settings.event_subscriptions.bot_events has at most 100 entries."
