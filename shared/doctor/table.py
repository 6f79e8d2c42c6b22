"""Checks as a table for a terminal or a log."""

import os
import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TextIO

from shared.doctor.check import Check, Verdict
from shared.text import one_line

WIDTH = 100
_SIGN = max(map(len, Verdict))
_LONGEST = 600
_COLOURS = {
    Verdict.OK: "32",
    Verdict.WARNING: "33",
    Verdict.BAD: "31",
    Verdict.SKIPPED: "2",
}


def write_table(checks: Sequence[Check], out: TextIO) -> None:
    """Every check under its group, and a count at the end; in colours on a terminal."""
    coloured = out.isatty() and not os.environ.get("NO_COLOR")
    for line in _lines(checks, coloured):
        out.write(f"{line}\n")
    out.flush()


def counted(checks: Sequence[Check]) -> str:
    """How many are how."""
    counts = Counter(check.verdict for check in checks)
    return ", ".join(f"{counts[verdict]} {verdict}" for verdict in Verdict if counts[verdict])


def _lines(checks: Sequence[Check], coloured: bool) -> Iterator[str]:
    for group, members in groupby(checks, key=lambda check: check.group):
        rows = list(members)
        names = max(len(check.name) for check in rows)
        yield group
        for check in rows:
            yield from _row(check, names, coloured)
    yield f"{counted(checks)}."


def _row(check: Check, names: int, coloured: bool) -> Iterator[str]:
    indent = " " * (2 + _SIGN + 2 + names + 2)
    said = filter(None, (check.outcome.found, check.outcome.advice))
    found, *rest = [line for words in said for line in _wrapped(words, len(indent))] or [""]
    sign = f"{check.verdict:<{_SIGN}}"
    shown = f"\x1b[{_COLOURS[check.verdict]}m{sign}\x1b[0m" if coloured else sign
    yield f"  {shown}  {check.name:<{names}}  {found}"
    for line in rest:
        yield f"{indent}{line}"


def _wrapped(words: str, indent: int) -> list[str]:
    # Words of others in it must not steer the terminal.
    return textwrap.wrap(one_line(words, _LONGEST), WIDTH - indent)
