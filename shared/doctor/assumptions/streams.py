"""Live streams: how their frames look, where they begin and how they end."""

from itertools import pairwise

from shared.doctor.assumptions.asking import Answer, Assumption, fails, holds, untold
from shared.doctor.assumptions.listening import Heard, RawFrame, listen
from shared.doctor.assumptions.samples import Samples
from shared.events import BrokenFrame, Frame, StreamFault, decode_frame
from shared.models import OPEN
from shared.text import one_line

_SECONDS = 6.0
_NO_STREAM = "there is no ended execution to listen to"
_EVERY_FRAME = 1_000


async def _replay(samples: Samples) -> Heard | None:
    """The stream of an execution that has ended."""
    one = await samples.one()
    if one is None:
        return None
    return await listen(samples.api.stream_execution(one.execution_id), _SECONDS)


async def streams_begin_with_the_past(samples: Samples) -> Answer:
    """Without an event_source, what is stored comes first."""
    heard, events = await _replay(samples), await samples.events()
    if heard is None or events is None or not events.events:
        return untold(_NO_STREAM)
    frames = _frames(heard)
    if not frames:
        return fails(f"nothing came within {_SECONDS:g} s although events are stored")
    if frames[0].data.event_id == events.events[0].event_id:
        return holds("the first frame is the first event that is stored")
    return fails("the first frame is not the first event that is stored")


async def frames_are_readable(samples: Samples) -> Answer:
    """And what names, ids and waits they have."""
    heard = await _replay(samples)
    if heard is None or not heard.told:
        return untold(_NO_STREAM)
    unread = next((each for each in heard.told if not _is_readable(each)), None)
    if unread is not None:
        return fails(f"a frame is not to be understood: {one_line(unread.data, 100)}")
    names = sorted({each.event or "no name" for each in heard.told})
    retry = next((each.retry for each in heard.frames if each.retry), None)
    told = f"{len(heard.told)} frames, event: {', '.join(names[:3])}{'…' if len(names) > 3 else ''}"
    return holds(f"{told}; id: {heard.told[0].id or 'none'}; retry: {retry or 'none'}")


async def frames_have_ids(samples: Samples) -> Answer:
    """By which a stream can be resumed."""
    heard = await _replay(samples)
    if heard is None or not heard.told:
        return untold(_NO_STREAM)
    without = sum(1 for each in heard.told if not each.id)
    if without:
        return fails(f"{without} of {len(heard.told)} frames have no id")
    return holds(f"each of {len(heard.told)} frames has an id")


async def streams_resume(samples: Samples) -> Answer:
    """last_event_id brings what comes after it."""
    one, heard = await samples.one(), await _replay(samples)
    ids = [each.id for each in heard.told if each.id] if heard else []
    if one is None or len(ids) < 2:
        return untold(_NO_STREAM)
    again = await listen(
        samples.api.stream_execution(one.execution_id, last_event_id=ids[0]), _SECONDS, 1
    )
    if again.told and again.told[0].id == ids[1]:
        return holds("a stream goes on after the id that is named")
    came = again.told[0].id if again.told else "nothing"
    return fails(f"after {ids[0]}, {ids[1]} was to come, and {came} came")


async def sequences_grow(samples: Samples) -> Answer:
    """And start_seq includes the one that is named."""
    one, heard = await samples.one(), await _replay(samples)
    frames = _frames(heard) if heard else []
    numbers = [each.broker_sequence for each in frames if each.broker_sequence is not None]
    if one is None or len(numbers) < 2:
        return untold("frames have no broker_sequence" if frames else _NO_STREAM)
    if any(earlier >= later for earlier, later in pairwise(numbers)):
        return fails("broker_sequence does not grow")
    again = await listen(
        samples.api.stream_events(root_workflow_exec_id=one.execution_id, start_seq=numbers[1]),
        _SECONDS,
        1,
    )
    came = next((each.broker_sequence for each in _frames(again)), None)
    if came == numbers[1]:
        return holds("broker_sequence grows, and start_seq is included")
    return fails(f"start_seq={numbers[1]} begins with {came}")


async def streams_end(samples: Samples) -> Answer:
    """Those of executions that have ended."""
    one = await samples.one()
    if one is None:
        return untold(_NO_STREAM)
    opening = samples.api.stream_execution(one.execution_id)
    heard = await listen(opening, _SECONDS, _EVERY_FRAME)
    if heard.closed:
        return holds("the server ends the stream of an execution that has ended")
    return fails(f"the stream of {one.execution_id} stays open after its end")


async def silence_is_broken(samples: Samples) -> Answer:
    """A sign of life while an execution does nothing."""
    rows = (await samples.recent()).executions
    running = next((row for row in rows if row.status in OPEN), None)
    if running is None:
        return untold("nothing runs")
    opening = samples.api.stream_execution(running.execution_id, event_source="LIVE")
    heard = await listen(opening, _SECONDS, _EVERY_FRAME)
    silent = [each for each in heard.frames if not each.data]
    if heard.comments:
        return holds("the sign is a comment")
    if silent:
        return holds(f"the sign is a frame without data (event: {silent[0].event or 'no name'})")
    return untold(f"none came within {_SECONDS:g} s")


def _frames(heard: Heard) -> list[Frame]:
    return [frame for frame in map(_frame, heard.told) if frame is not None]


def _frame(raw: RawFrame) -> Frame | None:
    try:
        found = decode_frame(raw.event or "message", raw.data)
    except BrokenFrame:
        return None
    return None if isinstance(found, StreamFault) else found


def _is_readable(raw: RawFrame) -> bool:
    return _frame(raw) is not None


_COPED = "It is coped with, by looking at the execution now and then."
STREAMS = (
    Assumption(
        "streams begin with the past",
        streams_begin_with_the_past,
        "Cards show what happened before they were asked for only after a look at stored events.",
    ),
    Assumption(
        "frames are readable",
        frames_are_readable,
        "Cards are not live: they change when the status does.",
        vital=True,
    ),
    Assumption("frames have ids", frames_have_ids, "Streams begin anew whenever they break."),
    Assumption("streams resume", streams_resume, "Events are read again, and still told once."),
    Assumption("sequences grow", sequences_grow, "Nothing rests on it while frames have ids."),
    Assumption("streams end", streams_end, _COPED),
    Assumption("silence is broken", silence_is_broken, _COPED),
)
