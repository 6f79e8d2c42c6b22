"""Histories, logs, schedules, and how errors are told."""

from itertools import pairwise

from shared.doctor.assumptions.asking import Answer, Assumption, fails, holds, untold
from shared.doctor.assumptions.samples import Samples
from shared.errors import ApiError, NotFound, Rejected
from shared.operations.history_events import history_events
from shared.text import one_line

_NOBODY = "workflow-ops-doctor-looks-for-nobody"


async def histories_are_readable(samples: Samples) -> Answer:
    """In the shape of Temporal's JSON, with and without decoded payloads."""
    one = await samples.one()
    if one is None:
        return untold("there is no ended execution")
    for decode in (True, False):
        history = await samples.api.get_execution_history(one.execution_id, decode_payloads=decode)
        events = history_events(history)
        if not events or events[0].number != 1 or events[0].time is None:
            shape = sorted(history) if isinstance(history, dict) else type(history).__name__
            return fails(one_line(f"with decode_payloads={decode} it is {shape}", 150))
    if not any(each.is_reset_point for each in events):
        return fails(f"none of {len(events)} events is a point to reset to")
    return holds(f"{len(events)} events, such as {events[0].type}")


async def logs_are_ordered(samples: Samples) -> Answer:
    """As asked for."""
    one = await samples.one()
    if one is None:
        return untold("there is no ended execution")
    page = await samples.api.get_execution_logs(one.execution_id, order="desc", limit=20)
    times = [record.timestamp for record in page.results]
    if len(times) < 2:
        return untold(f"{one.execution_id} has logged too little")
    if all(later >= earlier for later, earlier in pairwise(times)):
        return holds("order=desc brings the latest line first")
    return fails("order=desc brings another order")


async def schedules_come_in_pages(samples: Samples) -> Answer:
    """All of them without page_size, and as many as asked for with it."""
    every = await samples.api.list_schedules()
    if not every.schedules:
        return untold("there are no schedules")
    if len(every.schedules) == 1:
        return untold("there is one schedule only")
    first = await samples.api.list_schedules(page_size=1)
    if len(first.schedules) != 1 or not first.next_page_token:
        return fails(f"page_size=1 brings {len(first.schedules)} of {len(every.schedules)}")
    whole = "all in one" if every.next_page_token is None else "in pages as well"
    return holds(f"page_size is honoured; without it they come {whole}")


async def schedules_tell_their_times(samples: Samples) -> Answer:
    """Next ones earliest first, past ones newest last."""
    page = await samples.api.list_schedules(page_size=5)
    if not page.schedules:
        return untold("there are no schedules")
    told = 0
    for row in page.schedules:
        schedule = await samples.api.get_schedule(row.schedule_id)
        coming = [each.scheduled_at for each in schedule.future_executions]
        past = [each.scheduled_at for each in schedule.recent_executions]
        if sorted(coming) != coming or sorted(past) != past:
            return fails(f"the times of {schedule.schedule_id} are in another order")
        told += bool(coming or past)
    if not told:
        return untold("no schedule tells times")
    return holds(f"{told} of {len(page.schedules)} schedules tell times, in order")


async def the_unknown_is_not_found(samples: Samples) -> Answer:
    """404, and no other way to say so."""
    try:
        await samples.api.get_execution(_NOBODY)
    except NotFound as error:
        return holds(f"404, code {error.code or 'none'}")
    except ApiError as error:
        return fails(one_line(str(error), 150))
    return fails("an execution that nobody started is found")


async def nonsense_is_refused(samples: Samples) -> Answer:
    """By 422 with the field's name, instead of being passed over."""
    try:
        await samples.api.list_runs(status=["NO_SUCH_STATUS"], page_size=1)
    except Rejected as error:
        return holds(one_line(f"{error.status}: {error.detail or 'no detail'}", 150))
    return fails("a status that does not exist is taken")


RECORDS = (
    Assumption(
        "histories are readable",
        histories_are_readable,
        "Resets have to name the number of an event, and histories are shown as they come.",
    ),
    Assumption("logs are ordered", logs_are_ordered, "Logs are shown in another order."),
    Assumption(
        "schedules come in pages", schedules_come_in_pages, "Lists of schedules may be long."
    ),
    Assumption(
        "schedules tell their times",
        schedules_tell_their_times,
        "Schedules that stopped are found late or not at all.",
    ),
    Assumption(
        "the unknown is not found",
        the_unknown_is_not_found,
        "What is gone is asked for again and again.",
    ),
    Assumption("nonsense is refused", nonsense_is_refused, "Mistakes bring wrong lists silently."),
)
