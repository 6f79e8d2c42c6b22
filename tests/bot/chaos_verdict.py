"""What became of an execution in its channel, beside what the API tells of it."""

from dataclasses import dataclass

from bot.live.states import standing_of
from bot.live.thread_lines import lines
from sandbox.slack.model import Message
from shared.timeline import Picture
from tests.bot.chaos import Chaos, Followed
from tests.bot.chaos_threads import Found, compare, read_picture, told_before_it_happened
from tests.bot.live_stage import title


@dataclass(frozen=True, slots=True)
class Verdict:
    """One execution; `faults` is empty when everything is as it should be."""

    cards: int
    right_state: bool
    found: Found
    disordered: tuple[str, ...]
    ends_last: bool
    questions_as_asked: bool

    @property
    def faults(self) -> list[str]:
        """Everything that is wrong, in words."""
        wrong = {
            f"{self.cards} cards": self.cards != 1,
            "the card shows another state": not self.right_state,
            f"the thread is not complete: {self.found}": not self.found.complete,
            f"out of order: {self.disordered}": bool(self.disordered),
            "the end is not told last": not self.ends_last,
            "a question is missing, or asked twice": not self.questions_as_asked,
        }
        return [words for words, is_so in wrong.items() if is_so]


async def judge(ops: Chaos, followed: Followed) -> Verdict:
    """Read it back from the API and from the workspace."""
    picture = await read_picture(ops.api, followed.execution_id)
    cards, thread = ops.cards(followed), ops.thread(followed)
    found = compare(picture, thread)
    asked = [key for key in map(_key, thread) if key.startswith("question:")]
    standing = standing_of(picture).value
    return Verdict(
        cards=len(cards),
        right_state=all(f"· {standing}" in title(card) for card in cards),
        found=found,
        disordered=tuple(told_before_it_happened(picture, thread)),
        ends_last=found.last == lines(picture)[-1].text,
        questions_as_asked=len(asked) == len(set(asked)) == _questions(picture),
    )


def _questions(picture: Picture) -> int:
    return sum(len(run.questions) for part in picture.tree() for run in part.runs)


def _key(message: Message) -> str:
    payload = (message.metadata or {}).get("event_payload") or {}
    return str(payload.get("key", ""))
