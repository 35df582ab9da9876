"""Query parameters that many reads share."""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

import msgspec
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from rtlakehouse.errors import UsageError

__all__ = ["MAX_LIMIT", "Paged", "RangeParameters", "ReadParameters", "cursor_of", "minute_of", "parse_cursor"]

MAX_LIMIT = 1_000


class ReadParameters(BaseModel):
    """What every read takes. A parameter that is not known is an error, never ignored."""

    model_config = ConfigDict(extra="forbid")

    as_of: str | None = Field(
        None, description="Answer as of a time (ISO 8601 with offset) or of table versions (`gold.kpis_1m=41,silver.events=87`)."
    )
    max_staleness_ms: int | None = Field(
        None, ge=0, description="Answer only when everything acknowledged longer ago than this is included; else 503."
    )


class RangeParameters(ReadParameters):
    """A range of event time: `from` included, `to` excluded."""

    start: Annotated[AwareDatetime | None, Field(alias="from", description="First minute; default: an hour before `to`.")] = None
    end: Annotated[
        AwareDatetime | None, Field(alias="to", description="First minute not included; default: the newest window's end.")
    ] = None

    def resolve(self, newest: datetime | None, length: timedelta = timedelta(hours=1)) -> tuple[datetime, datetime]:
        """The range in whole minutes, naive UTC as the queries have it. Raises UsageError for an empty one."""
        newest_end = (newest + timedelta(minutes=1)) if newest else datetime(1970, 1, 1, 0, 1)  # noqa: DTZ001 - naive UTC
        end = minute_of(self.end) if self.end else newest_end
        start = minute_of(self.start) if self.start else end - length
        if start >= end:
            raise UsageError(f"The range from {start.isoformat()}Z to {end.isoformat()}Z is empty; `from` must be before `to`.")
        return start, end


class Paged(ReadParameters):
    """A page: `limit` rows from where the cursor of the page before points."""

    limit: int = Field(100, ge=1, le=MAX_LIMIT, description="Rows of a page.")
    cursor: str | None = Field(None, description="`next_cursor` of the page before; it holds the versions that page was read at.")


def minute_of(instant: datetime) -> datetime:
    """The minute an instant lies in, as naive UTC."""
    return instant.astimezone(UTC).replace(second=0, microsecond=0, tzinfo=None)


def cursor_of(offset: int, versions: str) -> str:
    """An opaque cursor: where the next page starts, and the versions it must be read at."""
    return base64.urlsafe_b64encode(msgspec.json.encode([offset, versions])).decode().rstrip("=")


def parse_cursor(cursor: str) -> tuple[int, str]:
    """Offset and versions of a cursor. Raises UsageError for anything that `cursor_of` did not make."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        offset, versions = msgspec.json.decode(base64.urlsafe_b64decode(padded), type=tuple[int, str])
    except (ValueError, msgspec.MsgspecError) as error:
        raise UsageError("That cursor is not one of ours; take `next_cursor` from the page before as it is.") from error
    if offset < 0 or not re.fullmatch(r"[a-z0-9_.]+=\d+(,[a-z0-9_.]+=\d+)*", versions):
        raise UsageError("That cursor is not one of ours; take `next_cursor` from the page before as it is.")
    return offset, versions
