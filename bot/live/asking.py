"""Brings the questions of a picture to the people who watch it."""

from collections.abc import Iterable, Iterator

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.live.rows import Watched
from bot.live.states import is_unsettled, standing_of
from bot.questions import Questions
from shared.timeline import Picture, Question, State

type Place = tuple[str, str, str]


class Asking:
    """What was asked where; each look at a picture only does what is new since the last."""

    def __init__(self, questions: Questions) -> None:
        self._questions = questions
        self._asked: set[Place] = set()
        self._settled: set[tuple[str, str]] = set()

    def asks(self, picture: Picture, watched: Watched) -> bool:
        """Whether there is a question that this channel was not asked yet."""
        return any(each is not None for _, each in self._new(picture, (watched,)))

    def again(self, question: Question, watched: Watched) -> None:
        """Put a question there once more: it can say more than before."""
        self._asked.discard((question.execution_id, question.task_id, watched.channel))

    def has_news(self, picture: Picture, watches: Iterable[Watched]) -> bool:
        """Whether `tell` would do anything."""
        return any(self._new(picture, tuple(watches)))

    async def tell(
        self, connection: AsyncConnection, picture: Picture, watches: Iterable[Watched]
    ) -> "Told":
        """Ask what is new and close what is over, in the caller's transaction."""
        asked: set[Place] = set()
        settled: set[tuple[str, str]] = set()
        for question, watched in self._new(picture, tuple(watches)):
            name = (question.execution_id, question.task_id)
            if watched is not None:
                key = watched.card_key
                input = picture.input if question.execution_id == picture.execution_id else None
                await self._questions.show(connection, question, watched.channel, key, input=input)
                asked.add((*name, watched.channel))
            elif await self._questions.settle(connection, question):
                settled.add(name)
        return asked, settled

    def done(self, told: "Told") -> None:
        """The transaction is through."""
        self._asked |= told[0]
        self._settled |= told[1]

    def _new(
        self, picture: Picture, watches: tuple[Watched, ...]
    ) -> Iterator[tuple[Question, Watched | None]]:
        """Questions to ask with the watch to ask in, and those to close with none."""
        if is_unsettled(picture):
            return
        for question, past in _questions(picture):
            name = (question.execution_id, question.task_id)
            if question.state is State.RUNNING:
                for watched in watches:
                    if (*name, watched.channel) not in self._asked:
                        yield question, watched
            elif name not in self._settled and (past or _is_certain(question, picture)):
                yield question, None


type Told = tuple[set[Place], set[tuple[str, str]]]


def _questions(picture: Picture) -> Iterator[tuple[Question, bool]]:
    """All questions of the tree; whether each belongs to a run that another one followed."""
    for part in picture.tree():
        for run in part.runs:
            for question in run.questions:
                yield question, run is not part.runs[-1]


def _is_certain(question: Question, picture: Picture) -> bool:
    """Of a child only events tell, and the one that says that it failed may be false."""
    return question.state is not State.UNFINISHED or standing_of(picture).ended
