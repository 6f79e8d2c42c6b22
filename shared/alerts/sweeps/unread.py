"""Executions of which a state is known, and that cannot be read any more."""

from collections.abc import Collection
from datetime import datetime, timedelta

from shared.errors import ApiError, UnexpectedAnswer

# As long as people need to see it, and a release that can read it may need to come.
_PATIENCE = timedelta(days=1)
# Why a state is over, in the detail of what is found.
UNREAD = {"unread": True}


class Unread:
    """Gives them up after a day; remembered by this process alone."""

    def __init__(self) -> None:
        self._since: dict[str, datetime] = {}

    def is_given_up(self, execution_id: str, error: ApiError, now: datetime) -> bool:
        """Whether nobody could read what the API says of it for a day; no other trouble counts."""
        if not isinstance(error, UnexpectedAnswer):
            return False
        return now - self._since.setdefault(execution_id, now) >= _PATIENCE

    def was_read(self, execution_id: str) -> None:
        """It can be read after all."""
        self._since.pop(execution_id, None)

    def keep(self, execution_ids: Collection[str]) -> None:
        """Forget all others."""
        self._since = {each: at for each, at in self._since.items() if each in execution_ids}
