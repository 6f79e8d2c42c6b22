"""What a subscription asks for: which findings, and how they are to be told."""

from datetime import time
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationInfo, field_validator

from shared.alerts.finding import Kind

type Seconds = float
type Label = Literal["workflow", "kind", "error", "deployment", "execution"]

# What is in the store was checked on some host, which may know more time zones than this one: a
# subscription with one that is unknown here still counts, and its owner is told.
FROM_STORE = {"stored": True}


class Quiet(BaseModel):
    """Hours of the day in which nothing new is posted; `until` may be on the next day."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    since: time
    until: time
    zone: str = "UTC"

    @field_validator("zone")
    @classmethod
    def _known(cls, zone: str, info: ValidationInfo) -> str:
        if info.context == FROM_STORE:
            return zone
        from zoneinfo import ZoneInfo

        try:
            return ZoneInfo(zone).key
        except (ValueError, OSError, LookupError):
            raise ValueError(f"{zone} is no time zone such as Europe/Paris or UTC") from None


class Wanted(BaseModel):
    """The filter and the manner of a subscription, as the store keeps it.

    Filter: `workflows` are globs, any of which fits (none: every workflow); `errors` is a regular
    expression searched in the error without regard to case; `search_keys` are those of the API,
    all of which must fit. `slower_than_seconds` and `slower_than_medians` (a multiple of the
    recent median of the workflow) bound Kind.SLOW. `first_only` takes the first failure after
    a success and nothing more until the workflow recovers.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    workflows: tuple[str, ...] = ()
    kinds: frozenset[Kind] = frozenset({Kind.FAILED, Kind.TIMED_OUT})
    errors: str | None = None
    deployments: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    search_keys: tuple[str, ...] = ()
    min_duration_seconds: Seconds | None = None
    slower_than_seconds: Seconds | None = None
    slower_than_medians: float | None = None
    first_only: bool = False

    mode: Literal["card", "thread", "digest"] = "card"
    digest_seconds: Seconds | None = None
    group_by: tuple[Label, ...] = ("workflow", "kind", "error")
    repeat_seconds: Seconds | None = 4 * 3600
    mention: str | None = None
    quiet: Quiet | None = None
    broadcast: bool = False
