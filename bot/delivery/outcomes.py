"""What became of a row that was claimed."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, literal

from bot.delivery.claims import change
from bot.delivery.outbox import Outbox
from bot.delivery.priority import Priority
from bot.delivery.rows import Dead, Kind, Loss, Row, State, file_key, fingerprint, stays_key
from bot.message import File, Message
from shared.tables import outbox
from shared.text import one_line

_RELEASED: dict[str, Any] = {"claimed_by": None, "claimed_until": None, "not_before": None}
_CERTAIN: dict[str, Any] = {"attempts": 0, "doubts": 0, "attempted_at": None, "error": None}
_FIRST_WAIT = 1.0
_LONGEST_WAIT = 60.0


class Outcomes:
    """Each releases the claim, but for a loss; nothing changes where the claim was lost."""

    def __init__(self, outbox_: Outbox) -> None:
        self._outbox = outbox_

    async def shown(
        self, row: Row, ts: str | None, channel: str, step: int = 0, rest: File | None = None
    ) -> None:
        """Slack shows the row as it was claimed; `rest` is a file that did not fit in it."""
        values = self._shown(row.version, fingerprint(row.content))
        # A file needs no second look, and a message is known by the channel that Slack named.
        values |= {"blob": None} if row.kind is Kind.FILE else {"ts": ts, "channel": channel}
        values |= {"step": step, "wanted_at": self._wanted_since(row)}
        async with (await self._outbox.database.store()).writing() as connection:
            mine = await change(connection, row, values)
            if mine and rest is not None:
                await self._outbox.put_file(
                    connection,
                    file_key(row.key, rest),
                    channel,
                    rest,
                    thread_key=row.thread_key or row.key,
                    priority=row.priority,
                )

    async def left(self, row: Row, ts: str, why: Message) -> None:
        """Slack does not change the message any more: it stays as it is, and its thread says so."""
        values = self._shown(row.version, fingerprint(row.content))
        values |= {"ts": ts, "step": row.step, "wanted_at": self._wanted_since(row)}
        async with (await self._outbox.database.store()).writing() as connection:
            if await change(connection, row, values):
                await self._outbox.put(
                    connection,
                    stays_key(row.key),
                    row.channel,
                    why,
                    thread_key=row.thread_key or row.key,
                    # It makes nothing else urgent, whose rows others may hold just now.
                    priority=Priority.TAIL,
                )

    async def found(self, row: Row, ts: str, channel: str) -> None:
        """An earlier post of the row turned out to be there."""
        newest = row.attempted_version == row.version
        values = self._shown(
            row.attempted_version or 0, fingerprint(row.content) if newest else None
        )
        values |= {"blob": None} if row.kind is Kind.FILE else {"ts": ts, "channel": channel}
        await self._change(row, values)

    async def unchanged(self, row: Row) -> None:
        """What is shown is what is wanted."""
        values = self._shown(row.version, row.sent_hash)
        del values["sent_at"]
        await self._change(row, values)

    async def not_sent(self, row: Row, error: str, *, failed: bool = True) -> None:
        """Slack has not done it, for certain: it will be tried again, later when it `failed`."""
        attempts = row.attempts + 1 if failed else row.attempts
        certain = {} if row.doubtful else {"attempted_at": None}
        values = {
            **_RELEASED,
            **certain,
            "sent_hash": row.sent_hash,
            "state": State.AMBIGUOUS if row.doubtful else State.PENDING,
            "doubts": row.doubts if row.doubtful else 0,
            "attempts": attempts,
            "error": one_line(error, 500),
        }
        if failed:
            values["not_before"] = self._outbox.clock() + timedelta(seconds=_backoff(attempts))
        await self._change(row, values)

    async def unsure(self, row: Row, error: str, wait: float) -> None:
        """Nobody knows which version is shown: it is changed once more, after a wait."""
        attempts = row.attempts + 1
        rest = timedelta(seconds=max(wait, _backoff(attempts)))
        values = {
            **_RELEASED,
            "state": State.PENDING,
            "attempts": attempts,
            "error": one_line(error, 500),
            "not_before": self._outbox.clock() + rest,
        }
        await self._change(row, values)

    async def doubtful(self, row: Row, error: str, wait: float, *, failed: bool = False) -> None:
        """Nobody knows whether the row is shown: look at it again after a wait."""
        attempts = row.attempts + 1 if failed else row.attempts
        wait = max(wait, _backoff(attempts)) if failed else wait
        values = {
            **_RELEASED,
            "state": State.AMBIGUOUS,
            "attempts": attempts,
            "error": one_line(error, 500),
            "not_before": self._outbox.clock() + timedelta(seconds=wait),
        }
        await self._change(row, values)

    async def dead(self, row: Row, error: str) -> Loss | None:
        """It will not be shown, or what is shown will not change any more.

        The claim alone stays, for as long as somebody has to hear of it; None when it was lost.
        """
        said = one_line(error, 500)
        values = {"state": State.DEAD, "error": said, "blob": None, "not_before": None}
        async with (await self._outbox.database.store()).writing() as connection:
            mine = await change(connection, row, values)
        return Loss(row.seq, row.claim, Dead(row.key, row.channel, said)) if mine else None

    def _shown(self, version: int, sent_hash: str | None) -> dict[str, Any]:
        newer = case((outbox.c.version > version, State.PENDING), else_=State.SENT)
        return {
            **_RELEASED,
            **_CERTAIN,
            "state": newer,
            "sent_version": version,
            "sent_hash": sent_hash,
            "sent_at": self._outbox.clock(),
        }

    def _wanted_since(self, row: Row) -> ColumnElement[datetime]:
        """A newer version that was put meanwhile waits from now on, unless it is more urgent."""
        same = outbox.c.wanted_at == row.wanted_at
        now = literal(self._outbox.clock(), outbox.c.wanted_at.type)
        return case((same, now), else_=outbox.c.wanted_at)

    async def _change(self, row: Row, values: dict[str, Any]) -> None:
        async with (await self._outbox.database.store()).writing() as connection:
            await change(connection, row, values)


def _backoff(attempts: int) -> float:
    return min(_LONGEST_WAIT, _FIRST_WAIT * 2.0 ** min(max(attempts - 1, 0), 10))
