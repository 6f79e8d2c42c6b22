"""Values given their names: by position, by key, or as part of a workflow's input."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import takewhile
from typing import Any

from bot.grammar.errors import NotUnderstood
from bot.grammar.given import Given, known_name
from bot.grammar.routes import Path, Route
from bot.grammar.scan import Token
from bot.grammar.usage import usage_line
from bot.grammar.values import Word
from shared.text import one_line

_BOOLEANS = ("true", "false", "yes", "no", "on", "off", "1", "0")
_LONGEST_USAGE = 120
_TARGETS = ("execution_id", "execution_ids")


def bind(text: str, tokens: Sequence[Token], path: Path) -> dict[str, Any]:
    """The arguments; raises NotUnderstood."""
    route = path.route
    if route.takes_rest:
        _refuse_split(text, tokens, path)
    values, keyed = _split(tokens, route)
    given = Given(text, route)
    for token, value in keyed:
        given.add(token, value)
    for name, value in _placed(text, tokens, values, path, given).items():
        if isinstance(value, Word) and route.fields[name].kind == "object":
            raise NotUnderstood(
                f"{path.verb}: '{one_line(value, 40)}' is neither JSON nor key=value. "
                "Text with spaces goes in quotes.",
                _in_quotes(text, tokens),
            )
        given.place(name, value)
    return given.arguments()


def _split(tokens: Sequence[Token], route: Route) -> tuple[list[Any], list[tuple[Token, Any]]]:
    """Values by position, and those with a key: a flag takes the value after it."""
    values: list[Any] = []
    keyed: list[tuple[Token, Any]] = []
    waiting = list(tokens)
    while waiting:
        token = waiting.pop(0)
        if token.key is None:
            values.append(token.value)
        elif token.bare:
            keyed.append((token, waiting.pop(0).value if _follows(token, waiting, route) else True))
        else:
            keyed.append((token, token.value))
    return values, keyed


def _follows(flag: Token, waiting: Sequence[Token], route: Route) -> bool:
    if not waiting or waiting[0].key is not None:
        return False
    field = route.fields.get(known_name(str(flag.key), route) or "")
    is_boolean = field is not None and field.kind == "boolean"
    return not is_boolean or str(waiting[0].value).casefold() in _BOOLEANS


def _placed(
    text: str, tokens: Sequence[Token], values: list[Any], path: Path, given: Given
) -> dict[str, Any]:
    """Which field each positional value is for.

    In the thread of an execution its id goes without saying: where the values fit only without
    one, as in `signal approve {"ok": true}`, it is left out for the thread to fill in.
    """
    names = path.positional
    if path.route.takes_rest and len(values) >= len(names):
        *firsts, last = names
        rest = [part for value in values[len(firsts) :] for part in _parts(value)]
        return {**dict(zip(firsts, values, strict=False)), **({last: rest} if rest else {})}
    plain = _zipped(values, names)
    if names[:1] == ("execution_id",) and "execution_id" not in given.names:
        shifted = _zipped(values, names[1:])
        misfits = plain is None or not _fits(plain, given, path)
        if shifted is not None and misfits and _fits(shifted, given, path):
            return shifted
    if plain is None:
        raise _too_many(text, tokens, values, path)
    return plain


def _zipped(values: Sequence[Any], names: Sequence[str]) -> dict[str, Any] | None:
    return dict(zip(names, values, strict=False)) if len(values) <= len(names) else None


def _fits(placed: Mapping[str, Any], given: Given, path: Path) -> bool:
    fields = path.route.fields
    for name, value in placed.items():
        is_json = isinstance(value, dict | list)
        if is_json != (fields[name].kind == "object"):
            return False
    needed = [name for name in path.positional if fields[name].required]
    have = {*placed, *given.names}
    return all(name in have for name in needed if name not in _TARGETS)


def _parts(value: Any) -> Iterable[Any]:
    """Several ids behind commas, as in `cancel a,b`."""
    if isinstance(value, Word):
        return [Word(part) for part in value.split(",") if part]
    return value if isinstance(value, list) else [value]


def _refuse_split(text: str, tokens: Sequence[Token], path: Path) -> None:
    """Where many ids may follow, the rest of `reason=it is stuck` must not become some."""
    at = [index for index, token in enumerate(tokens) if token.key is not None]
    meant = _in_quotes(text, tokens)
    if meant and at and at[0] > 0:
        raise NotUnderstood(
            f"{path.verb}: text with spaces goes in quotes. "
            f"Did you mean `{one_line(meant[0], 200)}`?",
            meant,
        )


def _too_many(
    text: str, tokens: Sequence[Token], values: Sequence[Any], path: Path
) -> NotUnderstood:
    extra = one_line(str(values[len(path.positional)]), 40)
    usage = usage_line(path.route)
    how = f"Use: `{usage}`." if len(usage) <= _LONGEST_USAGE else f"See `help {path.route.verb}`."
    return NotUnderstood(
        f"{path.verb}: '{extra}' is one value too many. {how} A value with spaces goes in quotes.",
        _in_quotes(text, tokens),
    )


def _in_quotes(text: str, tokens: Sequence[Token]) -> tuple[str, ...]:
    """The text with quotes around a value and the words after it, as in `reason=it is stuck`."""
    for index, token in enumerate(tokens):
        after = list(takewhile(_is_word, tokens[index + 1 :]))
        if token.key is not None and isinstance(token.value, Word) and after:
            begin, end = token.end - len(token.value), after[-1].end
            if text[begin : token.end] == token.value and '"' not in text[begin:end]:
                return (f'{text[:begin]}"{text[begin:end]}"{text[end:]}',)
    return ()


def _is_word(token: Token) -> bool:
    return token.key is None and isinstance(token.value, Word)
