"""Trigger ids."""

import pytest

from sandbox.slack.clock import Clock
from sandbox.slack.refusals import Refusal
from sandbox.slack.triggers import Triggers


def _frozen() -> Clock:
    clock = Clock()
    clock.freeze()
    return clock


def test_a_trigger_opens_one_view_for_the_person_who_pulled_it() -> None:
    triggers = Triggers(_frozen())
    trigger_id = triggers.issue("A1", "U1")
    assert triggers.spend(trigger_id) == ("A1", "U1")
    with pytest.raises(Refusal, match="exchanged_trigger_id"):
        triggers.spend(trigger_id)


def test_a_trigger_is_good_for_three_seconds() -> None:
    clock = _frozen()
    triggers = Triggers(clock)
    in_time, late = triggers.issue("A1", "U1"), triggers.issue("A1", "U1")
    clock.advance(3)
    triggers.spend(in_time)
    clock.advance(0.1)
    with pytest.raises(Refusal, match="expired_trigger_id"):
        triggers.spend(late)


def test_an_invented_trigger_is_invalid() -> None:
    with pytest.raises(Refusal, match="invalid_trigger_id"):
        Triggers(Clock()).spend("1.2.3")
