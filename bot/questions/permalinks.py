"""Addresses of our messages, for messages that point to one another."""

from collections.abc import Iterable, Mapping

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.links import message_url
from bot.questions.rows import Stand
from shared.tables import outbox, question_cards, questions

type Place = tuple[str, str]
"""The execution and the task of a question."""


class Permalinks:
    """Knows where messages are as soon as they are there; nothing without the workspace's address.

    As all of it is in the store, links hold through restarts and for other processes.
    """

    def __init__(self, workspace_url: str | None = None) -> None:
        self._workspace_url = workspace_url

    @property
    def known(self) -> bool:
        """Whether there are any."""
        return self._workspace_url is not None

    async def to(self, connection: AsyncConnection, key: str) -> str | None:
        """The address of a message of the outbox, once it is shown."""
        wanted = select(outbox.c.channel, outbox.c.ts).where(
            outbox.c.key == key, outbox.c.ts.is_not(None)
        )
        row = (await connection.execute(wanted)).one_or_none()
        return self._url(row.channel, row.ts) if row else None

    async def to_questions(
        self, connection: AsyncConnection, channel: str, execution_ids: Iterable[str]
    ) -> Mapping[Place, str]:
        """The addresses of the questions that executions still ask, as a channel shows them."""
        shown = question_cards.join(questions, questions.c.id == question_cards.c.question_id)
        wanted = (
            select(questions.c.execution_id, questions.c.task_id, outbox.c.channel, outbox.c.ts)
            .select_from(shown.join(outbox, outbox.c.key == question_cards.c.card_key))
            .where(
                question_cards.c.channel == channel,
                questions.c.execution_id.in_(tuple(execution_ids)),
                questions.c.state.in_((Stand.OPEN, Stand.ANSWERING)),
                outbox.c.ts.is_not(None),
            )
        )
        found = [
            ((row.execution_id, row.task_id), self._url(row.channel, row.ts))
            for row in await connection.execute(wanted)
        ]
        return {place: url for place, url in found if url}

    def _url(self, channel: str, ts: str) -> str | None:
        return (
            None if self._workspace_url is None else message_url(self._workspace_url, channel, ts)
        )
