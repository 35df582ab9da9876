"""Query parameters that many reads share."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import Header
from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from rtlakehouse.errors import UsageError

__all__ = [
    "IDEMPOTENCY_KEY",
    "MAX_LIMIT",
    "NEXT_CURSOR",
    "Instant",
    "NoParameters",
    "Paged",
    "idempotency_key",
    "RangeParameters",
    "ReadParameters",
    "minute_of",
]

MAX_LIMIT = 1_000
IDEMPOTENCY_KEY = "Idempotency-Key"
_CURSOR = "WyJhNWMyIiwxMDAsIm9wcy5sZWRnZXI9NDEiLCIyMDI2LTExLTI0VDEwOjAwOjAwWiIsbnVsbF0"
# The member of every page.
NEXT_CURSOR: str | None = Field(description="Take it as `cursor` for the next page; null on the last one.", examples=[_CURSOR])
# A range may reach a day further than an instant that is given, and no time lies outside the calendar.
_FIRST = datetime(1, 1, 3, tzinfo=UTC)
_LAST = datetime(9999, 12, 29, tzinfo=UTC)
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - naive UTC, as in the queries
_MINUTE = timedelta(minutes=1)
_NUMBER = re.compile(r"[0-9.eE_+-]+|[+-]?(inf|infinity|nan)", re.IGNORECASE)


def idempotency_key(example: str, description: str) -> Any:
    """The header by which a request that is repeated is known; `description` says what it is answered with."""
    return Header(
        alias=IDEMPOTENCY_KEY,
        min_length=1,
        max_length=255,
        pattern=r"^[\x21-\x7e]+$",
        examples=[example],
        description=description,
    )


def _text(value: object) -> object:
    # Pydantic takes a bare number for seconds, or milliseconds, since 1970.
    if isinstance(value, int | float) or (isinstance(value, str) and _NUMBER.fullmatch(value.strip())):
        raise ValueError("must be a time in ISO 8601 with an offset, such as 2026-11-24T10:30:00Z")
    return value


def _in_utc(instant: datetime) -> datetime:
    if not _FIRST <= instant <= _LAST:
        raise ValueError("must lie in the years 1 to 9999")
    return instant.astimezone(UTC)


Instant = Annotated[AwareDatetime, BeforeValidator(_text), AfterValidator(_in_utc)]


class NoParameters(BaseModel):
    """What takes no parameter refuses every parameter."""

    model_config = ConfigDict(extra="forbid")


class ReadParameters(BaseModel):
    """What every read takes. A parameter that is not known is an error, never ignored."""

    model_config = ConfigDict(extra="forbid")

    as_of: str | None = Field(
        None,
        description="Answer as of a time (ISO 8601 with offset) or of table versions (`gold.kpis_1m=41,silver.events=87`).",
        examples=["2026-11-24T11:00:00Z", "gold.kpis_1m=41,gold.revenue_1m=41,silver.events=87"],
    )
    max_staleness_ms: int | None = Field(
        None,
        ge=0,
        description="Answer only when everything acknowledged longer ago than this is included; else 503.",
        examples=[2_000],
    )


class RangeParameters(ReadParameters):
    """A range of event time: `from` included, `to` excluded."""

    start: Annotated[
        Instant | None,
        Field(alias="from", description="First minute; default: an hour before `to`.", examples=["2026-11-24T09:00:00Z"]),
    ] = None
    end: Annotated[
        Instant | None,
        Field(
            alias="to",
            description="First minute not included; default: the newest window's end.",
            examples=["2026-11-24T10:00:00Z"],
        ),
    ] = None

    @property
    def is_open(self) -> bool:
        """Whether the range depends on which window is the newest."""
        return self.end is None

    def resolve(self, newest: datetime | None, length: timedelta = timedelta(hours=1)) -> tuple[datetime, datetime]:
        """The range in whole minutes, naive UTC as the queries have it. Raises UsageError for an empty one.

        Where nothing happened yet, or nothing since `from`, an open range is a minute long.
        """
        if self.end is not None:
            end = minute_of(self.end)
            start = minute_of(self.start) if self.start else end - length
        else:
            end = (newest or _EPOCH) + _MINUTE
            start = minute_of(self.start) if self.start else end - (length if newest else _MINUTE)
            end = max(end, start + _MINUTE)
        if start >= end:
            raise UsageError(f"The range from {start.isoformat()}Z to {end.isoformat()}Z is empty; `from` must be before `to`.")
        return start, end


class Paged(ReadParameters):
    """A page: `limit` rows from where the cursor of the page before points."""

    limit: int = Field(100, ge=1, le=MAX_LIMIT, description="Rows of a page.")
    cursor: str | None = Field(
        None,
        description="`next_cursor` of the page before; it holds the versions that page was read at. Also in `Link`.",
        examples=[_CURSOR],
    )


def minute_of(instant: datetime) -> datetime:
    """The minute an instant lies in, as naive UTC."""
    return instant.astimezone(UTC).replace(second=0, microsecond=0, tzinfo=None)
