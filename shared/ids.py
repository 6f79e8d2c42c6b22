"""Ids: which ones may go into a path, which ones a caller may choose, and a fresh one."""

import re
import unicodedata
from urllib.parse import quote
from uuid import uuid4

from shared.errors import InvalidArguments
from shared.text import one_line

_LONGEST = 1000
# mistralai-workflows 3.16.0; ids made by the server, such as those of schedules, know no such rule.
_CHOSEN = re.compile(r"[A-Za-z0-9_-]{1,256}")
_BREAKING = {"Cc", "Cs", "Zl", "Zp"}
_DOTS = {".", ".."}


def path_segment(value: str, kind: str = "id") -> str:
    """The checked id as exactly one segment of a URL path."""
    return quote(checked_id(value, kind), safe=":")


def checked_id(value: str, kind: str = "id") -> str:
    """The id itself, or InvalidArguments when no server could mean it."""
    if not value.strip():
        raise InvalidArguments(f"The {kind} is empty. Give one.")
    if len(value) > _LONGEST:
        raise InvalidArguments(f"The {kind} is longer than {_LONGEST} characters. Check it.")
    if any(unicodedata.category(character) in _BREAKING for character in value):
        raise InvalidArguments(f"The {kind} {named(value)} has control characters. Check it.")
    # Proxies resolve dots even where they are percent-encoded: the call would reach another path.
    if not _DOTS.isdisjoint(re.split(r"[/\\]", value)):
        raise InvalidArguments(f"The {kind} {named(value)} would change the path. Check it.")
    return value


def chosen_id(value: str, kind: str = "execution id") -> str:
    """An id that the caller chose for something new, or InvalidArguments."""
    if _CHOSEN.fullmatch(value):
        return value
    raise InvalidArguments(
        f"The {kind} {named(value)} cannot be chosen: "
        "use 1 to 256 letters, digits, underscores and hyphens."
    )


def new_id() -> str:
    """An id that nobody else has."""
    return uuid4().hex


def named(value: str) -> str:
    """The id as it can stand in a sentence."""
    return f"'{one_line(value, 80)}'"
