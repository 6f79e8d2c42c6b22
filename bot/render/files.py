"""What is too long for a message, as files beside it."""

import json
import re
from typing import Any

from bot.message import Block, File
from bot.render import rich
from shared.text import clean

_FITS = 1_500
_ODD = re.compile(r"[^A-Za-z0-9._-]+")


def text_file(name: str, text: str, title: str = "") -> File:
    """Plain text under a safe name."""
    return File(f"{safe_name(name)}.txt", clean(text).encode(), _title(title, name), "text")


def json_file(name: str, value: Any, title: str = "") -> File:
    """JSON, written for people, under a safe name."""
    return File(f"{safe_name(name)}.json", pretty(value).encode(), _title(title, name), "json")


def safe_name(text: str) -> str:
    """A name that any file system takes."""
    return _ODD.sub("-", text).strip("-.")[:80] or "file"


def pretty(value: Any) -> str:
    """JSON on several lines."""
    return clean(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def shown_json(
    title: str, name: str, value: Any, fits: int = _FITS
) -> tuple[list[Block], list[File]]:
    """A JSON value where it is short, otherwise a file with it and a line that says so."""
    written = pretty(value)
    if len(written) <= fits:
        return [rich.preformatted(written, title)], []
    told = rich.paragraph(
        rich.strong(title), rich.text(f": {len(written):,} characters, in the file.")
    )
    return [told], [json_file(name, value, title)]


def _title(title: str, name: str) -> str:
    return clean(title or name)[:120]
