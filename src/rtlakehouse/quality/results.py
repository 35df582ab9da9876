"""Each expectation, looked at over one tenant's rows of a range."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from rtlakehouse.catalog import Snapshot
from rtlakehouse.catalog.snapshot import Range, Relation
from rtlakehouse.medallion.expectations import Expectation, expectations
from rtlakehouse.quality import queries

__all__ = ["READ", "Result", "Span", "results"]

_QUARANTINE = "silver.quarantine"
_RECEIVED = ("silver.events", "silver.duplicates", _QUARANTINE)
# The tables that results are made of.
READ = tuple(queries.COUNTS)


@dataclass(frozen=True)
class Span:
    """Whose rows, of [start, end): naive UTC in whole minutes, as the statements have it."""

    tenant_id: str
    start: datetime
    end: datetime

    @property
    def bound(self) -> dict[str, Any]:
        return {"tenant": self.tenant_id, "start": self.start, "end": self.end}

    def of(self, table: str) -> Relation:
        """The files of a table that may hold such rows."""
        if table not in queries.TIME:
            return table
        return table, Range(queries.TIME[table], self.start.replace(tzinfo=UTC), self.end.replace(tzinfo=UTC))


@dataclass(frozen=True)
class Result:
    """What was found of an expectation. sample: places of some rows that break it, by column."""

    expectation: Expectation
    examined: int
    failed: int
    sample: tuple[Mapping[str, Any], ...] = ()

    @property
    def share(self) -> Decimal:
        """Of the rows examined that failed."""
        return Decimal(self.failed) / max(self.examined, 1)

    @property
    def holds(self) -> bool:
        return self.share <= self.expectation.tolerated


def results(snapshot: Snapshot, span: Span) -> list[Result]:
    """What is found of every expectation, in their order."""
    counted = {table: _counted(snapshot, span, table) for table in READ}
    received = sum(counted[table]["examined"] for table in _RECEIVED)
    return [_result(snapshot, span, each, counted, received) for each in expectations()]


def _counted(snapshot: Snapshot, span: Span, table: str) -> dict[str, int]:
    relations = {queries.relation(table): span.of(table)}
    found: list[dict[str, int]] = snapshot.query(queries.COUNTS[table], _bound(span, table), **relations).to_pylist()
    return found[0]


def _result(
    snapshot: Snapshot, span: Span, expectation: Expectation, counted: Mapping[str, Mapping[str, int]], received: int
) -> Result:
    if expectation.kind == "contract":
        failed = counted[_QUARANTINE][expectation.name]
        sample = _broken(snapshot, span, expectation, (_QUARANTINE,))[0] if failed else ()
        return Result(expectation, received, failed, sample)
    table = expectation.table
    examined = counted[table]["examined"]
    if expectation.kind == "row":
        failed = counted[table][expectation.name]
        return Result(expectation, examined, failed, _broken(snapshot, span, expectation, (table,))[0] if failed else ())
    read = (table, "silver.events") if expectation.kind == "sum" else (table,)
    sample, failed = _broken(snapshot, span, expectation, read)
    return Result(expectation, max(examined, failed), failed, sample)


def _broken(
    snapshot: Snapshot, span: Span, expectation: Expectation, tables: tuple[str, ...]
) -> tuple[tuple[Mapping[str, Any], ...], int]:
    """Some places where an expectation is broken, and how many there are."""
    relations = {queries.relation(table): span.of(table) for table in tables}
    rows = snapshot.query(queries.BROKEN[expectation.name], _bound(span, tables[0]), **relations).to_pylist()
    failed = rows[0]["failed"] if rows else 0
    return tuple({name: value for name, value in row.items() if name != "failed"} for row in rows), failed


def _bound(span: Span, table: str) -> dict[str, Any]:
    """What a statement over a table binds: the ledger's has no range."""
    return span.bound if table in queries.TIME else {"tenant": span.tenant_id}
