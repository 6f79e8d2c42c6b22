"""A time that nobody looked at until afterwards."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict


class Gap(BaseModel):
    """From when to when nothing was looked at, and why where that is known.

    It is not over while `until` is None.
    """

    # A replica of an earlier release may read what a later one wrote.
    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    since: datetime
    until: datetime | None = None
    cause: str | None = None
