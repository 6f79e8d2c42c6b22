"""What we take for granted about the API although nobody promised it, checked by reading only."""

from collections.abc import Awaitable, Callable

from shared.doctor.api import SILENT, ApiLook, FirstAnswer
from shared.doctor.assumptions.asking import GROUP, Assumption, outcome
from shared.doctor.assumptions.events import EVENTS
from shared.doctor.assumptions.filters import FILTERS
from shared.doctor.assumptions.pages import PAGES
from shared.doctor.assumptions.records import RECORDS
from shared.doctor.assumptions.rows import ROWS
from shared.doctor.assumptions.samples import Samples
from shared.doctor.assumptions.streams import STREAMS
from shared.doctor.check import Examination, Outcome
from shared.doctor.once import unless_failed

__all__ = ["ASSUMPTIONS", "GROUP", "assumption_examinations"]

ASSUMPTIONS: tuple[Assumption, ...] = (*FILTERS, *PAGES, *ROWS, *EVENTS, *STREAMS, *RECORDS)


def assumption_examinations(look: ApiLook) -> list[Examination]:
    """Of every assumption; all are skipped while the API does not answer at all."""
    samples = Samples(look.api, look.clock)
    return [
        Examination(GROUP, each.name, unless_failed(look.first, SILENT, _asked(each, samples)))
        for each in ASSUMPTIONS
    ]


def _asked(assumption: Assumption, samples: Samples) -> Callable[[FirstAnswer], Awaitable[Outcome]]:
    async def look(_: FirstAnswer) -> Outcome:
        return await outcome(assumption, samples)

    return look
