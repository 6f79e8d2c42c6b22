"""Which command the first words name."""

from collections.abc import Sequence

from bot.grammar.errors import NotUnderstood
from bot.grammar.nearest import nearest
from bot.grammar.routes import Path, Routes
from bot.grammar.scan import Token
from bot.grammar.values import Word
from shared.text import one_line

_SHOWN = 3
# What other tools call it; only ever suggested.
_ELSEWHERE = {
    "ls": ("list",),
    "ps": ("list",),
    "show": ("status",),
    "get": ("status",),
    "describe": ("status", "workflow"),
    "run": ("start",),
    "execute": ("start",),
    "stop": ("cancel", "terminate"),
    "kill": ("terminate",),
    "abort": ("cancel", "terminate"),
    "answer": ("inputs answer",),
    "approve": ("inputs answer",),
    "pending": ("inputs list",),
    "tail": ("logs", "watch"),
    "follow": ("watch",),
    "why": ("diagnose",),
    "output": ("result",),
    "pause": ("schedules pause",),
    "resume": ("schedules resume",),
    "trigger": ("schedules trigger",),
    "commands": ("help",),
}


def find_path(text: str, tokens: Sequence[Token], routes: Routes) -> Path:
    """The longest path that the tokens begin with; raises NotUnderstood with suggestions."""
    words = _leading_words(tokens)
    fitting = [path for path in routes.paths if _begins(words, path.words)]
    if not fitting:
        raise _unknown(text, tokens, words, routes)
    found = max(fitting, key=lambda path: len(path.words))
    _check_subverb(text, tokens, words, found, routes)
    return found


def _leading_words(tokens: Sequence[Token]) -> list[str]:
    words: list[str] = []
    for token in tokens:
        if token.key is not None or not isinstance(token.value, Word):
            break
        words.append(token.value.casefold())
    return words


def _begins(words: Sequence[str], path: Sequence[str]) -> bool:
    return tuple(words[: len(path)]) == tuple(path)


def _unknown(
    text: str, tokens: Sequence[Token], words: Sequence[str], routes: Routes
) -> NotUnderstood:
    if not words:
        return NotUnderstood("Begin with a command, such as `list`. `help` shows all of them.")
    group = sorted({path.words[1] for path in routes.paths if _in_group(path, words[0])})
    if group:
        return _unknown_subverb(text, tokens, words, group)
    verbs = _similar(words[0], sorted({path.words[0] for path in routes.paths}))
    meant = tuple(_corrected(text, tokens[0], verb) for verb in verbs)
    hint = f" Did you mean {_listed(meant)}?" if meant else " `help` shows all commands."
    return NotUnderstood(f"There is no command `{_named(words[0])}`.{hint}", meant)


def _similar(word: str, verbs: Sequence[str]) -> list[str]:
    longer = [verb for verb in verbs if len(word) >= 3 and verb.startswith(word)]
    found = [*_ELSEWHERE.get(word, ()), *longer, *nearest(word, verbs)]
    return list(dict.fromkeys(found))[:_SHOWN]


def _check_subverb(
    text: str, tokens: Sequence[Token], words: Sequence[str], found: Path, routes: Routes
) -> None:
    """Refuse what looks like a mistyped second word after a short form such as `inputs`."""
    known = [path.words[1] for path in routes.paths if _in_group(path, words[0])]
    if len(found.words) > 1 or len(words) < 2 or not known:
        return
    if not found.positional or nearest(words[1], known):
        raise _unknown_subverb(text, tokens, words, sorted(set(known)))


def _unknown_subverb(
    text: str, tokens: Sequence[Token], words: Sequence[str], group: Sequence[str]
) -> NotUnderstood:
    listed = ", ".join(group)
    if len(words) < 2:
        meant = tuple(f"{words[0]} {each}" for each in group[:_SHOWN])
        return NotUnderstood(f"Say what to do with {words[0]}: {listed}.", meant)
    similar = nearest(words[1], group) or [g for g in group if g.startswith(words[1])]
    meant = tuple(_corrected(text, tokens[1], each) for each in similar[:_SHOWN])
    hint = f"Did you mean {_listed(meant)}?" if meant else f"There are: {listed}."
    return NotUnderstood(f"There is no `{words[0]} {_named(words[1])}`. {hint}", meant)


def _in_group(path: Path, word: str) -> bool:
    return len(path.words) > 1 and path.words[0] == word


def _corrected(text: str, token: Token, word: str) -> str:
    return f"{text[: token.start]}{word}{text[token.end :]}".strip()


def _listed(commands: Sequence[str]) -> str:
    return " or ".join(f"`{_named(each, 80)}`" for each in commands)


def _named(text: str, limit: int = 40) -> str:
    return one_line(text, limit).replace("`", "'")
