"""How much of the work one of several processes takes, and when it gives some of it away."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil

from shared.database import Database
from shared.leases import Leases

REPLICA = "replica:"
_MOST_AT_ONCE = 10
_LATELY_SECONDS = 3.0


async def replicas(database: Database, leases: Leases) -> int:
    """How many processes are at work, ours among them; whoever takes leases has just seen it."""
    found = leases.lately(_LATELY_SECONDS)
    if found is None:
        async with (await database.store()).reading() as connection:
            found = await leases.holders(connection)
    return len(names_of_replicas(found) | {REPLICA + leases.owner})


def names_of_replicas(names: Iterable[str]) -> set[str]:
    """Those leases that say nothing but that their owner lives."""
    return {name for name in names if name.startswith(REPLICA)}


@dataclass(frozen=True, slots=True)
class Share:
    """So much work among so many processes."""

    total: int
    processes: int

    @property
    def fair(self) -> int:
        """What each has when all have about the same; together it is enough for everything."""
        return ceil(self.total / max(self.processes, 1))

    def room(self, held: int) -> int:
        """How much more to take with so much in hand."""
        return max(self.fair - held, 0)

    def excess(self, held: int) -> int:
        """How much to give away now.

        A little too much is kept: work that moves is work that begins anew.
        """
        much_too_much = held > self.fair + max(1, self.fair // 4)
        return min(held - self.fair, _MOST_AT_ONCE) if much_too_much else 0
