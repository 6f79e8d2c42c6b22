"""Composition objects: texts, options, confirmations, filters.

Limits: docs.slack.dev, reference/block-kit/composition-objects (read November 2026).
"""

import re
from collections.abc import Iterator

from sandbox.slack.checks.shapes import (
    Rule,
    boolean,
    choice,
    items,
    length,
    shape,
    tagged,
    text,
    wrong,
)

ID = text(1, 255)
URL_LIMIT = 3_000

_BARE_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt);)")
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")
_WEB_ADDRESS = re.compile(r"https?://[^\s/]+\S*")


def plain(most: int | None = None, least: int = 1) -> Rule:
    """A plain_text object."""
    return tagged({"plain_text": shape({"text": text(least, most)}, {"emoji": boolean})})


def mrkdwn(most: int | None = None, least: int = 1) -> Rule:
    """A mrkdwn object; an ampersand that is not escaped counts as the five that are stored."""

    def written(value: object, at: str) -> Iterator[str]:
        if not isinstance(value, str):
            yield wrong("must provide a string", at)
            return
        count = len(value) + 4 * len(_BARE_AMPERSAND.findall(value))
        yield from length(count, least, most, at)

    return tagged({"mrkdwn": shape({"text": written}, {"verbatim": boolean})})


def either(most: int | None = None, least: int = 1) -> Rule:
    """A plain_text or a mrkdwn object."""
    rule = tagged({"plain_text": plain(most, least), "mrkdwn": mrkdwn(most, least)})

    def check(value: object, at: str) -> Iterator[str]:
        problems = list(rule(value, at))
        if problems:
            yield wrong("failed to match all allowed schemas", at)
        yield from problems

    return check


def address(value: object, at: str) -> Iterator[str]:
    """Any absolute URL."""
    yield from _matching(value, at, _ADDRESS)


def web_address(value: object, at: str) -> Iterator[str]:
    """A URL that is fetched over HTTP."""
    yield from _matching(value, at, _WEB_ADDRESS)


def _matching(value: object, at: str, pattern: re.Pattern[str]) -> Iterator[str]:
    yield from text(1, URL_LIMIT)(value, at)
    if isinstance(value, str) and not pattern.fullmatch(value):
        yield wrong("must be a valid URL", at)


def option(label: Rule, **more: Rule) -> Rule:
    """An option of a menu; the text's limit is 75, the value's 150."""
    return shape({"text": label, "value": text(1, 150)}, {"description": label, **more})


MENU_OPTION = option(plain(75))
LIST_OPTION = option(either(75))
OVERFLOW_OPTION = option(plain(75), url=address)
OPTION_GROUP = shape({"label": plain(75), "options": items(MENU_OPTION, 1, 100)})
STYLE = choice("primary", "danger")
CONFIRM = shape(
    {"title": plain(100), "text": either(300), "confirm": plain(30), "deny": plain(30)},
    {"style": STYLE},
)
FILTER = shape(
    {},
    {
        "include": items(choice("im", "mpim", "private", "public"), 1),
        "exclude_external_shared_channels": boolean,
        "exclude_bot_users": boolean,
    },
)
DISPATCH = shape(
    {"trigger_actions_on": items(choice("on_enter_pressed", "on_character_entered"), 1, 2)}
)
SLACK_FILE = shape({}, {"id": ID, "url": web_address})
PLACEHOLDER = plain(150)


def image_source(value: object, at: str) -> Iterator[str]:
    """An image comes from exactly one place."""
    assert isinstance(value, dict)
    if ("image_url" in value) == ("slack_file" in value):
        yield wrong("must provide exactly one of `image_url` and `slack_file`", at)


IMAGE_FIELDS: dict[str, Rule] = {"image_url": web_address, "slack_file": SLACK_FILE}
IMAGE = tagged({"image": shape({"alt_text": text(1, 2_000)}, IMAGE_FIELDS, image_source)})
