"""An assumption and its answer: it holds, it does not, or nobody can say for want of data."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from shared.doctor.assumptions.samples import Samples
from shared.doctor.check import Outcome, bad, fine, skipped, warning
from shared.errors import OpsError, Rejected, UnexpectedAnswer
from shared.text import one_line

GROUP = "Assumptions"
# Less than examinations get, so that a slow answer tells nothing instead of something bad.
_BOUND_SECONDS = 9.0


@dataclass(frozen=True, slots=True)
class Assumption:
    """`name` says it as a sentence; `otherwise` what becomes of us where it does not hold.

    One that is not `vital` is coped with, at some cost.
    """

    name: str
    ask: Callable[[Samples], Awaitable["Answer"]]
    otherwise: str
    vital: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """None stands for: cannot be told."""

    holds: bool | None
    found: str


def holds(found: str) -> Answer:
    """It is as we assume."""
    return Answer(True, found)


def fails(found: str) -> Answer:
    """It is not."""
    return Answer(False, found)


def untold(found: str) -> Answer:
    """There is nothing to tell it by."""
    return Answer(None, found)


async def outcome(assumption: Assumption, samples: Samples) -> Outcome:
    """The answer as an outcome; an API that refuses to tell is no bad news of its own."""
    answer = await _answer(assumption, samples)
    if answer.holds:
        return fine(f"holds: {answer.found}")
    if answer.holds is None:
        return skipped(f"cannot be told: {answer.found}")
    return (bad if assumption.vital else warning)(
        f"does not hold: {answer.found}", assumption.otherwise
    )


async def _answer(assumption: Assumption, samples: Samples) -> Answer:
    try:
        async with asyncio.timeout(_BOUND_SECONDS):
            return await assumption.ask(samples)
    except TimeoutError:
        return untold(f"no answer within {_BOUND_SECONDS:g} s")
    except (Rejected, UnexpectedAnswer) as error:
        return fails(one_line(str(error), 200))
    except OpsError as error:
        return untold(one_line(str(error), 200))
