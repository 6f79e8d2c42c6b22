"""Which calls are allowed."""

from dataclasses import dataclass

from shared.call import Call, Effect
from shared.errors import NotAllowed


@dataclass(frozen=True, slots=True)
class Policy:
    """The highest effect allowed; everything above it is refused, in the words of the face."""

    allow: Effect = Effect.READ
    refusal: str = (
        "{operation} needs the level {effect}; {allow} is the highest allowed here. "
        "Whoever runs this server can start it with --allow {effect} "
        "(or WORKFLOW_OPS_ALLOW={effect})."
    )

    def offers(self, effect: Effect) -> bool:
        """Whether a face should show operations of this effect at all."""
        return self.allow >= effect

    def check(self, call: Call) -> None:
        """Pass, or raise NotAllowed with the way to a yes."""
        self.check_effect(call.operation, call.effect)

    def check_effect(self, operation: str, effect: Effect) -> None:
        """The same before there is a call, such as when a form for one is asked for."""
        if not self.offers(effect):
            words = {"operation": operation, "effect": effect, "allow": self.allow}
            raise NotAllowed(self.refusal.format_map(words))
