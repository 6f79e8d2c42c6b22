"""Arguments in which every target is an id."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from bot.grammar import Route, Routes, all_routes
from bot.place import Place
from bot.targets.lookup import first_known
from bot.targets.memory import Kind, Memory
from bot.targets.search import Search
from bot.targets.written import ids_in_url, is_url, names_a_target
from shared.api import WorkflowsApi
from shared.context import Clock, utc_now
from shared.database import Database, StoreError
from shared.results import Executions, PendingInputs, Result, ScheduleDetail, Schedules, Workflows

_KINDS: dict[str, Kind] = {
    "execution_id": "execution",
    "execution_ids": "execution",
    "root_execution_id": "execution",
    "schedule_id": "schedule",
    "workflow": "workflow",
}
# The field that the thread of a card fills in.
_IMPLIED = ("execution_id", "execution_ids")
_log = logging.getLogger(__name__)


class Targets:
    """Finds what people mean, and remembers what they looked at."""

    def __init__(
        self,
        database: Database,
        api: WorkflowsApi,
        clock: Clock = utc_now,
        routes: Routes | None = None,
    ) -> None:
        self.memory = Memory(database, clock)
        self._api = api
        self._routes = routes

    async def resolve(
        self, name: str, arguments: Mapping[str, Any], place: Place
    ) -> dict[str, Any]:
        """The arguments of a request with whole ids; raises UnclearTarget, ApiError.

        A thread fills in the execution that was left out. Ids chosen for something new stay.
        """
        routes = all_routes() if self._routes is None else self._routes
        if name not in routes:
            return dict(arguments)
        route = routes.named(name)
        search = Search(self.memory, self._api, place)
        given = _unshifted(route, arguments, place)
        given |= _implied(route, given, place)
        return {
            key: await search.value(_KINDS[key], _several(key, value))
            if _is_target(route, key)
            else value
            for key, value in given.items()
        }

    async def shown(self, texts: Sequence[str]) -> str | None:
        """The first execution that the texts name, as whole ids or links; raises ApiError."""
        named = [each for text in texts for each in (ids_in_url(text) if is_url(text) else (text,))]
        return await first_known(self._api, "execution", named)

    async def notice(self, place: Place, result: Result) -> None:
        """Remember what this answer shows: a list for `#n`, one execution for `last`.

        An answer that cannot be remembered is an answer all the same.
        """
        try:
            await self._keep(place, result)
        except StoreError:
            _log.exception("what %s looked at in %s is not remembered", place.user, place.channel)

    async def _keep(self, place: Place, result: Result) -> None:
        match result:
            case Executions():
                ids = [row.execution_id for row in result.executions]
                await self.memory.keep_list(place, "execution", ids)
            case PendingInputs():
                ids = [row.execution_id for row in result.pending_inputs]
                await self.memory.keep_list(place, "execution", ids)
            case Schedules():
                ids = [row.schedule_id for row in result.schedules]
                await self.memory.keep_list(place, "schedule", ids)
            case Workflows():
                ids = [row.name for row in result.workflows]
                await self.memory.keep_list(place, "workflow", ids)
            case _:
                if execution_id := _shown(result):
                    await self.memory.keep_last(place, execution_id)


def _unshifted(route: Route, arguments: Mapping[str, Any], place: Place) -> dict[str, Any]:
    """The arguments as meant: outside of a card's thread the first value is the execution.

    The grammar reads `signal approve` as people write it in a thread, and does not know the place.
    """
    given = dict(arguments)
    if route.positional[:1] != ("execution_id",) or given.get("execution_id"):
        return given
    second = route.positional[1] if len(route.positional) > 1 else ""
    value = given.get(second)
    if isinstance(value, str) and (place.execution_id is None or names_a_target(value)):
        del given[second]
        given["execution_id"] = value
    return given


def _implied(route: Route, arguments: Mapping[str, Any], place: Place) -> dict[str, Any]:
    first = route.positional[0] if route.positional else ""
    if first not in _IMPLIED or arguments.get(first) or place.execution_id is None:
        return {}
    several = first == "execution_ids"
    return {first: [place.execution_id] if several else place.execution_id}


def _is_target(route: Route, key: str) -> bool:
    # Elsewhere execution_id and schedule_id are ids that the caller chooses for something new.
    return key in _KINDS and (key in route.positional or key == "root_execution_id")


def _several(key: str, value: Any) -> Any:
    """The list that `execution_ids=a,b` stands for."""
    if key != "execution_ids" or not isinstance(value, str):
        return value
    return [part.strip() for part in value.split(",") if part.strip()]


def _shown(result: Result) -> str | None:
    if isinstance(result, ScheduleDetail):
        return result.started.execution_id if result.started else None
    found = getattr(result, "execution_id", None)
    return found if isinstance(found, str) else None
