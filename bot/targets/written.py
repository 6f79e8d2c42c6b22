"""Ids in the forms in which people pass them on."""

import itertools
import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, unquote, urlsplit

from shared.operations.target import may_be_run

_ROW = re.compile(r"#(\d{1,4})", re.ASCII)
_MARKERS = ("execution", "executions", "run", "runs", "schedule", "schedules")
_KEYS = ("execution_id", "executionid", "execution", "run_id", "runid", "schedule_id")
_MOST = 4


def bare(text: str) -> str:
    """The id without the marks around it and the dots that stand for the rest of it."""
    return text.strip().strip("`'\"").strip().removesuffix("…").removesuffix("...")


def row_number(text: str) -> int | None:
    """The 3 of `#3`."""
    found = _ROW.fullmatch(text)
    return int(found[1]) if found else None


def names_a_target(text: str) -> bool:
    """Whether it can be nothing but a word for an execution."""
    word = bare(text).casefold()
    return word in ("last", "this") or row_number(word) is not None or is_url(word)


def is_url(text: str) -> bool:
    """Whether it is a link."""
    return text.lower().startswith(("http://", "https://"))


def ids_in_url(url: str) -> tuple[str, ...]:
    """What may be an id in a link, the likeliest first."""
    try:
        found = list(_parts(url))
    except ValueError:
        return ()
    return tuple(dict.fromkeys(each for each in found if each.strip()))[:_MOST]


def _parts(url: str) -> Iterator[str]:
    split = urlsplit(url)
    path, _, asked = split.fragment.partition("?")
    steps = [unquote(step) for step in (*split.path.split("/"), *path.split("/")) if step]
    for name, value in parse_qsl(f"{split.query}&{asked}"):
        if name.casefold() in _KEYS:
            yield value
    for marker, step in itertools.pairwise(steps):
        if marker.casefold() in _MARKERS:
            yield step
    yield from (step for step in steps if may_be_run(step))
    yield from steps[-1:]
