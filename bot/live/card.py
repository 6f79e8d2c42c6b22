"""The card of an execution: what it is, where it stands, what it does and what it waits for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.blocks import context, header, preformatted, section
from bot.live.controls import Offers, controls
from bot.live.starter import Starter
from bot.live.states import Sign, Standing, sign_of, standing_of
from bot.message import Block, Message
from bot.mrkdwn import code, date, link, plain, user
from bot.questions.words import lasted, many, quoted, said, values
from shared.timeline import Picture, Question, State, Step, Task

_LAST_STEPS = 4
_OPEN_STEPS = 6
_CHILDREN = 4
_WAITS = 5
_BAR = 10
_OPEN = (State.RUNNING, State.RETRYING)


@dataclass(frozen=True, slots=True)
class Links:
    """Where other messages are, as far as is known: the card before, and the open questions."""

    earlier: str | None = None
    questions: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def to(self, question: Question) -> str | None:
        """The message that asks."""
        return self.questions.get((question.execution_id, question.task_id))


@dataclass(frozen=True, slots=True)
class Notes:
    """What a card says beside the picture.

    `trouble` says since when the picture may be out of date; `live` is False once nobody follows.
    """

    requested_by: str
    updated_at: datetime
    told: int = 0
    live: bool = True
    trouble: datetime | None = None
    gone: bool = False
    url: str | None = None
    started_by: Starter | None = None
    links: Links = Links()


def card(picture: Picture, notes: Notes, offers: Offers = lambda effect: True) -> Message:
    """The card of an execution now; nothing in it changes by the passing of time alone."""
    standing = standing_of(picture)
    blocks = [
        header(_title(picture, standing, notes)),
        _about(picture, notes),
        *_progress(picture, standing),
        *_rows(picture),
        *_waits(picture, standing, notes.links),
        *_failure(picture, standing),
        context(*_small_print(notes, standing)),
    ]
    if not notes.gone:
        live = notes.live
        blocks.append(controls(picture, standing, live=live, offers=offers))
    return Message(sentence(picture), tuple(blocks))


def sentence(picture: Picture) -> str:
    """The card in one sentence, for notifications."""
    standing = standing_of(picture)
    name, execution_id = said(picture.workflow_name, 100), code(picture.execution_id)
    match standing:
        case Standing.RUNNING | Standing.CONTINUED:
            return f"{standing.sign.emoji} {name} {execution_id} is running"
        case Standing.RETRYING:
            return f"{standing.sign.emoji} {name} {execution_id} keeps failing in its own code"
        case Standing.WAITING:
            return f"{standing.sign.emoji} {name} {execution_id} waits for an answer"
    took = lasted(picture.started_at, picture.ended_at)
    text = f"{standing.sign.emoji} {name} {execution_id} {_verb(standing)}"
    text += f" after {took}" if took else ""
    failure = picture.failure.message if picture.failure else ""
    return f"{text}: {said(failure)}" if failure else text


def _verb(standing: Standing) -> str:
    passive = (Standing.CANCELLED, Standing.TERMINATED)
    return f"was {standing.value}" if standing in passive else standing.value


def _title(picture: Picture, standing: Standing, notes: Notes) -> str:
    if notes.gone:
        return f"❔ {plain(picture.workflow_name, 90)} · gone"
    name = plain(picture.workflow_name or picture.execution_id, 90)
    took = lasted(picture.started_at, picture.ended_at) if standing.ended else None
    return f"{standing.sign.emoji} {name} · {standing.value}" + (f" in {took}" if took else "")


def _about(picture: Picture, notes: Notes) -> Block:
    shown = code(picture.execution_id, 300)
    text = f"*Execution* {shown}"
    if notes.url:
        text += f" · {link(notes.url, 'open in the console')}"
    if notes.links.earlier:
        text += f" · {link(notes.links.earlier, 'its earlier message')}"
    if picture.display_name and picture.display_name != picture.workflow_name:
        text = f"*{said(picture.display_name, 100)}*\n{text}"
    if picture.input:
        text += f"\n{values(picture.input)}"
    fields = list(_people(notes))
    if picture.started_at:
        fields.insert(0, f"*Started* {date(picture.started_at, '{date_short_pretty} {time_secs}')}")
    if picture.schedule_id:
        fields.append(f"*Schedule* {code(picture.schedule_id, 80)}")
    if picture.parent_execution_id:
        fields.append(f"*Part of* {code(picture.parent_execution_id, 80)}")
    runs = len(picture.runs) + picture.more_runs
    if runs > 1:
        fields.append(f"*Run* {runs:,}, after a reset or a continuation")
    return section(text, fields=fields)


def _people(notes: Notes) -> Iterator[str]:
    """Who started it, and who watches it where that is somebody else."""
    starter = notes.started_by
    if starter is not None:
        yield f"*Started by* {user(starter.user) if starter.user else said(starter.name, 80)}"
    if starter is None or starter.user != notes.requested_by:
        yield f"*Watched by* {user(notes.requested_by)}"


def _progress(picture: Picture, standing: Standing) -> Iterator[Block]:
    """A bar for the task that reports how far it is, while it runs."""
    reporting = [task for task in picture.tasks if task.progress and task.state is State.RUNNING]
    if standing.ended or not reporting:
        return
    yield section("\n".join(_bar(task) for task in reporting[-2:]))


def _bar(task: Task) -> str:
    progress = task.progress
    assert progress is not None
    full = round(progress.percent / 100 * _BAR)
    text = "▰" * full + "▱" * (_BAR - full)
    if progress.done is not None and progress.total is not None:
        text += f" {progress.done:g}/{progress.total:g}"
    else:
        text += f" {progress.percent:.0f} %"
    text += f" · {code(task.type, 60)}"
    text += f" · {said(task.note, 100)}" if task.note else ""
    return f"{text} (as of the last report)" if task.stale else text


def _rows(picture: Picture) -> Iterator[Block]:
    """The steps that go on, after the last of those that ended, and the children."""
    ended = [step for step in picture.steps if step.state not in _OPEN]
    going = [step for step in picture.steps if step.state in _OPEN]
    more = picture.runs[-1].more_steps if picture.runs else 0
    hidden = more + max(len(ended) - _LAST_STEPS, 0)
    lines = [f"_{many(hidden, 'earlier step')}_"] if hidden else []
    lines += [step_words(step) for step in ended[-_LAST_STEPS:]]
    lines += [step_words(step) for step in going[-_OPEN_STEPS:]]
    if len(going) > _OPEN_STEPS:
        lines.append(f"_{many(len(going) - _OPEN_STEPS, 'other step')} going on_")
    lines += _children(picture)
    if lines:
        yield section("\n".join(lines))


def step_words(step: Step) -> str:
    """A step in one line."""
    sign: Sign = sign_of(step.state)
    words = [f"{sign.emoji} {code(step.name or step.task_id, 80)}"]
    if step.state is not State.COMPLETED:
        words.append(sign.word)
    if step.attempts > 1:
        words.append(f"attempt {step.attempts:,}")
    if took := lasted(step.started_at, step.ended_at):
        words.append(took)
    elif step.state in _OPEN and step.started_at:
        words.append(f"since {date(step.started_at, '{time_secs}')}")
    if step.failure and step.state is not State.COMPLETED:
        words.append(said(step.failure, 120))
    return " · ".join(words)


def _children(picture: Picture) -> list[str]:
    if not picture.children:
        return []
    counted: dict[Standing, int] = {}
    for child in picture.children:
        standing = _child_standing(child)
        counted[standing] = counted.get(standing, 0) + 1
    total = len(picture.children) + picture.more_children
    parts = ", ".join(f"{standing.sign.emoji} {n:,} {standing}" for standing, n in counted.items())
    telling = [c for c in picture.children if _child_standing(c) is not Standing.COMPLETED]
    lines = [f"*{'1 child' if total == 1 else f'{total:,} children'}:* {parts}"]
    for child in telling[-_CHILDREN:]:
        sign = _child_standing(child).sign
        name = code(child.workflow_name, 60)
        lines.append(f"↳ {sign.emoji} {name} {code(child.execution_id, 60)} · {sign.word}")
    return lines


def _child_standing(child: Picture) -> Standing:
    """Of children nothing but their events is known."""
    ends: dict[str | None, Standing] = {
        "COMPLETED": Standing.COMPLETED,
        "FAILED": Standing.FAILED,
        "CANCELED": Standing.CANCELLED,
    }
    return ends.get(child.status) or standing_of(child)


def _waits(picture: Picture, standing: Standing, links: Links) -> Iterator[Block]:
    waits = picture.pending_inputs
    if standing.ended or not waits:
        return
    lines = [_wait(each, links.to(each)) for each in waits[:_WAITS]]
    if len(waits) > len(lines):
        lines.append(f"_and {len(waits) - len(lines)} more_")
    if not all(links.to(each) for each in waits[:_WAITS]):
        lines.append("Answer in the thread of this message.")
    yield section("\n".join(lines))


def _wait(question: Question, url: str | None) -> str:
    text = f"🟡 *Waiting for an answer:* {said(question.label or question.task_id, 120)}"
    return f"{text} · {link(url, 'answer it')}" if url else text


def _failure(picture: Picture, standing: Standing) -> Iterator[Block]:
    """Why it failed, or keeps failing."""
    if standing.ended and picture.failure:
        where = picture.failure.where
        yield section(f"*Failed in* {code(where, 80)}" if where else "*Failed*")
        yield preformatted(quoted(picture.failure.message))
    elif not standing.ended and picture.code_error:
        attempt = picture.code_error.attempt
        again = f"{many(attempt, 'attempt')} so far; it is tried again for ever"
        yield section(f"*The workflow's own code fails* · {again}")
        yield preformatted(quoted(picture.code_error.message))


def _small_print(notes: Notes, standing: Standing) -> Iterator[str]:
    if notes.gone:
        yield "The API no longer knows this execution."
    elif notes.trouble and not standing.ended:
        yield f"⚠️ The stream is interrupted since {date(notes.trouble, '{time_secs}')}"
    if not notes.live and not standing.ended and not notes.gone:
        yield "No longer watched: this card stays as it is"
    yield f"updated {date(notes.updated_at, '{time_secs}')}"
    if notes.told:
        yield f"{many(notes.told, 'line')} in the thread"
