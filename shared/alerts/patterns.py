"""Regular expressions that people give us, kept from taking all time or all memory."""

import functools
import math
import re
from collections.abc import Callable
from time import thread_time
from typing import Any

type Contains = Callable[[str, str], bool | None]

_COUNT = re.compile(r"\{\s*(\d*)\s*(?:,\s*(\d*)\s*)?\}")
# A pattern is unfolded when it is compiled: each count multiplies those inside of it.
_MOST_COUNTS = 6
_MOST_REPETITIONS = 20_000
_SECONDS = 0.05
# Of all the texts that are looked at in one go.
_SECONDS_IN_ALL = 0.5


def check_pattern(pattern: str) -> None:
    """Raise ValueError, in words for who wrote it, when the pattern cannot be used."""
    import regex

    counts = [max(int(each or 0) for each in found) for found in _COUNT.findall(pattern)]
    larger = [count for count in counts if count > 1]
    if len(larger) > _MOST_COUNTS or math.prod(larger) > _MOST_REPETITIONS:
        raise ValueError(
            f"repeats too much; use at most {_MOST_COUNTS} counts such as {{2,5}}, and small ones"
        )
    try:
        _compiled(pattern)
    except (regex.error, OverflowError, RecursionError) as error:
        raise ValueError(f"is no regular expression: {error}") from None


def contains(pattern: str, text: str, seconds: float = _SECONDS) -> bool | None:
    """Whether the pattern, whatever the case, is found in the text; None when it cannot be said."""
    import regex

    try:
        return _compiled(pattern).search(text, timeout=seconds) is not None
    except (TimeoutError, regex.error, OverflowError, RecursionError):
        return None


class Patience:
    """Searches many texts; of a pattern that used up its time nothing more is said."""

    def __init__(self, seconds: float = _SECONDS_IN_ALL) -> None:
        self._seconds = seconds
        self._used: dict[str, float] = {}

    def contains(self, pattern: str, text: str) -> bool | None:
        """Whether the pattern is found in the text; None when it cannot be said in time."""
        left = self._seconds - self._used.get(pattern, 0.0)
        if left <= 0:
            return None
        begun = thread_time()
        found = contains(pattern, text, min(left, _SECONDS))
        self._used[pattern] = self._used.get(pattern, 0.0) + thread_time() - begun
        return found


@functools.lru_cache(maxsize=1_024)
def _compiled(pattern: str) -> Any:
    import regex

    return regex.compile(pattern, regex.IGNORECASE)
