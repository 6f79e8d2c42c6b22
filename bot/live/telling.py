"""What a thread was told already, and what it is to be told next."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice

from bot.blocks import paragraphs, section
from bot.live.thread_lines import Line
from bot.message import Message

ALL, STATE = "all", "state"


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Times in seconds: how long lines are gathered, and how often a card is painted.

    `take` is between two looks at what is watched, here or by way of another process. A card goes
    on as a new one when it is `card_age` old, or when its thread has so many replies.
    """

    gather: float = 3.0
    summary: float = 60.0
    look: float = 0.5
    least_refresh: float = 2.0
    refresh_per_card: float = 1.5
    first_wait: float = 1.0
    longest_wait: float = 60.0
    sweep: float = 15.0
    take: float = 1.0
    lines_per_reply: int = 20
    most_lines: int = 200
    card_age: float = 24 * 3600.0
    card_replies: int = 500

    def refresh(self, cards: int) -> float:
        """Cards share the rate at which Slack takes updates."""
        return max(self.least_refresh, cards * self.refresh_per_card)


@dataclass(frozen=True, slots=True)
class Reply:
    """A message for the thread, and the lines that it tells."""

    message: Message
    told: tuple[Line, ...]

    @property
    def name(self) -> str:
        """The same for the same lines."""
        return hashlib.sha256(" ".join(line.key for line in self.told).encode()).hexdigest()[:32]


@dataclass(slots=True)
class Told:
    """How far each subject was told in one thread."""

    mode: str
    rhythm: Rhythm
    stages: dict[str, int] = field(default_factory=dict)
    count: int = 0
    _since: float | None = None

    @classmethod
    def of(cls, mode: str, rhythm: Rhythm, keys: Iterable[str]) -> "Told":
        """As the store remembers it."""
        told = cls(mode, rhythm)
        told.recall(keys)
        return told

    def recall(self, keys: Iterable[str]) -> None:
        """Begin anew with what the store remembers."""
        self.stages.clear()
        self.count = 0
        for key in keys:
            name, _, stage = key.rpartition("#")
            self._note(name, int(stage))

    @property
    def left_out(self) -> bool:
        """Whether some of it was told in numbers only."""
        return self.count > self.rhythm.most_lines

    @property
    def sums_up(self) -> bool:
        """Whether there was so much to tell that only numbers are told from now on."""
        return self.count >= self.rhythm.most_lines

    def news(self, lines: Iterable[Line]) -> list[Line]:
        """What has not been told, in the order of the picture."""
        return [
            line
            for line in lines
            if (self.mode == ALL or line.turns) and line.stage > self.stages.get(line.subject, 0)
        ]

    def due(self, now: float) -> float | None:
        """In how many seconds the gathered lines are to be told; None when there are none."""
        if self._since is None:
            return None
        return max(self._since + self._patience() - now, 0)

    def replies(self, lines: Iterable[Line], now: float, *, at_last: bool = False) -> list[Reply]:
        """What to say now; `taken` must be told once it is said."""
        news = self.news(lines)
        if not news:
            self._since = None
            return []
        self._since = now if self._since is None else self._since
        urgent = any(line.urgent for line in news)
        full = len(news) >= self.rhythm.lines_per_reply and not self.sums_up
        if not (at_last or urgent or full or self.due(now) == 0):
            return []
        return self._sum_up(news) if self._is_much(news) else self._in_turn(news)

    def taken(self, replies: Iterable[Reply]) -> None:
        """The replies are on their way."""
        for reply in replies:
            self._since = None
            for line in reply.told:
                self._note(line.subject, line.stage)

    def _patience(self) -> float:
        return self.rhythm.summary if self.sums_up else self.rhythm.gather

    def _is_much(self, news: Sequence[Line]) -> bool:
        return self.count + len(news) > self.rhythm.most_lines

    def _in_turn(self, news: Sequence[Line]) -> list[Reply]:
        rest = iter(news)
        replies = []
        while part := tuple(islice(rest, self.rhythm.lines_per_reply)):
            replies.append(Reply(_message([line.text for line in part]), part))
        return replies

    def _sum_up(self, news: Sequence[Line]) -> list[Reply]:
        """The urgent lines themselves, and before them the others in numbers."""
        urgent = [line for line in news if line.urgent]
        if len(urgent) > self.rhythm.lines_per_reply:
            urgent = [line for line in urgent if line.turns]
        kept = {line.key for line in urgent}
        plain = [line for line in news if line.key not in kept]
        replies = self._in_turn(urgent)
        if plain:
            counted = Counter(line.kind for line in plain)
            words = ", ".join(f"{number:,} {kind}" for kind, number in counted.items())
            replies.insert(0, Reply(_message([f"… {words}"]), tuple(plain)))
        return replies

    def _note(self, name: str, stage: int) -> None:
        self.count += 1
        self.stages[name] = max(stage, self.stages.get(name, 0))


def _message(texts: Sequence[str]) -> Message:
    """One reply; the notification shows its last line, which is the newest."""
    more = f" (and {len(texts) - 1} more)" if len(texts) > 1 else ""
    return Message(texts[-1] + more, tuple(section(part) for part in paragraphs(texts)))
