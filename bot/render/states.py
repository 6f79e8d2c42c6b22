"""How states look: an emoji and a word, the same everywhere and never the colour alone."""

_SHOWN = {
    "running": ("⏳", "running"),
    "retrying": ("🔁", "retrying"),
    "retrying_after_error": ("🔁", "retrying"),
    "waiting": ("🟡", "waiting"),
    "completed": ("✅", "completed"),
    "failed": ("❌", "failed"),
    "canceled": ("⛔", "cancelled"),
    "cancelled": ("⛔", "cancelled"),
    "terminated": ("🛑", "terminated"),
    "timed_out": ("⏱️", "timed out"),
    "continued_as_new": ("↪️", "continued"),
    "paused": ("⏸️", "paused"),
    "active": ("▶️", "active"),
    "timed_out_or_canceled": ("⏱️", "not answered"),
    "unfinished": ("▫️", "unfinished"),
}
_UNKNOWN = "▫️"
_OPEN = ("running", "retrying", "waiting")
_TROUBLE = ("failed", "timed out", "terminated")


def emoji(state: str | None) -> str:
    """The sign of a state."""
    return _SHOWN.get(_key(state), (_UNKNOWN, ""))[0]


def word(state: str | None) -> str:
    """The word of a state, in lower case; an unknown one as it came."""
    return _SHOWN.get(_key(state), ("", _key(state).replace("_", " ")[:60]))[1] or "unknown"


def is_open(state: str | None) -> bool:
    """Whether something is still going on; one without a state may be."""
    return state is None or word(state) in _OPEN


def is_trouble(state: str | None) -> bool:
    """Whether it ended badly."""
    return word(state) in _TROUBLE


def _key(state: str | None) -> str:
    return "_".join((state or "").lower().split())
