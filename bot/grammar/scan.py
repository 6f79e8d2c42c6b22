"""Text cut into words, quoted texts, JSON and `key=value`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bot.grammar.errors import NotUnderstood
from bot.grammar.json_text import read_json
from bot.grammar.values import Quoted, Word
from shared.text import clean, one_line

_NAME = r"[^\W\d][\w-]*(?:\.[\w-]+)*"
_PAIR = re.compile(rf"(?P<key>{_NAME})(?:=|[ \t]+=[ \t]+(?=\S))")
# Phones and macOS make one long dash (em, en or a horizontal bar) of two hyphens.
_DASHES = "\u2014\u2013\u2015"
_FLAG = re.compile(rf"(?:--|[{_DASHES}]+-?)(?P<key>{_NAME})(?P<equals>=|(?=\s)|\Z)")
_LAST_PAIR = re.compile(rf"(?:--|[{_DASHES}])(?=\s|\Z)")
_SPACE = re.compile(r"\s*")
_WORD = re.compile(r"\S+")
_JSON_FENCE = re.compile(r"`{1,3}(?:json\b)?\s*(?=[{\[])")
_FENCE_END = re.compile(r"\s*`{1,3}(?=\s|\Z)")
# What closes a quote: a straight double one has escapes; a single one ends a word, so that the
# apostrophe in 'it's late' does not.
_DOUBLE = re.compile(r'"(?P<text>(?:[^"\\]|\\.)*)"', re.DOTALL)
_CURLY = (
    re.compile(r"[“”„‟](?P<text>[^“”„‟]*)[“”„‟](?=\s|\Z)"),
    re.compile(r'[“”„‟](?P<text>[^“”„‟"]*)[“”„‟"]'),
    re.compile(r"«(?P<text>[^»]*)»"),
)
_SINGLES = "'\u2018\u2019\u201a\u201b"
_SINGLE = re.compile(rf"[{_SINGLES}](?P<text>.*?)[{_SINGLES}](?=\s|\Z)", re.DOTALL)
_TICKS = re.compile(r"(?P<ticks>`{1,3})(?P<text>[^`]+)(?P=ticks)(?=\s|\Z)")
_ESCAPE = re.compile(r'\\(["\\])')


@dataclass(frozen=True, slots=True)
class Token:
    """A value and the key it has, if any; `bare` is a flag whose value, if any, follows it."""

    value: Any
    start: int
    end: int
    key: str | None = None
    key_span: tuple[int, int] = (0, 0)
    bare: bool = False


def scan(text: str) -> Iterator[Token]:
    """The parts of normalised text; raises NotUnderstood."""
    position, pairs = _after_space(text, 0), True
    while position < len(text):
        if pairs and (end := _LAST_PAIR.match(text, position)):
            pairs, position = False, _after_space(text, end.end())
            continue
        token = (_pair(text, position) if pairs else None) or _positional(text, position)
        if token.key is not None or token.value != "" or isinstance(token.value, Quoted):
            yield token
        position = _after_space(text, token.end)


def _pair(text: str, position: int) -> Token | None:
    if flag := _FLAG.match(text, position):
        if flag["equals"]:
            return _keyed(text, flag)
        return Token(None, position, flag.end(), flag["key"], flag.span("key"), bare=True)
    pair = _PAIR.match(text, position)
    return _keyed(text, pair) if pair else None


def _keyed(text: str, found: re.Match[str]) -> Token:
    value, end = _take(text, found.end())
    return Token(value, found.start(), end, found["key"], found.span("key"))


def _positional(text: str, position: int) -> Token:
    value, end = _take(text, position)
    return Token(value, position, end)


def _take(text: str, position: int) -> tuple[Any, int]:
    if fence := _JSON_FENCE.match(text, position):
        value, end = read_json(text, fence.end())
        closing = _FENCE_END.match(text, end)
        return value, closing.end() if closing else end
    if text.startswith(("{", "["), position):
        return read_json(text, position)
    return _quoted(text, position) or _word(text, position)


def _quoted(text: str, position: int) -> tuple[Any, int] | None:
    if found := _in_double(text, position):
        if found.end() < len(text) and not text[found.end()].isspace():
            raise NotUnderstood(f"Put a space after the closing quote of {_named(found[0])}.")
        escaped = found[0].startswith('"')
        return Quoted(_ESCAPE.sub(r"\1", found["text"]) if escaped else found["text"]), found.end()
    if text.startswith(('"', "“", "„", "”"), position):
        raise NotUnderstood(f"The quote that begins at {_named(text[position:])} is not closed.")
    if found := _SINGLE.match(text, position):
        return Quoted(found["text"]), found.end()
    if found := _TICKS.match(text, position):
        return Word(clean(found["text"]).strip()), found.end()
    return None


def _in_double(text: str, position: int) -> re.Match[str] | None:
    tried = (pattern.match(text, position) for pattern in (_DOUBLE, *_CURLY))
    return next((found for found in tried if found), None)


def _word(text: str, position: int) -> tuple[Any, int]:
    found = _WORD.match(text, position)
    return (Word(clean(found[0])), found.end()) if found else (Word(""), position)


def _after_space(text: str, position: int) -> int:
    found = _SPACE.match(text, position)
    return found.end() if found else position


def _named(text: str) -> str:
    return one_line(text, 40)
