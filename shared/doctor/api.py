"""Is the API there, may we in, and does anybody work?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.api import Exchanged, WorkflowsApi
from shared.context import Clock
from shared.doctor.check import Examination, Outcome, fine, skipped, warning
from shared.doctor.clocks import header_skew, judged
from shared.doctor.once import Once, unless_failed
from shared.text import duration_words, one_line

GROUP = "API"
SILENT = "the API does not answer"
_ROUTE = "/v1/workflows"
_SLOW = timedelta(seconds=2)
_SCARCE = 0.1
_MOST_WORKFLOWS = 200


@dataclass(frozen=True, slots=True)
class FirstAnswer:
    """The first thing that the API said: when, how long it took, and what came along."""

    asked: datetime
    answered: datetime
    took: timedelta
    headers: Mapping[str, str]


class ApiLook:
    """What one small request tells; `first` raises OpsError where the API is not to be used."""

    def __init__(self, api: WorkflowsApi, clock: Clock) -> None:
        self.api = api
        self.clock = clock
        self.first = Once(self._ask)

    async def _ask(self) -> FirstAnswer:
        heard: list[Exchanged] = []
        with self.api.observed_by(heard.append):
            await self.api.list_workflows(limit=1)
        answered = self.clock()
        # Others may be asking too; what we asked for is answered last.
        last = next(each for each in reversed(heard) if each.route == _ROUTE and each.headers)
        took = timedelta(seconds=last.seconds)
        return FirstAnswer(answered - took, answered, took, last.headers or {})


def api_examinations(look: ApiLook) -> list[Examination]:
    """Of the API itself."""

    async def answers() -> Outcome:
        return _answers(look.api.server_url, await look.first())

    async def limits(first: FirstAnswer) -> Outcome:
        return _limits(first.headers)

    async def clock(first: FirstAnswer) -> Outcome:
        found = header_skew(first.headers, first.asked, first.answered)
        return judged(found, "the API's clock") if found else skipped("its answers have no Date")

    async def workers(_: FirstAnswer) -> Outcome:
        return await _workers(look.api)

    return [
        Examination(GROUP, "address and key", answers),
        Examination(GROUP, "rate limit", unless_failed(look.first, SILENT, limits)),
        Examination(GROUP, "clock", unless_failed(look.first, SILENT, clock)),
        Examination(GROUP, "workers", unless_failed(look.first, SILENT, workers)),
    ]


def _answers(server_url: str, first: FirstAnswer) -> Outcome:
    took = duration_words(first.took.total_seconds() * 1_000)
    found = f"{server_url} takes the key and answers in {took}"
    if first.took < _SLOW:
        return fine(found)
    return warning(found, "Cards and alerts come late. Look at the network, or ask the provider.")


def _limits(headers: Mapping[str, str]) -> Outcome:
    told = {name: value for name, value in headers.items() if "ratelimit" in name.replace("-", "")}
    if not told:
        return skipped("the API tells no limits in its answers")
    found = one_line("; ".join(f"{name}: {value}" for name, value in sorted(told.items())), 200)
    if any(_is_scarce(name, told) for name in told if "remaining" in name):
        return warning(
            found, "Little is left: use a key that no other program uses, or ask for more."
        )
    return fine(found)


def _is_scarce(remaining: str, told: Mapping[str, str]) -> bool:
    left, limit = told[remaining], told.get(remaining.replace("remaining", "limit"), "")
    return left.isdecimal() and limit.isdecimal() and int(left) < int(limit) * _SCARCE


async def _workers(api: WorkflowsApi) -> Outcome:
    every = await api.list_workflows(limit=_MOST_WORKFLOWS, archived=False)
    if not every.workflows:
        return warning("there are no workflows", "Deploy one, or check whose key this is.")
    served = await api.list_workflows(limit=_MOST_WORKFLOWS, archived=False, active_only=True)
    count, more = len(every.workflows), "+" if every.next_cursor else ""
    found = f"{len(served.workflows)} of {count}{more} workflows have a worker"
    if served.workflows:
        return fine(found)
    return warning(found, "Start a worker: until then nothing that is started goes on.")
