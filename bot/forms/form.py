"""A form of a JSON Schema: blocks to fill in, and what was filled in as a value again."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.blocks import context, preformatted, section
from bot.forms.answers import State, read_answer, read_json
from bot.forms.checking import Place, complaints
from bot.forms.elements import VALUE, input_block
from bot.forms.fields import ABSENT, Field, Kind, Layout, Path
from bot.forms.layout import lay_out
from bot.forms.resolved import Schema, resolve
from bot.forms.written import write_json
from bot.message import Block
from bot.mrkdwn import line
from shared.text import one_line

_OUTLINE_LIMIT = 2_500
_MOST_NOTES = 5
_ERROR_LIMIT = 300


@dataclass(frozen=True, slots=True)
class FieldErrors:
    """What is wrong, per block, as Slack shows it below the fields."""

    errors: dict[str, str]


@dataclass(frozen=True, slots=True)
class Filled:
    """What a person filled in."""

    value: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Form:
    """A form; `raw` when it is one area of JSON. The names of its blocks begin with `prefix`."""

    schema: Schema
    layout: Layout
    prefix: str
    raw: bool
    text: str | None = None
    """The JSON that a raw form shows at first; None when it is too long to be edited."""
    given: Mapping[str, Any] | None = None

    @property
    def refused(self) -> str | None:
        """Why nobody should fill it in here."""
        if not self.layout.refused:
            return None
        named = one_line(", ".join(self.layout.refused), 200)
        return (
            f"{named} looks like a secret. What is typed into Slack is shown and kept there, "
            "so give this input in the console or through another client."
        )

    def blocks(self) -> list[Block]:
        """The blocks, with our notes above them."""
        return [*self._notes(), *(self._raw_blocks() if self.raw else self._field_blocks())]

    def read(self, state: State) -> Filled | FieldErrors:
        """The value, held against the schema as the operation will."""
        return self._read_raw(state) if self.raw else self._read_fields(state)

    def sketch(self, state: State) -> dict[str, Any]:
        """What can be read of a form that is not finished."""
        return self._assembled(self._answers(state)[0])

    def _notes(self) -> list[Block]:
        found = list(self.layout.notes)
        if self.raw and self.text is None:
            found = ["The input is too long to be edited in Slack; it is sent as it was given."]
        elif self.raw and self.layout.unfit:
            found = [f"{self.layout.unfit} Write it as JSON."]
        elif not self.layout.asks:
            found = ["It takes no input."]
        return [context(line(note, 300)) for note in found[:_MOST_NOTES]]

    def _field_blocks(self) -> list[Block]:
        return [input_block(each, self._id(at)) for at, each in enumerate(self.layout.fields)]

    def _raw_blocks(self) -> list[Block]:
        if self.text is None:
            return []
        field = _json_field(self.text, required=bool(_required(self.schema)))
        outline = _outline(self.schema)
        about = [section("Its fields:"), preformatted(outline)] if outline else []
        return [input_block(field, self._id("json")), *about]

    def _read_raw(self, state: State) -> Filled | FieldErrors:
        if self.text is None:
            return Filled(dict(self.given or {}))
        block_id = self._id("json")
        written = ((state.get(block_id) or {}).get(VALUE) or {}).get("value")
        try:
            value = read_json(str(written)) if written else {}
        except ValueError as error:
            return FieldErrors({block_id: sentence_of(str(error))})
        if not isinstance(value, dict):
            return FieldErrors({block_id: 'Must be a JSON object, such as {"pages": 3}.'})
        found = [_placed(place, words) for place, words in complaints(self.schema, value)]
        return FieldErrors({block_id: _joined(found)}) if found else Filled(value)

    def _read_fields(self, state: State) -> Filled | FieldErrors:
        answers, errors = self._answers(state)
        value = self._assembled(answers)
        wrong: dict[str, list[str]] = {block_id: [words] for block_id, words in errors.items()}
        for place, words in complaints(self.schema, value):
            block_id, told = self._blamed(place, words)
            if block_id not in errors:
                wrong.setdefault(block_id, []).append(told)
        return (
            FieldErrors({at: _joined(said) for at, said in wrong.items()})
            if wrong
            else Filled(value)
        )

    def _answers(self, state: State) -> tuple[dict[Path, Any], dict[str, str]]:
        answers: dict[Path, Any] = {}
        errors = {}
        for at, each in enumerate(self.layout.fields):
            try:
                answers[each.path] = read_answer(each, self._id(at), state, self.schema)
            except ValueError as error:
                errors[self._id(at)] = str(error)
        return answers, errors

    def _assembled(self, answers: Mapping[Path, Any]) -> dict[str, Any]:
        value: dict[str, Any] = {}
        blanks = dict(self.layout.parents)
        held = {path: each for path, each in answers.items() if each is not ABSENT}
        for path, each in (*self.layout.fixed, *held.items()):
            if len(path) == 1:
                value[path[0]] = each
        for parent, blank in blanks.items():
            inner = {p[-1]: v for p, v in held.items() if p[:-1] == parent}
            fixed = {p[-1]: v for p, v in self.layout.fixed if p[:-1] == parent}
            if inner or (fixed and blank == {}):
                value[parent[0]] = {**fixed, **inner}
            elif blank is not ABSENT:
                value[parent[0]] = blank
        return value

    def _blamed(self, place: Place, words: str) -> tuple[str, str]:
        """The block that an error belongs to; the first one where none does."""
        names = tuple(step for step in place if isinstance(step, str))
        for length in (2, 1):
            for at, each in enumerate(self.layout.fields):
                if names and each.path[:length] == names[:length] and len(each.path) <= length:
                    rest = place[len(each.path) :]
                    return self._id(at), _placed(rest, words) if rest else words
        for at, each in enumerate(self.layout.fields):
            if names and each.path[0] == names[0]:
                return self._id(at), _placed(place, words)
        return self._id(0), _placed(place, words)

    def _id(self, at: int | str) -> str:
        return f"{self.prefix}.{at}"


def form(
    schema: Schema | None,
    given: Mapping[str, Any] | None = None,
    *,
    prefix: str = "input",
    raw: bool = False,
    exact: bool = False,
    text: str | None = None,
) -> Form:
    """The form of a schema, filled in with what was given; `text` is JSON as somebody left it."""
    known = dict(given or {})
    layout = lay_out(schema, known, exact=exact)
    as_json = raw or layout.unfit is not None
    shown = text if text is not None else _first_json(schema, known, exact=exact)
    return Form(schema or {}, layout, prefix, as_json, shown if as_json else None, known)


def sentence_of(words: str) -> str:
    """Words of ours as a sentence."""
    said = words[:1].upper() + words[1:]
    return said if said.endswith((".", "…")) else f"{said}."


def _first_json(schema: Schema | None, given: dict[str, Any], *, exact: bool) -> str | None:
    known = given if exact else {**_defaults(schema or {}), **given}
    return write_json(known) if known else ""


def _defaults(schema: Schema) -> dict[str, Any]:
    properties = resolve(schema, schema).schema.get("properties")
    found = properties.items() if isinstance(properties, dict) else ()
    plain = {name: resolve(each, schema).schema for name, each in found}
    return {name: each["default"] for name, each in plain.items() if "default" in each}


def _required(schema: Schema) -> list[Any]:
    names = resolve(schema, schema).schema.get("required")
    return names if isinstance(names, list) else []


def _json_field(text: str, *, required: bool) -> Field:
    return Field(
        path=("json",),
        kind=Kind.JSON,
        label="Input as JSON",
        schema={},
        required=required,
        initial=text or ABSENT,
    )


def _outline(schema: Schema) -> str:
    """The names and types of the fields, or the schema itself where it has none."""
    plain = resolve(schema, schema).schema
    properties = plain.get("properties")
    if not isinstance(properties, dict) or not properties:
        return json.dumps(schema, ensure_ascii=False)[:_OUTLINE_LIMIT] if schema else ""
    required = _required(schema)
    rows = [_outlined(name, each, schema, name in required) for name, each in properties.items()]
    return "\n".join(_within(rows, _OUTLINE_LIMIT))


def _outlined(name: str, each: Any, root: Schema, required: bool) -> str:
    schema = resolve(each, root).schema
    words = [
        str(schema.get("type") or "any"),
        "required" if required else "",
        str(schema.get("description") or ""),
    ]
    return one_line(f"{name}: {', '.join(filter(None, words))}", 160)


def _within(rows: Sequence[str], limit: int) -> Iterator[str]:
    for row in rows:
        limit -= len(row) + 1
        if limit < 0:
            yield "…"
            return
        yield row


def _placed(place: Place, words: str) -> str:
    steps = (f"[{each}]" if isinstance(each, int) else f".{each}" for each in place)
    named = one_line("".join(steps).removeprefix("."), 80)
    return f"{named} {words}" if named else words


def _joined(found: Sequence[str]) -> str:
    return one_line(" ".join(sentence_of(each) for each in dict.fromkeys(found)), _ERROR_LIMIT)
