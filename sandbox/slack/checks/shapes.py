"""Rules about pieces of JSON that say what is wrong in Slack's own words."""

from collections.abc import Callable, Iterator, Mapping

type Rule = Callable[[object, str], Iterator[str]]
"""Given a value and its JSON pointer, says each thing that is wrong with it."""


def wrong(what: str, at: str) -> str:
    """A complaint as Slack words it."""
    return f"{what} [json-pointer:{at}]"


def text(least: int = 0, most: int | None = None) -> Rule:
    """A string of so many characters."""

    def check(value: object, at: str) -> Iterator[str]:
        if not isinstance(value, str):
            yield wrong("must provide a string", at)
            return
        yield from length(len(value), least, most, at)

    return check


def length(count: int, least: int, most: int | None, at: str) -> Iterator[str]:
    """What Slack says of a text with too few or too many characters."""
    if count < least:
        yield wrong(f"must be more than {least - 1} characters", at)
    if most is not None and count > most:
        yield wrong(f"must be less than {most + 1} characters", at)


def boolean(value: object, at: str) -> Iterator[str]:
    """True or false."""
    if not isinstance(value, bool):
        yield wrong("must provide a boolean", at)


def integer(least: int | None = None, most: int | None = None) -> Rule:
    """A whole number within bounds."""

    def check(value: object, at: str) -> Iterator[str]:
        if not isinstance(value, int) or isinstance(value, bool):
            yield wrong("must provide an integer", at)
        elif least is not None and value < least:
            yield wrong(f"must be greater than {least - 1}", at)
        elif most is not None and value > most:
            yield wrong(f"must be less than {most + 1}", at)

    return check


def number(value: object, at: str) -> Iterator[str]:
    """Any number."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        yield wrong("must provide a number", at)


def choice(*allowed: str) -> Rule:
    """One of a few words."""

    def check(value: object, at: str) -> Iterator[str]:
        if value not in allowed:
            yield wrong("must be a valid enum value", at)

    return check


def items(rule: Rule, least: int = 0, most: int | None = None) -> Rule:
    """An array of so many values that keep a rule."""

    def check(value: object, at: str) -> Iterator[str]:
        if not isinstance(value, list):
            yield wrong("must provide an array", at)
            return
        if len(value) < least:
            yield wrong(f"no less than {least} items allowed", at)
        if most is not None and len(value) > most:
            yield wrong(f"no more than {most} items allowed", at)
        for index, each in enumerate(value):
            yield from rule(each, f"{at}/{index}")

    return check


def shape(
    required: Mapping[str, Rule], optional: Mapping[str, Rule] | None = None, *checks: Rule
) -> Rule:
    """An object of known fields; the checks look at it when each field is well."""
    fields = {**required, **(optional or {})}

    def check(value: object, at: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield wrong("must provide an object", at)
            return
        problems = [*_names(value, required, fields, at), *_values(value, fields, at)]
        if not problems:
            problems = [each for rule in checks for each in rule(value, at)]
        yield from problems

    return check


def tagged(kinds: Mapping[str, Rule]) -> Rule:
    """An object whose `type` says which rule it keeps."""

    def check(value: object, at: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield wrong("must provide an object", at)
        elif "type" not in value:
            yield wrong("missing required field: type", at)
        elif not isinstance(value["type"], str) or value["type"] not in kinds:
            yield wrong(f"unsupported type: {value['type']}", f"{at}/type")
        else:
            yield from kinds[value["type"]](value, at)

    return check


def _names(
    value: Mapping[str, object], required: Mapping[str, Rule], fields: Mapping[str, Rule], at: str
) -> Iterator[str]:
    for name in required:
        if name not in value:
            yield wrong(f"missing required field: {name}", at)
    for name in value:
        if name not in fields and name != "type":
            yield wrong(f"invalid additional property: {name}", at)


def _values(value: Mapping[str, object], fields: Mapping[str, Rule], at: str) -> Iterator[str]:
    for name, rule in fields.items():
        if name in value:
            yield from rule(value[name], f"{at}/{name}")
