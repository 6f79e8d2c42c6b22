"""How Slack rewrites text: entities for & < >, angle brackets around links and mentions."""

import re
from collections.abc import Callable
from functools import cache

from sandbox.slack.model import User
from sandbox.slack.workspace import Workspace

_URL = r"https?://[^\s<>|`]*[^\s<>|`.,;:!?)\]'\"*_~]"
_MARKUP = r"<(?:@[A-Z0-9]+(?:\|[^<>]*)?|\#[A-Z0-9]+(?:\|[^<>]*)?|![^<>]+|(?:https?://|mailto:|tel:)[^<>]+)>"
_EVERYBODY = ("here", "channel", "everyone")

_POSTED = re.compile(rf"(?P<markup>{_MARKUP})|(?P<url>{_URL})")
_TYPED = (
    r"(?P<code>```.*?```|`[^`\n]+`)"
    rf"|(?P<url>{_URL})"
    r"|(?P<mail>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)"
    r"|(?<![\w@])@(?P<person>(?i:NAMES)(?!\w)|[\w.-]*\w)"
    r"|(?<![\w&#])\#(?P<channel>[\w-]+)"
    r"|(?P<domain>\b(?:[\w-]+\.)+(?:com|net|org|io|dev|ai)\b)"
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

    shown = frozenset(each.real_name for each in workspace.users.values())
    return _between(_typed(shown), text, wrapped, escaped)


@cache
def _typed(shown: frozenset[str]) -> re.Pattern[str]:
    """What is special in the text of people, among them these names, which may have spaces."""
    names = "|".join(map(re.escape, sorted(shown, key=len, reverse=True)))
    return re.compile(_TYPED.replace("NAMES", names or r"(?!)"), re.DOTALL)


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
    if name.casefold() in _EVERYBODY:
        return f"<!{name.casefold()}>"
    user = _user(workspace, name)
    if user is not None:
        return f"<@{user.id}|{user.name}>" if names else f"<@{user.id}>"
    handles = {each.handle.casefold(): each for each in workspace.groups.values()}
    group = handles.get(name.casefold())
    if group is not None:
        return f"<!subteam^{group.id}|@{group.handle}>" if names else f"<!subteam^{group.id}>"
    return None


def _user(workspace: Workspace, name: str) -> User | None:
    """Whose handle it is, or whose name as everybody sees it, in letters of any size."""
    users = workspace.users.values()
    handles = {each.name.casefold(): each for each in users}
    shown = {each.real_name.casefold(): each for each in users}
    return handles.get(name.casefold()) or shown.get(name.casefold())


def _channel(workspace: Workspace, name: str) -> str | None:
    for channel in workspace.channels.values():
        if channel.kind != "im" and channel.name == name:
            return f"<#{channel.id}|{channel.name}>"
    return None
