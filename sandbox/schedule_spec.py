"""When a schedule fires: the API's words, checked, and their translation to and from Temporal's."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Self

from google.protobuf.duration_pb2 import Duration as ProtoDuration
from google.protobuf.timestamp_pb2 import Timestamp
from pydantic import AfterValidator, BaseModel, Field, TypeAdapter, ValidationError
from temporalio.api.schedule.v1 import IntervalSpec, Range, ScheduleSpec, StructuredCalendarSpec

# Beyond any use, and well within what a protobuf duration holds.
_LONGEST = timedelta(days=365_000)

_TIMEDELTA = TypeAdapter(timedelta)


def _read_duration(text: str) -> timedelta:
    try:
        duration = _TIMEDELTA.validate_python(text)
    except ValidationError:
        duration = None
    # The parser also takes clock times such as 1:30:00, and negative durations.
    if duration is None or not text.startswith("P") or duration > _LONGEST:
        raise ValueError("write an ISO 8601 duration such as PT90S, at most 1000 years")
    return duration


def _checked(text: str) -> str:
    _read_duration(text)
    return text


def _with_offset(moment: datetime) -> datetime:
    if not 1970 <= moment.year <= 9000:
        raise ValueError("write a year between 1970 and 9000")
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


# Kept as text: what a person wrote as PT60M reads PT60M afterwards.
IsoDuration = Annotated[str, AfterValidator(_checked)]
# Clients send naive times without any offset (official client 2.10.1): they are UTC.
Moment = Annotated[datetime, AfterValidator(_with_offset)]
# Temporal knows the limits of each field and names them.
CalendarNumber = Annotated[int, Field(ge=0, le=9999)]


class CalendarRange(BaseModel):
    """Both ends included; an end below the start, or a step of 0, count as unset."""

    start: CalendarNumber
    end: CalendarNumber = 0
    step: CalendarNumber = 0

    def to_temporal(self) -> Range:
        return Range(start=self.start, end=max(self.start, self.end), step=self.step or 1)

    @classmethod
    def from_temporal(cls, found: Range) -> Self:
        return cls(start=found.start, end=found.end, step=found.step)


def _every(start: int, end: int = 0) -> Any:
    return Field(default_factory=lambda: [CalendarRange(start=start, end=end)])


class Calendar(BaseModel):
    """Times that match in every field; a field with no range matches nothing, except the year."""

    second: list[CalendarRange] = _every(0)
    minute: list[CalendarRange] = _every(0)
    hour: list[CalendarRange] = _every(0)
    day_of_month: list[CalendarRange] = _every(1, 31)
    month: list[CalendarRange] = _every(1, 12)
    year: list[CalendarRange] = Field(default_factory=list)
    day_of_week: list[CalendarRange] = _every(0, 6)
    comment: str | None = None

    def to_temporal(self) -> StructuredCalendarSpec:
        return StructuredCalendarSpec(
            second=[each.to_temporal() for each in self.second],
            minute=[each.to_temporal() for each in self.minute],
            hour=[each.to_temporal() for each in self.hour],
            day_of_month=[each.to_temporal() for each in self.day_of_month],
            month=[each.to_temporal() for each in self.month],
            year=[each.to_temporal() for each in self.year],
            day_of_week=[each.to_temporal() for each in self.day_of_week],
            comment=self.comment or "",
        )

    @classmethod
    def from_temporal(cls, found: StructuredCalendarSpec) -> Self:
        return cls(
            second=[CalendarRange.from_temporal(each) for each in found.second],
            minute=[CalendarRange.from_temporal(each) for each in found.minute],
            hour=[CalendarRange.from_temporal(each) for each in found.hour],
            day_of_month=[CalendarRange.from_temporal(each) for each in found.day_of_month],
            month=[CalendarRange.from_temporal(each) for each in found.month],
            year=[CalendarRange.from_temporal(each) for each in found.year],
            day_of_week=[CalendarRange.from_temporal(each) for each in found.day_of_week],
            comment=found.comment or None,
        )


class Interval(BaseModel):
    """Times at epoch + n * every + offset."""

    every: IsoDuration
    offset: IsoDuration | None = None

    def to_temporal(self) -> IntervalSpec:
        return IntervalSpec(
            interval=_proto_duration(self.every), phase=_proto_duration(self.offset)
        )

    @classmethod
    def from_temporal(cls, found: IntervalSpec) -> Self:
        offset = _iso(found.phase) if found.HasField("phase") else None
        return cls(every=_iso(found.interval), offset=offset)


class Times(BaseModel):
    """Calendars, intervals and cron expressions together, without those to skip."""

    calendars: list[Calendar] = Field(default_factory=list)
    intervals: list[Interval] = Field(default_factory=list)
    cron_expressions: list[str] = Field(default_factory=list)
    skip: list[Calendar] = Field(default_factory=list)
    start_at: Moment | None = None
    end_at: Moment | None = None
    jitter: IsoDuration | None = None
    time_zone_name: str | None = None

    def to_temporal(self) -> ScheduleSpec:
        return ScheduleSpec(
            structured_calendar=[each.to_temporal() for each in self.calendars],
            interval=[each.to_temporal() for each in self.intervals],
            cron_string=self.cron_expressions,
            exclude_structured_calendar=[each.to_temporal() for each in self.skip],
            start_time=_timestamp(self.start_at),
            end_time=_timestamp(self.end_at),
            jitter=_proto_duration(self.jitter),
            timezone_name=self.time_zone_name or "",
        )

    @classmethod
    def from_temporal(cls, found: ScheduleSpec) -> Self:
        """Words for a schedule that was not made here: Temporal has turned cron into calendars."""
        return cls(
            calendars=[Calendar.from_temporal(each) for each in found.structured_calendar],
            intervals=[Interval.from_temporal(each) for each in found.interval],
            skip=[Calendar.from_temporal(each) for each in found.exclude_structured_calendar],
            start_at=found.start_time.ToDatetime(UTC) if found.HasField("start_time") else None,
            end_at=found.end_time.ToDatetime(UTC) if found.HasField("end_time") else None,
            jitter=_iso(found.jitter) if found.HasField("jitter") else None,
            time_zone_name=found.timezone_name or None,
        )


def _proto_duration(text: str | None) -> ProtoDuration | None:
    if text is None:
        return None
    found = ProtoDuration()
    found.FromTimedelta(_read_duration(text))
    return found


def _timestamp(moment: datetime | None) -> Timestamp | None:
    if moment is None:
        return None
    found = Timestamp()
    found.FromDatetime(moment)
    return found


def _iso(duration: ProtoDuration) -> str:
    text: str = _TIMEDELTA.dump_python(duration.ToTimedelta(), mode="json")
    return text
