"""What the parts share that look at states: one turn, and what it brought."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from shared.alerts.finding import Kind
from shared.alerts.sweeps.memory import Scope
from shared.alerts.sweeps.needs import Needs
from shared.alerts.sweeps.reader import Reader
from shared.alerts.sweeps.rhythm import SweepRhythm
from shared.alerts.sweeps.states import Over, State

if TYPE_CHECKING:
    from shared.models import Execution
    from shared.store import Store


@dataclass(slots=True)
class Looked:
    """What began, what is over, what to remember; `missing` says what could not be looked at."""

    began: list[State] = field(default_factory=list)
    over: list[Over] = field(default_factory=list)
    remembered: dict[Scope, dict[str, Any]] = field(default_factory=dict)
    forgotten: dict[Scope, set[str]] = field(default_factory=dict)
    missing: str | None = None


@dataclass(slots=True)
class Turn:
    """One look at the world; running executions are listed at most once in it."""

    store: Store
    reader: Reader
    needs: Needs
    rhythm: SweepRhythm
    now: datetime
    states: Mapping[str, State]
    started_before: datetime | None = None
    _running: tuple[list[Execution], bool] | None = None

    async def running(self) -> tuple[list[Execution], bool]:
        """Open executions that are old enough for whoever looks, and whether they are all."""
        if self._running is None:
            self._running = await self.reader.running(self.started_before)
        return self._running

    def holding(self, *kinds: Kind) -> list[State]:
        """The states of these kinds that hold as far as is known."""
        return [state for state in self.states.values() if state.kind in kinds]


class Part(Protocol):
    """Looks at one kind of state."""

    @property
    def name(self) -> str:
        """As the status calls it."""
        ...

    def is_wanted(self, needs: Needs) -> bool:
        """Whether some subscription needs it."""
        ...

    def period(self, rhythm: SweepRhythm) -> float:
        """Seconds between two looks."""
        ...

    def youngest(self, needs: Needs, rhythm: SweepRhythm) -> float | None:
        """The age in seconds of the youngest running executions that it looks at."""
        ...

    async def look(self, turn: Turn) -> Looked:
        """Look; raises ApiError when the list of its subjects cannot be read."""
        ...
