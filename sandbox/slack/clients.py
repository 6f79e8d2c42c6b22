"""What lives in the clients of people: picked values, offered options, what was read, the bell."""

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from sandbox.slack.model import Json
from sandbox.slack.view_state import State
from sandbox.slack.workspace import Happening, Workspace

type Bell = asyncio.Queue[Happening | None]


@dataclass(slots=True)
class Clients:
    """A message itself knows nothing of this; `bells` ring in open clients until they close."""

    picked: dict[tuple[str, str], State] = field(default_factory=dict)
    """By person and place."""
    offered: dict[tuple[str, str, str], list[Json]] = field(default_factory=dict)
    """By person, place and action_id."""
    read: dict[tuple[str, str], str] = field(default_factory=dict)
    """The last ts a person has seen, by person and channel."""
    bells: set[Bell] = field(default_factory=set)

    def hear(self, workspace: Workspace) -> None:
        """Ring the bells whenever the workspace does."""
        workspace.listen(self._ring)

    @contextlib.contextmanager
    def listening(self) -> Iterator[Bell]:
        """All that happens from now on; None when the workspace closes."""
        bell: Bell = asyncio.Queue()
        self.bells.add(bell)
        try:
            yield bell
        finally:
            self.bells.discard(bell)

    def close(self) -> None:
        """Let every client go."""
        self._ring(None)

    def _ring(self, happening: Happening | None) -> None:
        for bell in self.bells:
            bell.put_nowait(happening)
