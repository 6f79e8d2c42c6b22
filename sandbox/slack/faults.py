"""Faults that somebody asked for: the service misbehaves as the real one sometimes does."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Literal, get_args

from sandbox.slack.clock import Clock
from sandbox.slack.refusals import Refusal

type FaultKind = Literal[
    "reset_before",
    "reset_after",
    "error_500",
    "slow",
    "ratelimited",
    "ratelimited_200",
    "unknown_method",
    "invalid_blocks",
    "duplicate_event",
    "late_event",
    "out_of_order",
    "drop_socket_in_ack",
]

FAULT_KINDS: frozenset[str] = frozenset(get_args(FaultKind.__value__))


@dataclass(slots=True)
class Fault:
    """A fault that strikes `times` times, of one method or channel or of all.

    `seconds` is how slow or late it makes things. It may begin `after` seconds of the workspace's
    time from now, and it may be over `lasts` seconds after that even if nothing used it up.
    """

    kind: FaultKind
    method: str | None = None
    channel: str | None = None
    times: int = 1
    seconds: float = 0
    retry_after: int = 1
    block_type: str | None = None
    after: float = 0
    lasts: float | None = None


class Faults:
    """The faults still to come, the oldest first."""

    def __init__(self, clock: Clock | None = None) -> None:
        self.clock = clock or Clock()
        self._waiting: list[tuple[float, Fault]] = []

    def add(self, fault: Fault) -> None:
        """Let it strike; raises ValueError when there is no such kind."""
        if fault.kind not in FAULT_KINDS:
            raise ValueError(f"No fault is called {fault.kind!r}: use {sorted(FAULT_KINDS)}.")
        self._waiting.append((self.clock.now() + fault.after, fault))

    def clear(self) -> None:
        """Behave again."""
        self._waiting.clear()

    def waiting(self) -> list[Fault]:
        """What is still to come."""
        self._drop_spent()
        return [fault for _, fault in self._waiting]

    def take(
        self,
        kinds: Collection[str],
        method: str | None = None,
        channel: str | None = None,
        fits: Callable[[Fault], bool] | None = None,
    ) -> Fault | None:
        """Use up one strike of the oldest fault that concerns this method and channel."""
        self._drop_spent()
        now = self.clock.now()
        for begins, fault in self._waiting:
            if begins <= now and _concerns(fault, kinds, method, channel):
                if fits is not None and not fits(fault):
                    continue
                fault.times -= 1
                return fault
        return None

    def check_blocks(self, method: str, channel: str | None, *given: object) -> None:
        """Refuse blocks of a type that this workspace is not to know yet; raises `Refusal`."""
        types = _block_types(list(given))
        fault = self.take(
            ("invalid_blocks",), method, channel, lambda each: each.block_type in types
        )
        if fault is not None:
            message = f"[ERROR] unsupported type: {fault.block_type} [json-pointer:/blocks]"
            raise Refusal("invalid_blocks", response_metadata={"messages": [message]})

    def _drop_spent(self) -> None:
        now = self.clock.now()
        self._waiting = [
            (begins, fault)
            for begins, fault in self._waiting
            if fault.times > 0 and (fault.lasts is None or now < begins + fault.lasts)
        ]


def _concerns(
    fault: Fault, kinds: Collection[str], method: str | None, channel: str | None
) -> bool:
    return (
        fault.kind in kinds
        and (fault.method is None or fault.method == method)
        and (fault.channel is None or fault.channel == channel)
    )


def _block_types(value: object) -> set[object]:
    if isinstance(value, list):
        return {None}.union(*(_block_types(each) for each in value))
    if isinstance(value, dict):
        inner = set[object]().union(*(_block_types(each) for each in value.values()))
        return inner | {kind for kind in (value.get("type"),) if isinstance(kind, str)}
    return set()
