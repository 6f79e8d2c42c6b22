"""What goes to the API and comes back, for whoever counts."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import httpx

# The next segment after one of these names one of many, unless it is an endpoint of all of them.
_COLLECTIONS = frozenset({"executions", "runs", "schedules", "registrations", "deployments"})
_OF_ALL = frozenset({"cancel", "terminate"})
_ID = "{id}"
_ROOT = "/v1/workflows"


@dataclass(frozen=True, slots=True)
class Exchanged:
    """One attempt of a request: `route` is its path without ids.

    `status` and `headers` are those of the answer, when one came; `seconds` is how long that took.
    """

    method: str
    route: str
    status: int | None
    seconds: float
    headers: httpx.Headers | None = None


type Observer = Callable[[Exchanged], None]


def route_of(path: str) -> str:
    """The path with `{id}` in place of every name that somebody gave."""
    parts = path.removeprefix(_ROOT).strip("/").split("/")
    if parts == [""]:
        return _ROOT
    if parts[0] == "events":
        shown = parts
    elif parts[0] in _COLLECTIONS:
        shown = [parts[0], *_named(parts[1:])]
    else:
        # What is left are workflows, whose names come right after the root.
        shown = [_ID, *parts[1:]]
    return "/".join([_ROOT, *shown])


def _named(rest: list[str]) -> Iterable[str]:
    if not rest or (len(rest) == 1 and rest[0] in _OF_ALL):
        return rest
    return [_ID, *rest[1:]]
