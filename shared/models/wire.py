"""What all parts of answers and requests share: unknown fields are kept."""

from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    SerializerFunctionWrapHandler,
    model_serializer,
)

T = TypeVar("T")


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _no_null_list(value: object) -> object:
    return [] if value is None else value


def _no_null_dict(value: object) -> object:
    return {} if value is None else value


# A time without offset is read as UTC, so that any two can be compared; null is read as empty.
Moment = Annotated[datetime, AfterValidator(_aware)]
Many = Annotated[list[T], BeforeValidator(_no_null_list)]
Map = Annotated[dict[str, T], BeforeValidator(_no_null_dict)]
# Whole numbers in the contract; a fraction should not cost the whole answer.
Number = int | float


class Wire(BaseModel):
    """A part of an answer."""

    # Built at first use: a process that never calls the API starts without paying for it.
    model_config = ConfigDict(extra="allow", defer_build=True)


class Sent(Wire):
    """A part of a request, written as the official client 2.10.1 does: defaults yes, unset no."""

    # Fields where an explicit null has a meaning; elsewhere null is the same as unset.
    nullable: ClassVar[frozenset[str]] = frozenset()

    @model_serializer(mode="wrap")
    def _as_sent(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        explicit = self.nullable & self.model_fields_set
        return {
            name: value
            for name, value in handler(self).items()
            if value is not None or name in explicit
        }
