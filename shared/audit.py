"""The trail of acts: one row per write, begun before the act and completed after it."""

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from time import perf_counter
from typing import Any

from shared.call import Call, Effect
from shared.database import Database, StoreError
from shared.errors import NotAllowed, OpsError
from shared.secrets import redact_text, safe_json
from shared.text import one_line

_ARGUMENTS_LIMIT = 4_000
_ERROR_LIMIT = 1_000
_log = logging.getLogger(__name__)


class AuditUnavailable(OpsError):
    """The trail cannot be written, so the act was not tried."""


class Entry:
    """The row of a call that is going on."""

    def __init__(self, targets: tuple[str, ...]) -> None:
        self.targets = list(targets)
        self.shortfall: str | None = None

    def add_targets(self, targets: tuple[str, ...]) -> None:
        """Name ids that only the answer told, such as that of a started execution."""
        self.targets += [target for target in targets if target not in self.targets]


class Audit:
    """Writes the trail; reads of `reads=False` leave no row and never open the database."""

    def __init__(
        self,
        database: Database,
        *,
        reads: bool = False,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._database = database
        self._reads = reads
        self._clock = clock

    @asynccontextmanager
    async def record(self, call: Call) -> AsyncIterator[Entry]:
        """Surround an act with its row; raises AuditUnavailable instead of acting without one."""
        entry = Entry(call.targets)
        if call.effect is Effect.READ and not self._reads:
            yield entry
            return
        await self._begin(call)
        started = perf_counter()
        try:
            yield entry
        except BaseException as error:
            await self._complete(call, entry, started, "failed", _words(error))
            raise
        outcome = "partly" if entry.shortfall else "ok"
        await self._complete(call, entry, started, outcome, entry.shortfall)

    async def refused(self, call: Call, refusal: NotAllowed) -> None:
        """Leave the row of an act that policy refused; a broken store only goes to the log."""
        try:
            await self._insert(call, "refused", _words(refusal))
        except StoreError:
            _log.exception("the refusal of %s by %s is not audited", call.operation, call.actor.id)

    async def _begin(self, call: Call) -> None:
        try:
            await self._insert(call, "started", None)
        except StoreError as error:
            raise AuditUnavailable(
                f"{call.operation} was not tried: the audit trail cannot be written. {error}"
            ) from error

    async def _insert(self, call: Call, outcome: str, error: str | None) -> None:
        from shared.audit_rows import insert_row

        store = await self._database.store()
        said = error and one_line(redact_text(error), _ERROR_LIMIT)
        await insert_row(store, call, _bounded(call.arguments), self._clock(), outcome, said)

    async def _complete(
        self, call: Call, entry: Entry, started: float, outcome: str, error: str | None
    ) -> None:
        import anyio

        from shared.audit_rows import complete_row

        # An act that was interrupted is written down too; a store that broke meanwhile must not
        # hide what the act did, and the row that still says "started" tells the rest.
        try:
            with anyio.CancelScope(shield=True):
                await complete_row(
                    await self._database.store(),
                    call.id,
                    moment=self._clock(),
                    duration_ms=round((perf_counter() - started) * 1_000),
                    targets=entry.targets,
                    outcome=outcome,
                    error=error and one_line(redact_text(error), _ERROR_LIMIT),
                )
        except StoreError:
            _log.exception(
                "the end of %s (%s, %s) is not audited", call.operation, call.id, outcome
            )


def _bounded(arguments: Any) -> Any:
    return safe_json(dict(arguments), _ARGUMENTS_LIMIT)


def _words(error: BaseException) -> str:
    if isinstance(error, OpsError):
        return str(error)
    # The text of anything unexpected may hold anything; the log of the face has it.
    return type(error).__name__
