"""What a thread has to tell of an execution, by its events, and what it tells."""

from collections import Counter
from dataclasses import dataclass

from bot.live.thread_lines import Line, lines
from sandbox.slack.model import Message
from shared.api import WorkflowsApi
from shared.operations.event_pages import read_events
from shared.operations.target import find
from shared.timeline import Picture, build
from tests.bot.live_stage import shown

# What is told on the way to an end, which a restart may make old news.
_ON_THE_WAY = ("⏳", "🔁")


@dataclass(frozen=True, slots=True)
class Found:
    """Lines that are missing, told too often, or that nothing explains; and the last one."""

    missing: tuple[str, ...]
    surplus: tuple[str, ...]
    unexplained: tuple[str, ...]
    last: str

    @property
    def complete(self) -> bool:
        """Whether everything is told exactly once."""
        return not (self.missing or self.surplus or self.unexplained)


async def read_picture(api: WorkflowsApi, execution_id: str) -> Picture:
    """What the API tells of an execution that has ended."""
    target = await find(api, execution_id)
    events, _ = await read_events(api, target)
    return build(events, target.execution).picture


def compare(picture: Picture, thread: list[Message]) -> Found:
    """The lines of a thread beside those that the events tell."""
    wanted = Counter(line.text for line in lines(picture))
    told = [line for message in thread if not _asks(message) for line in _lines(message)]
    counted = Counter(told)
    rest = (counted - wanted).elements()
    surplus = [text for text in rest if text in wanted]
    others = [text for text in (counted - wanted) if text not in wanted]
    return Found(
        missing=tuple((wanted - counted).elements()),
        surplus=tuple(surplus),
        unexplained=tuple(text for text in others if not _is_on_the_way(text)),
        last=told[-1] if told else "",
    )


def told_before_it_happened(picture: Picture, thread: list[Message]) -> list[str]:
    """Ends of steps that are told in an earlier reply than the end of a step before."""
    place = {line: number for number, each in enumerate(thread) for line in _lines(each)}
    ends = sorted(
        (step.ended_at, step.task_id)
        for run in picture.runs
        for step in run.steps
        if step.ended_at is not None
    )
    named = _named(picture)
    latest, wrong = 0, []
    for _, task_id in ends:
        text = named.get(task_id)
        if text is None or text not in place:
            continue
        if place[text] < latest:
            wrong.append(text)
        latest = max(latest, place[text])
    return wrong


def _named(picture: Picture) -> dict[str, str]:
    """The line of each step whose text no other step has."""
    found: list[Line] = [line for line in lines(picture) if line.subject.startswith("step:")]
    counted = Counter(line.text for line in found)
    return {line.subject.rpartition(":")[2]: line.text for line in found if counted[line.text] == 1}


def _is_on_the_way(text: str) -> bool:
    return any(sign in text for sign in _ON_THE_WAY)


def _asks(message: Message) -> bool:
    """The message of a question, which is not one of the lines."""
    key = (message.metadata or {}).get("event_payload", {}).get("key", "")
    return not str(key).startswith("told:")


def _lines(message: Message) -> list[str]:
    return shown(message).splitlines()
