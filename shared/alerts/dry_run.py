"""What a subscription would have brought, had it been there: the same filter, over past ends."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from typing import TYPE_CHECKING

from shared.alerts.board import Board, Candidate, Taken, Taker, candidate
from shared.alerts.close_look import Bounds, CloseLook
from shared.alerts.details import NOTHING, ReadDetails, read_details
from shared.alerts.finding import Finding, Kind
from shared.alerts.groups import Group
from shared.alerts.matching import fits
from shared.alerts.patterns import Patience
from shared.alerts.sweeps.ended import ended_findings
from shared.alerts.sweeps.needs import needs_of
from shared.alerts.sweeps.reader import Reader
from shared.alerts.sweeps.rhythm import SweepRhythm
from shared.alerts.wanted import Wanted
from shared.alerts.words import SCHEDULES
from shared.errors import NotFound

if TYPE_CHECKING:
    from shared.api import WorkflowsApi
    from shared.models import Execution

WINDOW = timedelta(hours=24)
_PAGE = 100
_GLOB = frozenset("*?[")
_TAKER = "preview"
_UNSEEN = {
    "waited for input": frozenset({Kind.WAITING}),
    "ran long": frozenset({Kind.SLOW}),
    "was retried": frozenset({Kind.RETRYING}),
    "happened to schedules": SCHEDULES,
}


@dataclass(frozen=True, slots=True)
class DryRun:
    """What would have been taken since then; `alerts` are the messages, newest first."""

    since: datetime
    looked_at: int
    taken: tuple[Taken, ...]
    alerts: tuple[Group, ...]
    notes: tuple[str, ...] = ()
    complete: bool = True

    @property
    def matched(self) -> int:
        """How many findings would have been taken."""
        return len(self.taken)


@dataclass(frozen=True, slots=True)
class _Past:
    runs: list[Execution]
    all: bool
    unreadable: int = 0


async def dry_run(
    api: WorkflowsApi,
    wanted: Wanted,
    now: datetime,
    window: timedelta = WINDOW,
    *,
    bounds: Bounds | None = None,
    read: ReadDetails | None = None,
) -> DryRun:
    """Try the filter on what ended lately; raises ApiError when that cannot be listed."""
    bounds = bounds or Bounds()
    since = now - window
    past = await _ended(api, wanted, since, bounds)
    needs = needs_of([wanted])
    found = [each for each in ended_findings(past.runs, {}, now) if needs.stores(each.kind)]
    asked = [each for each in found if each.at >= since and fits(wanted, each)]
    reader = Reader(api, SweepRhythm())
    look = CloseLook(reader, read or partial(read_details, api), wanted)
    await look.at(asked, bounds)
    unread = [each for each in asked if look.is_undecided(each)]
    # A pattern that somebody is about to write may take long: nobody else waits for it.
    chosen = await asyncio.to_thread(_candidates, wanted, asked, look)
    board, taken = _play(wanted, found, chosen, now)
    alerts = sorted(board.changed.values(), key=lambda group: group.last_at, reverse=True)
    return DryRun(
        since=since,
        looked_at=len(past.runs),
        taken=tuple(taken),
        alerts=tuple(alerts),
        notes=tuple(_notes(wanted, past, asked, unread)),
        complete=past.all and not unread,
    )


async def _ended(api: WorkflowsApi, wanted: Wanted, since: datetime, bounds: Bounds) -> _Past:
    """The newest ends since then, and whether they are all."""
    runs: list[Execution] = []
    unreadable = 0
    token: str | None = None
    while len(runs) < bounds.runs:
        try:
            page = await api.list_runs(
                workflow_identifier=_only_workflow(wanted),
                sort_by="end_time",
                order="desc",
                end_time_after=since,
                include_internal=False,
                page_size=_PAGE,
                next_page_token=token,
                row_by_row=True,
            )
        except NotFound:
            return _Past(runs, True, unreadable)  # nothing of this name ran yet
        runs += page.executions
        unreadable += len(page.unreadable)
        token = page.next_page_token
        if not token:
            return _Past(runs, True, unreadable)
    return _Past(runs[: bounds.runs], False, unreadable)


def _only_workflow(wanted: Wanted) -> str | None:
    """The workflow, where the filter names exactly one: a busy place has too many others."""
    names = wanted.workflows
    return names[0] if len(names) == 1 and not _GLOB & set(names[0]) else None


def _candidates(wanted: Wanted, asked: Sequence[Finding], look: CloseLook) -> dict[str, Candidate]:
    taker, search = Taker(_TAKER, wanted), Patience().contains
    found = (
        candidate(taker, each, look.details.get(each.key, NOTHING), search)
        for each in asked
        if each.key not in look.resets and not look.is_undecided(each)
    )
    return {each.finding.key: each for each in found if each is not None}


def _play(
    wanted: Wanted, found: Sequence[Finding], candidates: Mapping[str, Candidate], now: datetime
) -> tuple[Board, list[Taken]]:
    numbers = count(1)
    board = Board([Taker(_TAKER, wanted)], (), lambda: str(next(numbers)))
    taken: list[Taken] = []
    for finding in found:
        board.close(finding, now)
        chosen = candidates.get(finding.key)
        if chosen is not None and (new := board.take(chosen, now)) is not None:
            taken.append(new)
    return board, taken


def _notes(
    wanted: Wanted, past: _Past, asked: Collection[Finding], unread: Collection[Finding]
) -> list[str]:
    notes: list[str] = []
    unseen = [words for words, kinds in _UNSEEN.items() if kinds & wanted.kinds]
    if unseen:
        notes.append(
            f"What {' or '.join(unseen)} in the past cannot be known; "
            "the dry run knows how executions ended."
        )
    if not past.all:
        notes.append(f"Only the newest {len(past.runs):,} ends of executions were looked at.")
    if past.unreadable:
        notes.append(f"{past.unreadable:,} ends could not be read and are not counted.")
    if unread:
        notes.append(
            f"{len(unread):,} of {len(asked):,} that may fit were not read closely "
            "and are not counted."
        )
    return notes
