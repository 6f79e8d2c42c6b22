"""What the policy lets through."""

from itertools import product

import pytest

from shared.call import Actor, Call, Effect
from shared.errors import NotAllowed
from shared.policy import Policy


def call(effect: Effect) -> Call:
    return Call("c-1", "some_act", effect, Actor("mcp", "a", "A"), "", {}, ())


@pytest.mark.parametrize(("allow", "effect"), [*product(Effect, Effect)])
def test_everything_up_to_the_level_is_allowed_and_nothing_above(
    allow: Effect, effect: Effect
) -> None:
    policy = Policy(allow)

    assert policy.offers(effect) is (effect <= allow)
    if effect <= allow:
        policy.check(call(effect))
    else:
        with pytest.raises(NotAllowed, match=f"--allow {effect}"):
            policy.check(call(effect))


def test_without_a_word_only_reading_is_allowed() -> None:
    assert Policy() == Policy(Effect.READ)
