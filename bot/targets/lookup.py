"""Ids looked up at the API: whole ones, and beginnings of one."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from bot.targets.errors import UnclearTarget
from bot.targets.memory import Kind
from shared.api import WorkflowsApi
from shared.errors import InvalidArguments, NotFound
from shared.explain import did_you_mean, nearest, sentence
from shared.ids import named
from shared.operations.target import find

SHORTEST = 6
_PAGES = 5
_PAGE = 100
_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Match:
    """Something whose id begins as asked, and a few words about it."""

    id: str
    about: str


async def whole_id(api: WorkflowsApi, kind: Kind, text: str) -> str | None:
    """The id where the text is all of one; a run that is not the latest keeps its own."""
    try:
        if kind == "schedule":
            return (await api.get_schedule(text)).schedule_id
        found = await find(api, text)
    except NotFound:
        return None
    return found.run_id if found.past and found.run_id else found.id


async def first_known(api: WorkflowsApi, kind: Kind, texts: Sequence[str]) -> str | None:
    """The first of them that is an id."""
    for text in texts:
        try:
            if (found := await whole_id(api, kind, text)) is not None:
                return found
        except InvalidArguments:  # nothing that could be an id at all
            continue
    return None


async def id_beginning(api: WorkflowsApi, kind: Kind, text: str, known: Sequence[str]) -> str:
    """The only id that begins like that; raises UnclearTarget."""
    if len(text) < SHORTEST:
        raise await _unknown(api, kind, text, known)
    matches: dict[str, Match] = {}
    pages = 0
    async for page, is_last in _pages(api, kind, text):
        pages += 1
        matches |= {match.id: match for match in page}
        if len(matches) > 1:
            raise _ambiguous(kind, text, list(matches.values()))
        if not is_last and pages == _PAGES:
            raise _too_many(kind, text)
    if not matches:
        raise await _unknown(api, kind, text, known)
    return next(iter(matches))


async def _pages(
    api: WorkflowsApi, kind: Kind, text: str
) -> AsyncIterator[tuple[list[Match], bool]]:
    token: str | None = None
    while True:
        read = _schedules if kind == "schedule" else _executions
        found, token = await read(api, text, token)
        yield found, not token
        if not token:
            return


async def _executions(
    api: WorkflowsApi, text: str, token: str | None
) -> tuple[list[Match], str | None]:
    # The list knows names too: only what begins like the text counts.
    page = await api.list_runs(search=text, page_size=_PAGE, next_page_token=token)
    found = [
        Match(identifier, f"{row.workflow_name}, {(row.status or 'status unknown').lower()}")
        for row in page.executions
        if (identifier := _beginning(text, row.execution_id, row.run_id))
    ]
    return found, page.next_page_token or None


def _beginning(text: str, execution_id: str, run_id: str | None) -> str | None:
    if execution_id.startswith(text):
        return execution_id
    return run_id if run_id and run_id.startswith(text) else None


async def _schedules(
    api: WorkflowsApi, text: str, token: str | None
) -> tuple[list[Match], str | None]:
    page = await api.list_schedules(page_size=_PAGE, next_page_token=token)
    found = [
        Match(row.schedule_id, row.workflow_name)
        for row in page.schedules
        if row.schedule_id.startswith(text)
    ]
    return found, page.next_page_token or None


def _ambiguous(kind: Kind, text: str, matches: Sequence[Match]) -> UnclearTarget:
    shown = matches[:_SHOWN]
    lines = "\n".join(f"- {each.id} ({each.about})" for each in shown)
    more = "\n- and more" if len(matches) > len(shown) else ""
    return UnclearTarget(
        f"Several {kind}s begin with {named(text)}; give more of the id:\n{lines}{more}",
        tuple(each.id for each in shown),
        text,
    )


def _too_many(kind: Kind, text: str) -> UnclearTarget:
    return UnclearTarget(
        f"Too many {kind}s match {named(text)} to be sure which one is meant. Give the whole id."
    )


async def _unknown(api: WorkflowsApi, kind: Kind, text: str, known: Sequence[str]) -> UnclearTarget:
    ids = list(dict.fromkeys((*known, *await _newest(api, kind))))
    near = tuple(nearest(text, ids))
    missing = sentence(f"There is no {kind} {named(text)}{did_you_mean(text, ids)}")
    also = "" if near else f" Give its id or at least {SHORTEST} characters of the beginning."
    return UnclearTarget(f"{missing}{also}", near, text)


async def _newest(api: WorkflowsApi, kind: Kind) -> list[str]:
    if kind == "schedule":
        return [each.schedule_id for each in (await api.list_schedules()).schedules]
    return [each.execution_id for each in (await api.list_runs(page_size=_PAGE)).executions]
