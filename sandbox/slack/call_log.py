"""What apps have called, for tests and for the curious."""

from collections import deque
from dataclasses import dataclass

from sandbox.slack.model import Json

KEPT = 10_000


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a method: what was asked, when, and whether Slack said yes.

    `error` is Slack's name of a refusal, or the fault that kept the answer from the app.
    """

    method: str
    arguments: Json
    time: float
    app_id: str | None
    ok: bool
    error: str | None = None

    def as_json(self) -> Json:
        """The call for the control API."""
        return {
            "method": self.method,
            "arguments": self.arguments,
            "time": self.time,
            "app_id": self.app_id,
            "ok": self.ok,
            "error": self.error,
        }


class CallLog:
    """The newest calls, in the order in which they were answered; tokens are never kept."""

    def __init__(self) -> None:
        self._calls: deque[Call] = deque(maxlen=KEPT)

    def add(self, call: Call) -> None:
        """Remember a call."""
        self._calls.append(call)

    def of(self, method: str | None = None) -> list[Call]:
        """The calls of a method, or all, the oldest first."""
        return [call for call in self._calls if method in (None, call.method)]

    def clear(self) -> None:
        """Forget all of them."""
        self._calls.clear()
