"""How states look: a colour, a mark and a word, never a colour alone."""

import re
from dataclasses import dataclass
from enum import Enum

type Colour = tuple[int, int, int]

# Multiples of four: Pillow (13) matches colours to a palette in steps of four.
PAPER: Colour = (252, 252, 252)
STRIPE: Colour = (248, 248, 248)
GRID: Colour = (224, 228, 232)
EDGE: Colour = (208, 212, 220)
INK: Colour = (28, 32, 40)
SOFT: Colour = (96, 104, 116)
WARM: Colour = (168, 32, 40)


class Mark(Enum):
    """The shape before a label."""

    CHECK = "check"
    CROSS = "cross"
    PLAY = "play"
    AGAIN = "again"
    PAUSE = "pause"
    CLOCK = "clock"
    BAR = "bar"
    DOT = "dot"


@dataclass(frozen=True, slots=True)
class Tone:
    """A look; `hatched` bars are marked by stripes as well."""

    word: str
    colour: Colour
    mark: Mark
    hatched: bool = False


DONE = Tone("completed", (32, 140, 96), Mark.CHECK)
RUNNING = Tone("running", (36, 100, 216), Mark.PLAY)
RETRYING = Tone("retrying", (196, 112, 0), Mark.AGAIN)
WAITING = Tone("waiting for a person", (208, 160, 8), Mark.PAUSE)
FAILED = Tone("failed", (200, 40, 48), Mark.CROSS, hatched=True)
TIMED_OUT = Tone("timed out", (148, 52, 168), Mark.CLOCK, hatched=True)
STOPPED = Tone("cancelled or terminated", (104, 112, 128), Mark.BAR, hatched=True)
UNKNOWN = Tone("unknown", (152, 156, 168), Mark.DOT)

TONES = (DONE, RUNNING, RETRYING, WAITING, FAILED, TIMED_OUT, STOPPED, UNKNOWN)
_WORDS = (
    (re.compile("timed out or cancel"), TIMED_OUT),
    (re.compile("time[d]? ?out"), TIMED_OUT),
    (re.compile("retry"), RETRYING),
    (re.compile("fail|error|exception"), FAILED),
    (re.compile("wait|pending input"), WAITING),
    (re.compile("cancel|terminat"), STOPPED),
    (re.compile("complet|success|ok|done|continued"), DONE),
    (re.compile("run|start|progress|open"), RUNNING),
)


def tone_of(state: str) -> Tone:
    """The look of a state in anybody's words."""
    words = state.lower().replace("_", " ")
    return next((tone for pattern, tone in _WORDS if pattern.search(words)), UNKNOWN)
