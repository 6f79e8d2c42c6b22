"""Finds executions that wait for a person: by their search key, by asking those that run long,
and in the questions that watched executions have asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from shared.alerts.finding import Kind
from shared.alerts.sweeps.looked import Looked, Turn
from shared.alerts.sweeps.needs import Needs
from shared.alerts.sweeps.pacing import Pacing
from shared.alerts.sweeps.rhythm import SweepRhythm
from shared.alerts.sweeps.states import Over, State, ended_with
from shared.alerts.sweeps.unread import UNREAD, Unread
from shared.errors import ApiError, UnexpectedAnswer
from shared.models import OPEN
from shared.tables import questions
from shared.text import one_line

if TYPE_CHECKING:
    from shared.models import Execution

# As bot.questions keeps them while nobody's answer was accepted.
_OPEN = "open"
_UNANSWERED = (_OPEN, "answering")
# One that waits may ask the next question at any time after an answer.
_LONGEST_FOR_WAITING = 120.0


@dataclass(frozen=True, slots=True)
class _Question:
    """A question that some source tells of."""

    execution_id: str
    task_id: str
    workflow: str
    label: str | None
    at: datetime

    @property
    def subject(self) -> str:
        return f"{self.execution_id}/{self.task_id}"


class Waiting:
    """The part that looks for questions to people."""

    name = "waiting"

    def __init__(self, rhythm: SweepRhythm) -> None:
        self._pacing = Pacing(rhythm.longest_wait)
        self._unread = Unread()

    def is_wanted(self, needs: Needs) -> bool:
        """Whether some subscription needs it."""
        return Kind.WAITING in needs.kinds

    def period(self, rhythm: SweepRhythm) -> float:
        """Seconds between two looks."""
        return rhythm.waiting

    def youngest(self, needs: Needs, rhythm: SweepRhythm) -> float | None:
        """Younger executions are asked only when their search key says that they wait."""
        return rhythm.running_long

    async def look(self, turn: Turn) -> Looked:
        """Ask the executions that may wait, within bounds."""
        hinted, all_hinted = await turn.reader.waiting()
        running, all_running = await turn.running()
        look = _Look(turn, self._pacing, self._unread, hinted, running)
        await look.take_watched()
        await look.ask()
        look.looked.missing = _missing(all_hinted and all_running, look.unasked)
        return look.looked


class _Look:
    """One look; `unasked` counts the executions that have to wait for the next one."""

    def __init__(
        self,
        turn: Turn,
        pacing: Pacing,
        unread: Unread,
        hinted: Sequence[Execution],
        running: Sequence[Execution],
    ) -> None:
        self.looked = Looked()
        self.unasked = 0
        self._turn = turn
        self._pacing = pacing
        self._unread = unread
        self._hinted = {run.execution_id for run in hinted}
        self._runs = {run.execution_id: run for run in (*running, *hinted)}
        self._held = _by_execution(turn.holding(Kind.WAITING))
        self._watched: set[str] = set()
        oldest = turn.now - timedelta(seconds=turn.rhythm.running_long)
        self._long = {run.execution_id for run in running if run.start_time <= oldest}

    async def take_watched(self) -> None:
        """The questions that followers of executions have noted."""
        wanted = select(questions).where(questions.c.state.in_(_UNANSWERED))
        async with self._turn.store.reading() as connection:
            rows = (await connection.execute(wanted)).all()
        for row in rows:
            self._watched.add(row.execution_id)
            # One with an answer on its way may be over before its row says so.
            if row.state == _OPEN:
                label, at = row.label, row.created_at
                self._begin([_Question(row.execution_id, row.task_id, row.workflow, label, at)])

    async def ask(self) -> None:
        """Ask who has to be asked, those with a hint first."""
        chosen = self._chosen()
        answers = await self._turn.reader.each(chosen, self._ask)
        for execution_id, asked in answers:
            if asked is None or isinstance(asked, ApiError):
                self._pacing.later(execution_id, self._turn.now, self._turn.rhythm.waiting)
            else:
                self._settle(execution_id, asked)
        self._pacing.keep({*self._runs, *self._held})
        self._unread.keep(self._held.keys())

    def _chosen(self) -> list[str]:
        unknown = self._hinted - self._held.keys()
        gone = self._held.keys() - self._hinted - self._watched
        known = self._held.keys() & self._hinted
        rest = self._long - self._hinted - self._held.keys()
        now = self._turn.now
        most = self._turn.rhythm.most_asked
        # Nobody keeps the others from their turn, however many there are.
        shares = ((unknown, most // 2), (gone | known, most // 3), (rest, most // 6))
        queues = [(self._due(ids, now), share) for ids, share in shares]
        due = [each for queue, share in queues for each in queue[:share]]
        due += [each for queue, share in queues for each in queue[share:]]
        self.unasked = len(set(due[most:]) - self._held.keys())
        return due[:most]

    def _due(self, execution_ids: Iterable[str], now: datetime) -> list[str]:
        return self._pacing.due(sorted(execution_ids), now)

    async def _ask(self, execution_id: str) -> list[_Question] | Over | None:
        held = self._held.get(execution_id)
        if held and execution_id not in self._runs:
            over = await self._over(execution_id, held[0])
            if over is not None:
                return over
        pending = await self._turn.reader.questions(execution_id)
        if pending is None:
            return None
        workflow = held[0].workflow if held else self._runs[execution_id].workflow_name
        return [
            _Question(execution_id, each.task_id, workflow, each.label, self._turn.now)
            for each in pending
        ]

    async def _over(self, execution_id: str, held: State) -> Over | None:
        """The end of an execution that is not listed as running any more.

        The worker answers for ended executions too, as if they still waited.
        """
        try:
            run = await self._turn.reader.execution(execution_id)
        except UnexpectedAnswer as error:
            # Its worker may know at least that somebody has answered.
            is_given_up = self._unread.is_given_up(execution_id, error, self._turn.now)
            return Over(held, self._turn.now, UNREAD) if is_given_up else None
        self._unread.was_read(execution_id)
        if run is None or run.status not in OPEN:
            return Over(held, (run and run.end_time) or self._turn.now, ended_with(run))
        self._runs[execution_id] = run
        return None

    def _settle(self, execution_id: str, asked: list[_Question] | Over) -> None:
        held, now = self._held.get(execution_id, []), self._turn.now
        if isinstance(asked, Over):
            self.looked.over += (Over(state, asked.at, asked.detail) for state in held)
            return
        open_now = {question.subject for question in asked}
        answered = [Over(state, now) for state in held if state.subject not in open_now]
        self.looked.over += answered
        if self._begin(asked) or answered:
            self._pacing.soon(execution_id, now, self._turn.rhythm.waiting)
        else:
            longest = _LONGEST_FOR_WAITING if open_now else None
            first = self._turn.rhythm.waiting if open_now else self._turn.rhythm.running_long
            self._pacing.later(execution_id, now, first, longest)

    def _begin(self, asked: Iterable[_Question]) -> bool:
        """Whether any of them is new."""
        known = {state.subject for states in self._held.values() for state in states}
        known |= {state.subject for state in self.looked.began}
        new = [question for question in asked if question.subject not in known]
        self.looked.began += (_state(each, self._runs.get(each.execution_id)) for each in new)
        return bool(new)


def _state(question: _Question, run: Execution | None) -> State:
    label = one_line(question.label, 200) if question.label else None
    return State(
        kind=Kind.WAITING,
        subject=question.subject,
        workflow=question.workflow,
        since=question.at,
        execution_id=question.execution_id,
        run_id=run.run_id if run else None,
        deployment=run.deployment_name if run else None,
        detail={"task_id": question.task_id, **({"label": label} if label else {})},
    )


def _by_execution(states: Iterable[State]) -> Mapping[str, list[State]]:
    found: dict[str, list[State]] = {}
    for state in states:
        found.setdefault(state.execution_id or "", []).append(state)
    return found


def _missing(complete: bool, unasked: int) -> str | None:
    if not complete:
        return "More executions are running than are looked at in one turn; the newest were."
    if unasked:
        return f"{unasked} executions are asked what they wait for in the next turns."
    return None
