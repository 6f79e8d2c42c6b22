"""A JSON Schema laid out as fields, with the values given so far."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bot.forms.checking import violations
from bot.forms.fields import ABSENT, Field, Kind, Layout, Option, Path
from bot.forms.kinds import (
    chat_part,
    is_secret,
    item_options,
    kind_of,
    options_of,
    secret_names,
)
from bot.forms.resolved import Resolved, Schema, resolve
from bot.forms.written import (
    index_of,
    write_chat,
    write_date,
    write_integer,
    write_json,
    write_lines,
    write_long_text,
    write_moment,
    write_number,
    write_pattern,
    write_text,
    write_time,
)
from shared.text import json_text, one_line

MOST_FIELDS = 40
_MOST_CHILDREN = 20
_MOST_OPTIONS = 100 * 100
_NOTHING: dict[str, Any] = {}
_EMPTY: tuple[Any, ...] = (None, "", [], {})


def lay_out(schema: Schema | None, given: Mapping[str, Any], *, exact: bool = False) -> Layout:
    """Fields for an object; with `exact`, nothing but what is given is filled in."""
    if not schema:
        return Layout(unfit="The workflow does not say what it takes.")
    root = resolve(schema, schema).schema
    properties = root.get("properties")
    if root.get("type", "object") != "object":
        return Layout(unfit="It takes something other than an object.")
    if not isinstance(properties, dict) or not properties:
        free = root.get("additionalProperties") or root.get("patternProperties")
        combined = any(word in root for word in ("anyOf", "oneOf", "allOf", "$ref", "if"))
        if free or combined or "type" not in root:
            return Layout(unfit="Its fields have no fixed names.")
        return Layout(fixed=tuple(((name,), each) for name, each in given.items()), asks=False)
    work = _Work(schema)
    required = _names(root.get("required"))
    for name, each in properties.items():
        first = _first(given, name, resolve(each, schema).schema, exact)
        work.add((name,), each, first, required=name in required, exact=exact)
    work.extra(given, properties)
    return work.layout()


@dataclass(frozen=True, slots=True)
class _First:
    """What a field holds at first; `stated` when somebody gave it, and not only the schema."""

    value: Any
    stated: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether it is there and holds nothing."""
        return self.value is not ABSENT and self.value in _EMPTY


