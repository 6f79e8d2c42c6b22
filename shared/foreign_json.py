"""JSON from outside, read so that nothing in it can break what is written later."""

import json
import re
from typing import Any

# Half of a surrogate pair on its own: legal in JSON text, impossible in UTF-8.
_ESCAPES = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    r"|(?P<half>\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
    r"|\\."
)
_HALF = re.compile(r"\\u[dD][89a-fA-F]")


def load_json(body: bytes) -> Any:
    """The value, or ValueError; broken characters become U+FFFD, NaN and Infinity become text."""
    text = body.decode("utf-8-sig", "replace")
    if _HALF.search(text):
        text = _ESCAPES.sub(lambda found: "\\ufffd" if found["half"] else found[0], text)
    try:
        return json.loads(text, parse_constant=str)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
