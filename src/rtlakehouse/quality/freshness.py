"""How old the newest thing is that each table tells of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from rtlakehouse.catalog import Snapshot
from rtlakehouse.catalog.snapshot import Range
from rtlakehouse.medallion.graph import JOURNALS, TABLES
from rtlakehouse.quality import queries

__all__ = ["Freshness", "age", "freshness"]

# Into these a row need not come with every event.
_AS_IT_HAPPENS = (
    *("silver.quarantine", "silver.duplicates", "gold.revenue_1m", "gold.segments_1m"),
    *(table.name for table in JOURNALS),
)
# A tenant's newest row is nearly always in the newest hour of the table, so only that is looked at first.
_NEWEST = timedelta(hours=1)
# By the time of ingestion bronze's files are told apart. Of the ledger, which is small and may end with late events, all counts.
_LAID_OUT = {"bronze.events": "ingested_at", **queries.TIME}
_NOTHING = timedelta()


@dataclass(frozen=True)
class Freshness:
    """How fresh a table is for a tenant.

    written_at: when its newest file was written. newest_at: of the newest thing it tells of: None where there is nothing.
    delay: from then to the time it is judged by. target: the longest delay that is fresh; None where none is expected.
    """

    table: str
    version: int
    written_at: datetime | None
    newest_at: datetime | None
    delay: timedelta | None
    target: timedelta | None

    @property
    def is_fresh(self) -> bool | None:
        """None where nothing was ever there to be fresh, or nothing is expected."""
        return None if self.delay is None or self.target is None else self.delay <= self.target


def freshness(snapshot: Snapshot, tenant_id: str, judged_at: datetime, target: timedelta) -> list[Freshness]:
    """The freshness, at a time, of each table that the snapshot has a version of."""
    return [_of(snapshot, tenant_id, table, judged_at, target) for table in TABLES if table in snapshot.versions]


def age(snapshot: Snapshot, tenant_id: str, table: str, judged_at: datetime) -> timedelta | None:
    """How old, at a time, the newest thing is that a table tells a tenant of; None where there is nothing."""
    newest = _newest(snapshot, tenant_id, table)
    return max(judged_at - newest, _NOTHING) if newest else None


def _of(snapshot: Snapshot, tenant_id: str, table: str, judged_at: datetime, target: timedelta) -> Freshness:
    written = [file.written_at for file in snapshot.files_of(table) if file.written_at]
    newest = _newest(snapshot, tenant_id, table)
    return Freshness(
        table=table,
        version=snapshot.versions[table],
        written_at=max(written, default=None),
        newest_at=newest,
        delay=max(judged_at - newest, _NOTHING) if newest else None,
        target=None if table in _AS_IT_HAPPENS else target,
    )


def _newest(snapshot: Snapshot, tenant_id: str, table: str) -> datetime | None:
    column = _LAID_OUT.get(table)
    ends = [file.highest[column] for file in snapshot.files_of(table) if column in file.highest] if column else []
    if column and ends:
        found = _latest(snapshot, tenant_id, table, Range(column, max(ends) - _NEWEST, None))
        if found:
            return found
    return _latest(snapshot, tenant_id, table)


def _latest(snapshot: Snapshot, tenant_id: str, table: str, *only: Range) -> datetime | None:
    wanted = (table, only[0]) if only else table
    rows = snapshot.query(queries.NEWEST[table], {"tenant": tenant_id}, **{queries.relation(table): wanted}).to_pylist()
    found: datetime | None = rows[0]["newest"]
    return found and found.replace(tzinfo=UTC)
