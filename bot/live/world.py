"""What followers of executions work with."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.delivery import Outbox
from bot.live.controls import Offers
from bot.live.telling import Rhythm
from bot.questions import Questions
from shared.context import Clock
from shared.database import Database
from shared.stream import Pace
from shared.timers import loop_time

if TYPE_CHECKING:
    from shared.api import WorkflowsApi


@dataclass(frozen=True, slots=True)
class World:
    """The parts of the bot that show executions, and the rhythm in which they do."""

    database: Database
    outbox: Outbox
    api: "WorkflowsApi"
    questions: Questions
    clock: Clock
    offers: Offers
    rhythm: Rhythm
    pace: Pace
    url: Callable[[str], str | None]
    now: Callable[[], float] = field(default=loop_time)

    def backoff(self, failures: int) -> float:
        """The jittered wait after so many failures in a row."""
        grown = self.rhythm.first_wait * 2.0 ** min(failures - 1, 20)
        return min(grown, self.rhythm.longest_wait) * (0.5 + random.random() / 2)
