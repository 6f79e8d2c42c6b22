"""Where somebody asks."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A person in a channel; `execution_id` is that of the card whose thread it is, if any."""

    user: str
    channel: str
    execution_id: str | None = None
