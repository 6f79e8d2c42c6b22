"""From the inbox to the alerts of every subscription, each finding once."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from shared.alerts import group_rows, inbox_rows
from shared.alerts.board import (
    ENDING,
    FLAPPING,
    MAY_FLAP,
    Board,
    Candidate,
    Taken,
    Taker,
    candidate,
)
from shared.alerts.details import Details, Need, ReadDetails, read_details
from shared.alerts.finding import TROUBLE, Finding, Kind
from shared.alerts.groups import Group, ended
from shared.alerts.matching import fits, fits_workflow, needs_details
from shared.alerts.patterns import Patience
from shared.alerts.reading import DetailsReader
from shared.alerts.subscriptions import (
    STOPPED,
    Key,
    Subscription,
    abandoned,
    active,
    hold,
    short_id,
)
from shared.alerts.wanted import Wanted
from shared.context import Clock, utc_now

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from shared.api import WorkflowsApi
    from shared.database import Database
    from shared.leases import Guard

_ALERT_ID_LENGTH = 8
_TRIES = 3
_UPKEEP = timedelta(minutes=1)
# Nothing will ever say that these are well again.
_EVENT_SILENCE = timedelta(hours=24)
_TROUBLE_SILENCE = timedelta(days=7)
_SILENT = "nothing more came"
_EVENTS = frozenset(kind for kind in Kind if kind.is_end) - TROUBLE


@dataclass(frozen=True, slots=True)
class Batch:
    """Findings that can be matched now, and what the subscriptions of a moment make of them."""

    keys: frozenset[Key]
    findings: Mapping[int, Finding]
    candidates: Mapping[int, Sequence[Candidate]]

    @property
    def takers(self) -> set[str]:
        """The ids of the subscriptions that take any of them."""
        return {each.taker_id for some in self.candidates.values() for each in some}


class Moved(Exception):
    """What was read before the transaction is not so any more."""


class Matcher:
    """Matches what sweeps found; safe to stop anywhere, and to run twice."""

    def __init__(
        self,
        database: Database,
        api: WorkflowsApi,
        clock: Clock = utc_now,
        *,
        read: ReadDetails | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._details = DetailsReader(read or partial(read_details, api), clock)
        self._known: dict[Key, Wanted] = {}
        self._kept_up_at: datetime | None = None

    async def match(self, guard: Guard, limit: int = 200) -> int:
        """How many findings were matched; 0 when there are none, or none can be matched now."""
        await self._keep_up(guard)
        for _ in range(_TRIES):
            try:
                return await self._match(guard, limit)
            except Moved:
                continue
        return 0

    async def _match(self, guard: Guard, limit: int) -> int:
        store = await self._database.store()
        async with store.reading() as connection:
            found = await inbox_rows.unmatched(connection, limit)
            subscriptions = await self._active(connection) if found else []
        batch = await self._prepared(found, subscriptions)
        if not batch.findings:
            return 0
        async with store.writing() as connection:
            await guard(connection)
            return await self._write(connection, batch)

    async def _active(self, connection: AsyncConnection) -> list[Subscription]:
        subscriptions = await active(connection, known=self._known)
        self._known = {each.key: each.wanted for each in subscriptions}
        return subscriptions

    async def _prepared(
        self, found: Mapping[int, Finding], subscriptions: Sequence[Subscription]
    ) -> Batch:
        takers = _takers(found, subscriptions)
        needs = {place: (found[place], _needs(takers[place], found[place])) for place in found}
        details = await self._details.read(needs)
        ready = _in_order(found, details)
        # Patterns that people wrote may take long: everybody else goes on meanwhile.
        candidates = await asyncio.to_thread(_candidates, ready, takers, details)
        return Batch(frozenset(each.key for each in subscriptions), ready, candidates)

    async def _write(self, connection: AsyncConnection, batch: Batch) -> int:
        places = await inbox_rows.lock(connection, batch.findings)
        # Whoever edits or ends one of these comes after us, and lets go of what we open for it.
        await hold(connection, batch.takers)
        subscriptions = await self._active(connection)
        if batch.keys != {each.key for each in subscriptions}:
            raise Moved
        now = self._clock()
        chosen = await _untaken(connection, [batch.candidates[place] for place in places])
        fresh = [batch.findings[place] for place in places]
        first_only = [each.id for each in subscriptions if each.wanted.first_only]
        known = await _known_groups(connection, fresh, chosen, first_only)
        recoveries = await _recoveries(connection, chosen)
        takers = [Taker(each.id, each.wanted, each.is_muted(now)) for each in subscriptions]
        board = Board(takers, known, lambda: short_id(_ALERT_ID_LENGTH), recoveries)
        taken = _play(board, fresh, chosen, now)
        await _save(connection, board, {group.id for group in known}, taken)
        await inbox_rows.set_matched(connection, places, now)
        return len(places)

    async def _keep_up(self, guard: Guard) -> None:
        """Let go of what was silent for long, and of what nobody subscribes to any more."""
        now = self._clock()
        if self._kept_up_at is not None and now < self._kept_up_at + _UPKEEP:
            return
        store = await self._database.store()
        async with store.reading() as connection:
            over = await group_rows.silent_ids(connection, _EVENTS, now - _EVENT_SILENCE)
            over |= await group_rows.silent_ids(connection, TROUBLE, now - _TROUBLE_SILENCE)
            reasons = dict.fromkeys(over, _SILENT)
            reasons |= dict.fromkeys(await abandoned(connection), STOPPED)
        if reasons:
            async with store.writing() as connection:
                await guard(connection)
                groups = await group_rows.lock(connection, reasons)
                after = [ended(g, now, reasons[g.id]) for g in groups if g.is_firing]
                await group_rows.save(connection, after)
        self._kept_up_at = now


def _takers(
    found: Mapping[int, Finding], subscriptions: Sequence[Subscription]
) -> dict[int, list[Taker]]:
    """Who may want each of them."""
    # Many findings are of few workflows: those who watch one are looked for once.
    watching: dict[tuple[str, str | None], list[Subscription]] = {}
    takers: dict[int, list[Taker]] = {}
    for place, finding in found.items():
        subject = finding.workflow, finding.deployment
        if subject not in watching:
            watching[subject] = [s for s in subscriptions if fits_workflow(s.wanted, finding)]
        takers[place] = [Taker(s.id, s.wanted) for s in watching[subject] if _asks(s, finding)]
    return takers


def _asks(subscription: Subscription, finding: Finding) -> bool:
    """Whether it may be for the subscription; what was before that is not, unless it goes on."""
    if finding.is_handed_over:
        is_new = finding.is_handed_to(subscription.id)
    else:
        is_new = finding.at >= subscription.created_at
    return is_new and not finding.over and fits(subscription.wanted, finding)


def _needs(takers: Sequence[Taker], finding: Finding) -> Need:
    need = Need.NOTHING
    for taker in takers:
        need |= needs_details(taker.wanted, finding)
    return need


def _candidates(
    ready: Mapping[int, Finding],
    takers: Mapping[int, Sequence[Taker]],
    details: Mapping[int, Details],
) -> dict[int, list[Candidate]]:
    search = Patience().contains
    return {
        place: [
            each
            for taker in takers[place]
            if (each := candidate(taker, finding, details[place], search)) is not None
        ]
        for place, finding in ready.items()
    }


def _in_order(found: Mapping[int, Finding], details: Mapping[int, Details]) -> dict[int, Finding]:
    """Those whose details are there, but none of a workflow before an earlier one of it."""
    waiting: set[str] = set()
    ready: dict[int, Finding] = {}
    for place, finding in found.items():
        if place not in details or finding.workflow in waiting:
            waiting.add(finding.workflow)
        else:
            ready[place] = finding
    return ready


async def _untaken(
    connection: AsyncConnection, candidates: Sequence[Sequence[Candidate]]
) -> list[list[Candidate]]:
    keys = {each.finding.key for some in candidates for each in some}
    taken = await inbox_rows.taken_keys(connection, keys)
    untaken: list[list[Candidate]] = []
    for some in candidates:
        untaken.append([each for each in some if each.taken_key not in taken])
        # A state that was handed over may be here as it began, too.
        taken |= {each.taken_key for each in some}
    return untaken


async def _known_groups(
    connection: AsyncConnection,
    findings: Sequence[Finding],
    candidates: Sequence[Sequence[Candidate]],
    first_only: Collection[str],
) -> list[Group]:
    """What fires already of all that these may change, or was over lately, locked."""
    chosen = [each for some in candidates for each in some]
    keys = {each.live_key for each in chosen}
    kinds = {finding.kind for finding in findings if finding.over}
    if any(finding.kind in ENDING for finding in findings):
        kinds |= TROUBLE
    ids = await group_rows.live_ids(connection, keys, kinds, first_only)
    flapping = [each for each in chosen if each.finding.kind in MAY_FLAP]
    if flapping:
        since = min(each.finding.at for each in flapping) - FLAPPING
        ids |= await group_rows.over_ids(connection, {each.live_key for each in flapping}, since)
    return await group_rows.lock(connection, ids)


async def _recoveries(
    connection: AsyncConnection, candidates: Sequence[Sequence[Candidate]]
) -> list[Finding]:
    """Good ends that were matched before trouble which began earlier and was found later."""
    found = (each.finding for some in candidates for each in some)
    troubles = [finding for finding in found if finding.kind.is_trouble]
    if not troubles:
        return []
    workflows = {finding.workflow for finding in troubles}
    earliest = min(finding.at for finding in troubles)
    return await inbox_rows.matched_endings(connection, workflows, earliest)


def _play(
    board: Board,
    findings: Sequence[Finding],
    candidates: Sequence[Sequence[Candidate]],
    now: datetime,
) -> list[Taken]:
    taken: list[Taken | None] = []
    for finding, some in zip(findings, candidates, strict=True):
        board.close(finding, now)
        taken += [board.take(each, now) for each in some]
    return [each for each in taken if each is not None]


async def _save(
    connection: AsyncConnection, board: Board, known: Collection[str], taken: Sequence[Taken]
) -> None:
    changed = board.changed.values()
    # First those that are over: what fires next has their keys.
    await group_rows.save(connection, [group for group in changed if group.id in known])
    await group_rows.add(connection, [group for group in changed if group.id not in known])
    if await inbox_rows.add_taken(connection, [_row(each) for each in taken]) != len(taken):
        raise Moved


def _row(taken: Taken) -> dict[str, Any]:
    return {
        "subscription_id": taken.subscription_id,
        "finding_key": taken.finding_key,
        "group_id": taken.group_id,
        "number": taken.occurrence.number,
        "at": taken.occurrence.at,
        "snapshot": taken.occurrence.model_dump(mode="json", exclude_none=True),
        "told": False,
    }
