"""`doctor` on the command line."""

import asyncio
import sys
from collections.abc import Sequence

from shared.doctor.check import Check, Examination, all_well
from shared.doctor.examining import examine
from shared.doctor.table import write_table
from shared.stream.tasks import first_of

_NOT_WELL = 1


async def doctor_command(examinations: Sequence[Examination], stop: asyncio.Event) -> int:
    """Look at everything, tell of it on stdout, and return the exit code."""
    checks: list[Check] = []

    async def look() -> None:
        checks.extend(await examine(examinations))

    await first_of(look(), stop.wait())
    write_table(checks, sys.stdout)
    return 0 if checks and all_well(checks) else _NOT_WELL
