"""Which calls are allowed."""

from dataclasses import dataclass

from shared.call import Call, Effect
from shared.errors import NotAllowed


@dataclass(frozen=True, slots=True)
class Policy:
    """The highest effect allowed; everything above it is refused."""

    allow: Effect = Effect.READ

    def offers(self, effect: Effect) -> bool:
        """Whether a face should show operations of this effect at all."""
        return self.allow >= effect

    def check(self, call: Call) -> None:
        """Pass, or raise NotAllowed with the way to a yes."""
        if self.offers(call.effect):
            return
        raise NotAllowed(
            f"{call.operation} needs the level {call.effect}; {self.allow} is the highest allowed "
            f"here. Whoever runs this server can start it with --allow {call.effect} "
            f"(or WORKFLOW_OPS_ALLOW={call.effect})."
        )
