"""How Slack rewrites text: entities for & < >, angle brackets around links and mentions."""

import re
from collections.abc import Callable

from sandbox.slack.model import User
from sandbox.slack.workspace import Workspace

_URL = r"https?://[^\s<>|`]*[^\s<>|`.,;:!?)\]'\"*_~]"
_MARKUP = r"<(?:@[A-Z0-9]+(?:\|[^<>]*)?|\#[A-Z0-9]+(?:\|[^<>]*)?|![^<>]+|(?:https?://|mailto:|tel:)[^<>]+)>"
_EVERYBODY = ("here", "channel", "everyone")

_POSTED = re.compile(rf"(?P<markup>{_MARKUP})|(?P<url>{_URL})")
_TYPED = re.compile(
    r"(?P<code>```.*?```|`[^`\n]+`)"
    rf"|(?P<url>{_URL})"
    r"|(?P<mail>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)"
    r"|(?<![\w@])@(?P<person>[\w.-]*\w)"
    r"|(?<![\w&#])\#(?P<channel>[\w-]+)"
    r"|(?P<domain>\b(?:[\w-]+\.)+(?:com|net|org|io|dev|ai)\b)",
    re.DOTALL,
)


def escaped(text: str) -> str:
    """Text in which nothing is markup."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def delivered(text: str, *, links: bool = True) -> str:
    """The text of an app as Slack keeps it: its markup stays, bare addresses become links."""

    def kept(match: re.Match[str]) -> str:
        if match["url"] is None:
            return match[0]
        url = _loose(match["url"])
        return f"<{url}>" if links else url

    return _between(_POSTED, text, kept, _loose)


def typed(workspace: Workspace, text: str, *, names: bool = False) -> str:
    """The text of a person as apps get it; with `names`, mentions carry the name beside the id."""

    def wrapped(match: re.Match[str]) -> str:
        if match["url"] is not None:
            return f"<{escaped(match[0])}>"
        if match["mail"] is not None:
            return f"<mailto:{match[0]}|{match[0]}>"
        if match["domain"] is not None:
            return f"<http://{match[0]}|{match[0]}>"
        if match["person"] is not None:
            return _mention(workspace, match["person"], names) or match[0]
        if match["channel"] is not None:
            return _channel(workspace, match["channel"]) or match[0]
        return escaped(match[0])

    return _between(_TYPED, text, wrapped, escaped)


def _between(
    pattern: re.Pattern[str],
    text: str,
    found: Callable[[re.Match[str]], str],
    rest: Callable[[str], str],
) -> str:
    parts: list[str] = []
    end = 0
    for match in pattern.finditer(text):
        parts += rest(text[end : match.start()]), found(match)
        end = match.end()
    return "".join([*parts, rest(text[end:])])


def _loose(text: str) -> str:
    text = re.sub(r"&(?!(?:amp|lt|gt);)", "&amp;", text)
    return text.replace("<", "&lt;").replace(">", "&gt;")


def _mention(workspace: Workspace, name: str, names: bool) -> str | None:
    if name in _EVERYBODY:
        return f"<!{name}>"
    user = _user(workspace, name)
    if user is not None:
        return f"<@{user.id}|{user.name}>" if names else f"<@{user.id}>"
    group = next((each for each in workspace.groups.values() if each.handle == name), None)
    if group is not None:
        return f"<!subteam^{group.id}|@{group.handle}>" if names else f"<!subteam^{group.id}>"
    return None


def _user(workspace: Workspace, name: str) -> User | None:
    return next((each for each in workspace.users.values() if each.name == name), None)


def _channel(workspace: Workspace, name: str) -> str | None:
    for channel in workspace.channels.values():
        if channel.kind != "im" and channel.name == name:
            return f"<#{channel.id}|{channel.name}>"
    return None