@dataclass(slots=True)
class _Work:
    """The layout while it grows."""

    root: Schema
    fields: list[Field] = field(default_factory=list)
    fixed: list[tuple[Path, Any]] = field(default_factory=list)
    parents: list[tuple[Path, Any]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def layout(self) -> Layout:
        """What has grown."""
        many = len(self.fields) > MOST_FIELDS
        return Layout(
            fields=() if many else tuple(self.fields),
            fixed=tuple(self.fixed),
            parents=tuple(self.parents),
            refused=tuple(self.refused),
            notes=tuple(self.notes),
            unfit=f"It has more than {MOST_FIELDS} fields." if many else None,
        )

    def extra(self, given: Mapping[str, Any], properties: Mapping[str, Any]) -> None:
        """Keep what was given under names that the schema does not know: it may allow them."""
        for name in given:
            if name not in properties:
                self.fixed.append(((name,), given[name]))
                self.notes.append(f"Also sent: {name} = {json_text(given[name])}")

    def add(
        self,
        path: Path,
        schema: Any,
        first: _First,
        *,
        required: bool,
        exact: bool,
        within: str = "",
    ) -> None:
        """Add what a property needs; with `exact`, its schema's defaults do not count."""
        plain = resolve(schema, self.root)
        name = path[-1]
        # The title of a referenced schema names its class, not this use of it.
        own = _label(name, schema if isinstance(schema, dict) else {})
        label = f"{within} > {own}" if within else own
        if is_secret(name, plain.schema):
            self._refuse(label, first, required=required)
        elif "const" in plain.schema:
            if required or first.value is not ABSENT:
                self.fixed.append((path, plain.schema["const"]))
        elif not within and (children := _children(plain.schema, first.value, self.root)):
            self._flatten(path, label, plain, children, first, required=required, exact=exact)
        else:
            self._leaf(path, label, plain, first, required=required, exact=exact)

    def _refuse(self, label: str, first: _First, *, required: bool) -> None:
        if required or (first.stated and not first.is_empty):
            self.refused.append(label)
        else:
            self.notes.append(f"{label} looks like a secret and is left out.")

    def _flatten(
        self,
        path: Path,
        label: str,
        plain: Resolved,
        children: Mapping[str, Any],
        first: _First,
        *,
        required: bool,
        exact: bool,
    ) -> None:
        empty: Any = None if plain.nullable else {}
        blank = first.value if first.is_empty else empty
        known = first.value if isinstance(first.value, dict) else {}
        plainer = {n: resolve(each, self.root).schema for n, each in children.items()}
        constant = {n for n, each in plainer.items() if "const" in each}
        stated = first.is_empty and first.stated
        stays = required or stated or (bool(known) and set(known) <= constant)
        self.parents.append((path, blank if stays else ABSENT))
        needed = _names(plain.schema.get("required"))
        demanded = required and not plain.nullable
        for name, child in children.items():
            schema = resolve(child, self.root).schema
            bare = exact or bool(known) or not demanded
            inner = _first(known, name, schema, bare)
            needs = demanded and name in needed
            self.add((*path, name), child, inner, required=needs, exact=bare, within=label)

    def _leaf(
        self,
        path: Path,
        label: str,
        plain: Resolved,
        first: _First,
        *,
        required: bool,
        exact: bool,
    ) -> None:
        made = Field(
            path=path,
            kind=kind_of(path[-1], plain.schema, self.root),
            label=label,
            schema=plain.schema,
            hint=str(plain.schema.get("description") or ""),
        )
        bare = exact and first.value is ABSENT
        made = _with_options(made, plain, self.root, required=required, bare=bare)
        if not first.is_empty and not self._fits(plain, first.value, label):
            first = _First(ABSENT)
        made = _with_blank(made, plain, first, required=required)
        if first.value is ABSENT or (first.is_empty and not _holds(made, first.value)):
            self.fields.append(made)
        elif (shown := _shown(made, first.value, self.root)) is None:
            self.fixed.append((path, first.value))
            self.notes.append(f"{label} cannot be edited here and is sent as it was given.")
        else:
            self.fields.append(shown)

    def _fits(self, plain: Resolved, value: Any, label: str) -> bool:
        """Whether a first value is one that the field takes; a note tells where it is not."""
        if value is ABSENT:
            return True
        shared = ("$defs", "definitions")
        parts: Schema = {name: self.root[name] for name in shared if name in self.root}
        alone: Schema = {**parts, **plain.schema}
        if not violations(alone, value):
            return True
        self.notes.append(f"{label}: {one_line(json_text(value), 60)} does not fit; left out.")
        return False


def _first(given: Mapping[str, Any], name: str, schema: Schema, exact: bool) -> "_First":
    if name in given:
        return _First(given[name], stated=True)
    return _First(ABSENT if exact else schema.get("default", ABSENT))


def _children(schema: Schema, value: Any, root: Schema) -> Mapping[str, Any]:
    """The properties of an object that is shown as fields of its own; none where it cannot be."""
    properties = schema.get("properties")
    if schema.get("type") != "object" or not isinstance(properties, dict):
        return _NOTHING
    open_names = isinstance(schema.get("additionalProperties"), dict)
    odd = any(word in schema for word in ("anyOf", "oneOf", "allOf", "patternProperties"))
    if odd or open_names or len(properties) > _MOST_CHILDREN:
        return _NOTHING
    if isinstance(value, dict) and not set(value) <= set(properties):
        return _NOTHING
    plain = [resolve(each, root).schema for each in properties.values()]
    deep = any(each.get("type") == "object" for each in plain)
    wrong = value is not ABSENT and value is not None and not isinstance(value, dict)
    return _NOTHING if deep or wrong else properties


def _with_options(
    made: Field, plain: Resolved, root: Schema, *, required: bool, bare: bool
) -> Field:
    """With what there is to choose from, and whether Slack is to insist on an answer."""
    if made.kind is Kind.CHOICES:
        options = item_options(plain.schema, root)
        return replace(made, options=options, required=required)
    options = options_of(plain.schema, root) if made.kind is Kind.CHOICE else ()
    default = plain.schema.get("default")
    ticked = plain.schema.get("type") == "boolean" and isinstance(default, bool)
    if ticked and not plain.nullable and not bare:
        return replace(made, kind=Kind.TICK, options=())
    if len(options) > _MOST_OPTIONS:
        return replace(made, kind=Kind.JSON, required=required)
    if options and plain.nullable and required:
        options = (*options, Option(value=None, label="(none)"))
    demanded = required and (bool(options) or made.kind is Kind.JSON or not plain.nullable)
    return replace(made, options=options, required=demanded)


def _with_blank(made: Field, plain: Resolved, first: _First, *, required: bool) -> Field:
    if first.is_empty and not _holds(made, first.value):
        blank = first.value if required or first.stated else ABSENT
        return replace(made, required=False, blank=blank)
    if required and plain.nullable and made.kind is not Kind.JSON and not made.options:
        return replace(made, blank=None)
    lists = (Kind.CHOICES, Kind.LINES)
    if required and made.kind in lists and not plain.schema.get("minItems"):
        return replace(made, required=False, blank=None if plain.nullable else [])
    return made


def _holds(made: Field, value: Any) -> bool:
    """Whether an empty value is one that the element can show."""
    if made.kind is Kind.CHOICE:
        return index_of(value, made.options) is not None
    return made.kind is Kind.JSON


def _shown(made: Field, value: Any, root: Schema) -> Field | None:
    """With its first value; as plainer a field as it takes to show it, or None."""
    for kind in _ladder(made.kind):
        initial = _written(replace(made, kind=kind), value, root)
        if initial is not None:
            return replace(made, kind=kind, initial=initial)
    return None


def _ladder(kind: Kind) -> Iterator[Kind]:
    yield kind
    if kind is Kind.TEXT:
        yield Kind.LONG_TEXT
    if kind in (Kind.DATE, Kind.TIME, Kind.MOMENT, Kind.EMAIL, Kind.URL):
        yield Kind.TEXT
    if kind is not Kind.JSON:
        yield Kind.JSON


def _written(made: Field, value: Any, root: Schema) -> Any:
    match made.kind:
        case Kind.TEXT:
            return write_text(value)
        case Kind.LONG_TEXT:
            return write_long_text(value)
        case Kind.INTEGER:
            return write_integer(value)
        case Kind.NUMBER:
            return write_number(value)
        case Kind.TICK:
            return value if isinstance(value, bool) else None
        case Kind.CHOICE:
            return index_of(value, made.options)
        case Kind.CHOICES:
            return _chosen(made, value)
        case Kind.DATE:
            return write_date(value)
        case Kind.TIME:
            return write_time(value)
        case Kind.MOMENT:
            return write_moment(value)
        case Kind.EMAIL | Kind.URL:
            return write_pattern(made.kind, value)
        case Kind.LINES:
            return write_lines(value, resolve(made.schema["items"], root).schema["type"])
        case Kind.CHAT:
            part = chat_part(made.schema, root)
            return write_chat(value, *part) if part else None
        case Kind.JSON:
            return None if secret_names(value) else write_json(value)


def _chosen(made: Field, value: Any) -> list[int] | None:
    if not isinstance(value, list):
        return None
    found = [index_of(each, made.options) for each in value]
    known = [index for index in found if index is not None]
    return known if len(set(known)) == len(value) else None


def _label(name: str, schema: Schema) -> str:
    title = schema.get("title")
    return (
        str(title) if title else name.replace("_", " ").strip().capitalize() or name or "(no name)"
    )


def _names(value: Any) -> set[str]:
    return {each for each in value if isinstance(each, str)} if isinstance(value, list) else set()
