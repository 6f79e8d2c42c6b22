"""Colours, where there is a terminal."""

import sys

BOLD, DIM, GREEN, RED, OFF = "\033[1m", "\033[2m", "\033[32m", "\033[31m", "\033[0m"


def paint(colour: str, text: str) -> str:
    """The text in a colour when somebody looks at it."""
    return f"{colour}{text}{OFF}" if sys.stdout.isatty() else text
