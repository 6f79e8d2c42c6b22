"""How states look: an emoji and a word, the same everywhere and never the colour alone."""

_EMOJI = {
    "running": "⏳",
    "retrying": "🔁",
    "waiting": "🟡",
    "completed": "✅",
    "failed": "❌",
    "cancelled": "⛔",
    "terminated": "🛑",
    "timed out": "⏱️",
    "continued": "↪️",
    "paused": "⏸️",
    "active": "▶️",
    "not answered": "⏱️",
    "unfinished": "▫️",
}
# As the API and the worker call what people know by another word.
_ALIASES = {
    "canceled": "cancelled",
    "retrying after error": "retrying",
    "continued as new": "continued",
    "timed out or canceled": "not answered",
}
_UNKNOWN = "▫️"
_OPEN = ("running", "retrying", "waiting")
_TROUBLE = ("failed", "timed out", "terminated")


def emoji(state: str | None) -> str:
    """The sign of a state."""
    return _EMOJI.get(word(state), _UNKNOWN)


def word(state: str | None) -> str:
    """The word of a state, in lower case; an unknown one as it came."""
    written = " ".join((state or "").lower().replace("_", " ").split())
    return _ALIASES.get(written, written[:60]) or "unknown"


def is_open(state: str | None) -> bool:
    """Whether something is still going on; one without a state may be."""
    return state is None or word(state) in _OPEN


def is_trouble(state: str | None) -> bool:
    """Whether it ended badly."""
    return word(state) in _TROUBLE
