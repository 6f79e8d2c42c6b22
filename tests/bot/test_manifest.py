"""The manifest of the app: valid, and asking for nothing that the bot does not use."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from bot.acts.shortcuts import shortcut_request
from bot.manifest import manifest
from bot.request import By, Origin
from shared.errors import InvalidArguments

_ROOT = Path(__file__).parents[2]
_SCHEMA = _ROOT / "tests" / "data" / "slack-manifest.schema.json"

# Each scope, and what of the bot needs it: names of methods or events that stand in its code.
_USES = {
    "app_mentions:read": ("app_mention",),
    "chat:write": ("chat.postMessage", "chat.postEphemeral", "chat.update"),
    "commands": ("app.command", "app.shortcut"),
    "files:write": ("files.getUploadURLExternal", "files.completeUploadExternal"),
    "im:history": ('"message"', "channel_type"),
    "im:write": ("conversations.open",),
    "usergroups:read": ("usergroups.list", "usergroups.users.list"),
    "users:read": ("users.info",),
}
_OPTIONAL = {
    "channels:history": ("conversations.history", "conversations.replies"),
    "groups:history": ("conversations.history", "conversations.replies"),
    "metadata.message:read": ("include_all_metadata",),
    "channels:read": ("conversations.list", "conversations.info"),
    "groups:read": ("conversations.list", "conversations.info"),
}
_EVENTS = {"app_home_opened", "app_mention", "message.im"}


@pytest.fixture(scope="module")
def code() -> str:
    """All code of the bot."""
    # The table of limits names methods, too.
    files = [path for path in sorted((_ROOT / "bot").rglob("*.py")) if path.name != "limits.py"]
    return "\n".join(path.read_text() for path in files)


def test_the_manifest_is_one_that_slack_takes() -> None:
    jsonschema.validate(manifest(), json.loads(_SCHEMA.read_text()))


def test_every_scope_is_used_and_every_one_that_is_used_is_asked_for(code: str) -> None:
    scopes = manifest()["oauth_config"]["scopes"]
    assert set(scopes["bot"]) == _USES.keys()
    assert set(scopes["bot_optional"]) == _OPTIONAL.keys()
    for scope, names in (_USES | _OPTIONAL).items():
        assert [name for name in names if name not in code] == [], scope


def test_no_method_is_called_whose_scope_is_missing(code: str) -> None:
    called = set(re.findall(r'"((?:[a-z]+\.)+[a-zA-Z]+)"', code))
    known = {name for names in (_USES | _OPTIONAL).values() for name in names}
    families = ("chat.", "conversations.", "files.", "reactions.", "users.", "usergroups.")
    assert {name for name in called if name.startswith(families)} <= known


def test_every_event_of_the_manifest_has_a_listener(code: str) -> None:
    settings = manifest()["settings"]
    assert set(settings["event_subscriptions"]["bot_events"]) == _EVENTS
    for name in _EVENTS:
        assert f'app.event("{name.partition(".")[0]}")' in code


def test_every_shortcut_of_the_manifest_is_handled() -> None:
    origin = Origin(By.SHORTCUT, "shortcut:1", "U1")
    message: dict[str, Any] = {"text": "the id is `order-41`"}
    for shortcut in manifest()["features"]["shortcuts"]:
        assert len(shortcut["name"]) <= 24
        assert shortcut_request(origin, shortcut["callback_id"], message)
    with pytest.raises(InvalidArguments, match="older version"):
        shortcut_request(origin, "gone", message)


def test_the_command_has_the_name_that_is_configured_and_brings_ids_of_people() -> None:
    [command] = manifest("/flows")["features"]["slash_commands"]
    assert command["command"] == "/flows"
    assert command["should_escape"] is True
