"""Examinations at work: several at once, each of them bounded."""

import asyncio
import logging
from collections.abc import Sequence

from shared.doctor.check import Check, Examination, Outcome, bad
from shared.errors import OpsError

_log = logging.getLogger(__name__)

BOUND_SECONDS = 10.0
# Few enough to stay far from any limit of the API.
_AT_ONCE = 6


async def examine(
    examinations: Sequence[Examination], *, bound_seconds: float = BOUND_SECONDS
) -> list[Check]:
    """What all of them found, in their order; none can take longer than the bound."""
    turns = asyncio.Semaphore(_AT_ONCE)

    async def check(examination: Examination) -> Check:
        async with turns:
            outcome = await _outcome(examination, bound_seconds)
        return Check(examination.group, examination.name, outcome)

    return list(await asyncio.gather(*map(check, examinations)))


async def _outcome(examination: Examination, bound_seconds: float) -> Outcome:
    # The boundary of one examination: whatever it meets, the others go on.
    try:
        async with asyncio.timeout(bound_seconds):
            return await examination.look()
    except TimeoutError:
        return bad(
            f"no answer within {bound_seconds:g} s",
            "Look at what it depends on, and at the network between.",
        )
    except OpsError as error:
        return _told(error)
    except Exception as error:
        _log.exception("the check %s failed", examination.name)
        return bad(
            f"the check itself failed: {type(error).__name__}", "This is a bug; see the log."
        )


def _told(error: OpsError) -> Outcome:
    """The text of an OpsError says what failed, then what to do."""
    first, _, rest = str(error).strip().partition(". ")
    return bad(f"{first.rstrip('.')}.", rest)
