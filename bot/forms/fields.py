"""What a form is made of."""

from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import Any, Final


class Absent(Enum):
    """A value that is not there, which null is not."""

    ABSENT = "absent"


ABSENT: Final = Absent.ABSENT

type Path = tuple[str, ...]


class Kind(StrEnum):
    """How a value is shown and typed."""

    TEXT = "text"
    LONG_TEXT = "long text"
    INTEGER = "whole number"
    NUMBER = "number"
    TICK = "tick"
    CHOICE = "choice"
    CHOICES = "choices"
    DATE = "date"
    TIME = "time"
    MOMENT = "date and time"
    EMAIL = "email"
    URL = "address"
    LINES = "lines"
    CHAT = "chat"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Option:
    """One of several values; a `label` of ours or of the schema."""

    value: Any
    label: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """A value to be filled in; `blank` is what an empty element stands for."""

    path: Path
    kind: Kind
    label: str
    schema: dict[str, Any]
    hint: str = ""
    required: bool = False
    initial: Any = ABSENT
    blank: Any = ABSENT
    options: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True)
class Layout:
    """A schema as fields.

    `fixed` are values without an element of their own, `parents` what an object becomes when
    nothing in it is filled in, `refused` required fields that look like secrets, `notes` our words
    about what the form leaves out. `unfit` says why only JSON will do.
    """

    fields: tuple[Field, ...] = ()
    fixed: tuple[tuple[Path, Any], ...] = ()
    parents: tuple[tuple[Path, Any], ...] = ()
    refused: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    unfit: str | None = None
    asks: bool = field(default=True)
    """Whether the schema asks for anything at all."""
