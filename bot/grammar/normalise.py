"""Text as Slack delivers it, turned back into what the person typed."""

import re

_ENTITIES = {"amp": "&", "lt": "<", "gt": ">"}
# One pass: an entity that a person typed must not become markup, nor the other way round.
_MARKUP = re.compile(r"<(?P<link>[^<>\n]*)>|&(?P<entity>amp|lt|gt);")
_FENCE = re.compile(r"\s*(`{1,3})(?!`)(.*?)(?<!`)\1\s*", re.DOTALL)
_MENTION = re.compile(r"\s*<@[^<>]*>[\s:,]*")


def normalise(text: str) -> str:
    """The text with its entities, links and mentions unwrapped."""
    typed = _MARKUP.sub(_typed, text)
    fenced = _FENCE.fullmatch(typed)
    return fenced[2] if fenced and "`" not in fenced[2] else typed


def without_mention(text: str) -> str:
    """A message as Slack delivers it, without the mention of the bot that it begins with."""
    return _MENTION.sub("", text, count=1) if _MENTION.match(text) else text


def _typed(found: re.Match[str]) -> str:
    if found["entity"]:
        return _ENTITIES[found["entity"]]
    target, _, label = (_unescaped(part) for part in found["link"].partition("|"))
    match target[:1]:
        case "@" | "#":
            return target[1:]
        case "!":
            return _special(target[1:], label)
    return _link(target, label)


def _special(target: str, label: str) -> str:
    kind, _, rest = target.partition("^")
    if kind == "subteam":
        return rest
    return label if kind == "date" else f"@{kind}"


def _link(target: str, label: str) -> str:
    scheme, separator, rest = target.partition(":")
    if separator and scheme in ("mailto", "tel"):
        return label or rest
    # Slack makes links of bare host names: what was typed is the label.
    return label if label and target.removeprefix("http://").rstrip("/") == label else target


def _unescaped(text: str) -> str:
    return re.sub("&(amp|lt|gt);", lambda found: _ENTITIES[found[1]], text)
