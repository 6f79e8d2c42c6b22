"""Stored events."""

from datetime import timedelta

from shared.doctor.assumptions.asking import Answer, Assumption, fails, holds, untold
from shared.doctor.assumptions.samples import Samples
from shared.errors import Rejected
from shared.events import Event, EventType
from shared.text import one_line

_NANOSECONDS = 10**17
_LEEWAY = timedelta(days=1)
_NO_EVENTS = "there is no ended execution with events"
_FEW = 2


async def _sample(samples: Samples) -> list[Event]:
    page = await samples.events()
    return page.events if page else []


async def times_are_nanoseconds(samples: Samples) -> Answer:
    """And they lie where the execution does."""
    events, one = await _sample(samples), await samples.one()
    if not events or one is None:
        return untold(_NO_EVENTS)
    small = next((each for each in events if each.event_timestamp < _NANOSECONDS), None)
    if small is not None:
        return fails(f"an event_timestamp is {small.event_timestamp}")
    begins, ends = one.start_time - _LEEWAY, (one.end_time or samples.clock()) + _LEEWAY
    if all(each.time and begins <= each.time <= ends for each in events):
        return holds(f"{len(events)} events of {one.execution_id} lie within its time")
    return fails(f"events of {one.execution_id} lie outside of its time")


async def types_are_known(samples: Samples) -> Answer:
    """None but the seventeen of the contract."""
    events = await _sample(samples)
    if not events:
        return untold(_NO_EVENTS)
    unknown = sorted({each.event_type for each in events} - set(EventType))
    if unknown:
        return fails(one_line(f"there are others: {', '.join(unknown)}", 150))
    return holds(f"{len({each.event_type for each in events})} types, all of them known")


async def events_name_runs(samples: Samples) -> Answer:
    """With the same id as the execution does."""
    events, one = await _sample(samples), await samples.one()
    own = [each for each in events if one and each.workflow_exec_id == one.execution_id]
    if not own or one is None:
        return untold(_NO_EVENTS)
    if one.run_id in {each.workflow_run_id for each in own}:
        return holds("workflow_run_id is the run_id of the execution")
    return fails(f"workflow_run_id is {own[-1].workflow_run_id}, run_id is {one.run_id}")


async def events_are_oldest_first(samples: Samples) -> Answer:
    """Within one run; what several executions do at once may interleave."""
    events = await _sample(samples)
    runs = {each.workflow_run_id for each in events}
    if not events:
        return untold(_NO_EVENTS)
    for run in runs:
        times = [each.event_timestamp for each in events if each.workflow_run_id == run]
        # Workers tell of what happens at once in any order.
        if times[0] > times[-1]:
            return fails(f"run {run} begins with its latest event")
    return holds("every run begins with its first event")


async def event_pages_go_on(samples: Samples) -> Answer:
    """The cursor of a page brings what comes after it."""
    events, one = await _sample(samples), await samples.one()
    if one is None or len(events) <= _FEW:
        return untold("there is no ended execution with enough events for two pages")
    asked = {"root_workflow_exec_id": one.execution_id}
    first = await samples.api.list_events(**asked, limit=_FEW)
    if len(first.events) != _FEW or not first.next_cursor:
        return fails(f"{len(first.events)} events when {_FEW} are asked for, and no cursor")
    second = await samples.api.list_events(**asked, limit=_FEW, cursor=first.next_cursor)
    known = [each.event_id for each in (*first.events, *second.events)]
    if known == [each.event_id for each in events[: len(known)]] and len(known) > _FEW:
        return holds("two small pages are the beginning of a large one")
    return fails("two small pages are not the beginning of a large one")


async def internal_events_are_told(samples: Samples) -> Answer:
    """Whether bookkeeping, whose names begin with `__`, is among the events."""
    events = await _sample(samples)
    if not events:
        return untold(_NO_EVENTS)
    names = {str(each.attributes.get("activity_name") or "") for each in events}
    internal = sorted(name for name in names if name.startswith("__"))
    if internal:
        return holds(one_line(f"internal steps are told: {', '.join(internal)}", 150))
    return untold("no internal step is among the events; they may be left out, or there are none")


async def chains_are_told(samples: Samples) -> Answer:
    """The server fills in chain_run_id, which workers leave open."""
    events = await _sample(samples)
    if not events:
        return untold(_NO_EVENTS)
    without = sum(1 for each in events if each.chain_run_id is None)
    if without == len(events):
        return fails("no event has a chain_run_id")
    return holds(f"{len(events) - without} of {len(events)} events have one")


async def workspace_events_are_listed(samples: Samples) -> Answer:
    """Without an execution id."""
    try:
        page = await samples.api.list_events(limit=1)
    except Rejected as error:
        return fails(one_line(str(error), 150))
    if page.next_cursor is None:
        return fails("there is no cursor for a later look")
    return holds("events of the whole workspace are listed, with a cursor for later")


_COPED = "It is coped with: nothing rests on it."
EVENTS = (
    Assumption("event times are nanoseconds", times_are_nanoseconds, "Other units are guessed."),
    Assumption("event types are known", types_are_known, "Others are kept, and shown as they are."),
    Assumption(
        "events name runs as lists do",
        events_name_runs,
        "Steps of an earlier run cannot be told from those of the latest.",
    ),
    Assumption(
        "events come oldest first", events_are_oldest_first, "Cards and traces show wrong orders."
    ),
    Assumption(
        "pages of events go on", event_pages_go_on, "Long executions are shown incompletely."
    ),
    Assumption("internal steps are told", internal_events_are_told, _COPED),
    Assumption("events name their chain", chains_are_told, _COPED),
    Assumption("events of the workspace are listed", workspace_events_are_listed, _COPED),
)
