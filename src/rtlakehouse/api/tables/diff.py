"""What differs between two versions of a table."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from fastapi import Request
from pydantic import AwareDatetime, BaseModel, BeforeValidator, Field, TypeAdapter, ValidationError

from rtlakehouse.api.deps import Parts
from rtlakehouse.api.examples import example
from rtlakehouse.api.formats import plain
from rtlakehouse.api.paging import Page, page_of
from rtlakehouse.api.parameters import NEXT_CURSOR, Instant, Paged
from rtlakehouse.catalog import Snapshot
from rtlakehouse.catalog.comparison import Difference, RowChange, compare
from rtlakehouse.clock import isoformat
from rtlakehouse.errors import UsageError
from rtlakehouse.medallion.table import Table

__all__ = ["DiffParameters", "TableDiff", "asked", "diff"]

_TIME: TypeAdapter[datetime] = TypeAdapter(Instant)
_NUMBER = re.compile(r"[0-9]{1,18}")


def _number_or_time(value: object) -> object:
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return int(value)
    try:
        return _TIME.validate_python(value)
    except ValidationError:
        raise ValueError(
            "must be the number of a version, such as 41, or a time with an offset, such as 2026-11-24T10:30:00Z"
        ) from None


Version = Annotated[Annotated[int, Field(ge=0, lt=10**18)] | AwareDatetime, BeforeValidator(_number_or_time)]
_CHANGED: dict[str, Any] = {
    "change": "changed",
    "key": {"tenant_id": "default", "window_start": "2026-11-24T10:30:00Z"},
    "before": {"events": 120, "late_events": 0},
    "after": {"events": 121, "late_events": 1},
}


class DiffParameters(Paged):
    """Two versions of a table, each by its number or by a time, and which rows of those that differ."""

    before: Annotated[
        Version | None,
        Field(alias="from", description="The earlier version or time; default: the version before `to`.", examples=[40]),
    ] = None
    after: Annotated[
        Version | None,
        Field(
            alias="to",
            description="The later version or time; default: as `as_of` says, else the newest.",
            examples=[41, "2026-11-24T10:00:00Z"],
        ),
    ] = None
    change: Difference | None = Field(
        None, description="Only rows that were `added`, `removed` or `changed`; the counts are of all."
    )


class RowDiff(BaseModel):
    """A row that is not the same in both versions."""

    model_config = example(**_CHANGED)

    change: Difference
    key: dict[str, Any] = Field(description="The values that tell this row from others.")
    before: dict[str, Any] | None = Field(description="The row that was removed; of a changed one the values that differ.")
    after: dict[str, Any] | None = Field(description="The row that was added; of a changed one the values that differ.")


class DiffCounts(BaseModel):
    """How many rows differ."""

    model_config = example(added=2, removed=0, changed=1)

    added: int
    removed: int
    changed: int


class DiffCost(BaseModel):
    """What was read to find out: the files of one version that the other has not. Their rows are those of all tenants."""

    model_config = example(files=3, rows=83)

    files: int
    rows: int


class TableDiff(BaseModel):
    """A page of the rows that differ between two versions, in the order of the table's key."""

    table: str = Field(examples=["gold.kpis_1m"])
    from_version: int = Field(examples=[40])
    to_version: int = Field(examples=[41])
    counts: DiffCounts
    read: DiffCost
    data: list[RowDiff]
    next_cursor: str | None = NEXT_CURSOR


def asked(parts: Parts, request: Request, parameters: DiffParameters, table: Table) -> tuple[Page, Snapshot]:
    """The page, whose reading is of the later version, and the earlier version's snapshot.

    Raises UsageError where both `to` and `as_of` are given, and as `page_of`.
    """
    if parameters.after is not None:
        if parameters.as_of is not None:
            raise UsageError("`to` and `as_of` both say which version is the later one; give one of them.")
        later = _point(table, parameters.after)
        parameters = parameters.model_copy(update={"as_of": later})
    page = page_of(parts, request, parameters, [table.name])
    before = parameters.before
    if before is None:
        before = max(0, page.reading.snapshot.versions[table.name] - 1)
    return page, parts.catalog.snapshot(_point(table, before))


def _point(table: Table, wanted: int | datetime) -> str:
    return isoformat(wanted) if isinstance(wanted, datetime) else f"{table.name}={wanted}"


def diff(page: Page, before: Snapshot, table: Table, change: Difference | None) -> TableDiff:
    after = page.reading.snapshot
    found = compare(
        before,
        after,
        table,
        tenant_id=page.reading.tenant_id,
        only=change,
        limit=page.limit + 1,
        offset=page.offset,
    )
    return TableDiff(
        table=table.name,
        from_version=before.versions[table.name],
        to_version=after.versions[table.name],
        counts=DiffCounts.model_validate(found.counts),
        read=DiffCost(files=found.files, rows=found.rows),
        data=[_row(each) for each in found.changes[: page.limit]],
        next_cursor=page.cursor(len(found.changes)),
    )


def _row(found: RowChange) -> RowDiff:
    return RowDiff(
        change=found.change, key=_shown(found.key), before=_shown_or_none(found.before), after=_shown_or_none(found.after)
    )


def _shown_or_none(values: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if values is None else _shown(values)


def _shown(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: plain(value) for name, value in values.items()}
