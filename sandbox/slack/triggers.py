"""Trigger ids: the right to open one modal, three seconds long."""

from dataclasses import dataclass

from sandbox.slack.clock import Clock
from sandbox.slack.refusals import Refusal
from sandbox.slack.workspace import new_secret

LIFETIME = 3.0


@dataclass(slots=True)
class _Trigger:
    app_id: str
    user_id: str
    issued: float
    spent: bool = False


class Triggers:
    """Every trigger id that was handed out."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._issued: dict[str, _Trigger] = {}

    def issue(self, app_id: str, user_id: str) -> str:
        """A new id, for what this person just did."""
        trigger_id = f"{len(self._issued) + 1}.{round(self._clock.now())}.{new_secret()}"
        self._issued[trigger_id] = _Trigger(app_id, user_id, self._clock.now())
        return trigger_id

    def spend(self, trigger_id: str) -> tuple[str, str]:
        """The app and the person; raises invalid, exchanged or expired_trigger_id."""
        trigger = self._issued.get(trigger_id)
        if trigger is None:
            raise Refusal("invalid_trigger_id")
        if trigger.spent:
            raise Refusal("exchanged_trigger_id")
        if self._clock.now() - trigger.issued > LIFETIME:
            raise Refusal("expired_trigger_id")
        trigger.spent = True
        return trigger.app_id, trigger.user_id
