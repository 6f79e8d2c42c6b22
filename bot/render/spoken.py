"""Our own sentences in the words of this face: operations are called by their commands here."""

import functools
import re

from bot.grammar import all_routes


def spoken(text: str) -> str:
    """The sentence with names of operations, such as get_execution, as their verbs, `status`."""
    return _names().sub(lambda found: all_routes().named(found[0]).verb, text)


@functools.cache
def _names() -> re.Pattern[str]:
    # A name of one word, such as `help`, is an ordinary word too.
    known = sorted((route.name for route in all_routes() if "_" in route.name), key=len)
    return re.compile(rf"\b(?:{'|'.join(known[::-1])})\b")
