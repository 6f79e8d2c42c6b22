"""Values as they were written, before anything knows their type."""

from typing import Any


class Word(str):
    """Text without quotes: `3` may still be a number."""

    __slots__ = ()


class Quoted(str):
    """Text in quotes, which stays text."""

    __slots__ = ()


def is_loose(value: Any) -> bool:
    """Whether any part of it still waits for its type."""
    match value:
        case Word() | Quoted():
            return True
        case dict():
            return any(is_loose(each) for each in value.values())
        case list():
            return any(is_loose(each) for each in value)
    return False


def settled(value: Any) -> Any:
    """The value with plain text for every word and every quoted text."""
    match value:
        case str():
            return str(value)
        case dict():
            return {str(name): settled(each) for name, each in value.items()}
        case list():
            return [settled(each) for each in value]
    return value
