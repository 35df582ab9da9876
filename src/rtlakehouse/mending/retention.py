"""Retention: bronze, and quarantine after it, let go of what was received so long ago that it is not to be kept any more.

A record goes by when it was taken in (`ingested_at`), in whole days of UTC, once silver has it; from quarantine by when its batch
was complete, once bronze has let go of it, so that bronze has no record that became of nothing. A file of which all goes is
dropped from the table; one that holds others too is written anew without what goes. The ledger says in the same rewrite
(storage/rewrite.py) how many records of each batch are gone, so that nothing of what is missing looks lost. What it reads and
writes it may read and write beside batches; `commit` is to be called between two of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rtlakehouse.clock import isoformat
from rtlakehouse.errors import RebuildError, UsageError
from rtlakehouse.failpoints import failpoint
from rtlakehouse.medallion.bronze import EVENTS as BRONZE
from rtlakehouse.medallion.bronze import REPAIR
from rtlakehouse.medallion.ops import LEDGER
from rtlakehouse.medallion.silver import QUARANTINE
from rtlakehouse.medallion.table import UTC_TIME
from rtlakehouse.mending.exchanging import published, reached, written
from rtlakehouse.mending.expired import expired
from rtlakehouse.mending.view import PLACE, View
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.log import DataFile, follow
from rtlakehouse.storage.rewrite import Exchange, begin_rewrite

__all__ = ["Prepared", "Retention", "Terms"]

_SEEN = ("tenant_id", *PLACE, "ingested_at")
# Where the ledger counts what went of a table.
_COUNTED = {BRONZE.name: "expired", QUARANTINE.name: "quarantined_expired"}
_ACCOUNTS = ("tenant_id", *PLACE[:3], "first_position", "last_position")
# Of one rewrite: eight bytes each are in memory until it is done.
_RECORDS_AT_ONCE = 5_000_000
_NOTHING = "Nothing is older than it is kept."


class _Partition(NamedTuple):
    """A tenant's part of a source partition, as the ledger has it."""

    tenant_id: str
    source: str
    topic: str
    partition: int


@dataclass(frozen=True)
class Terms:
    """For how many days a table keeps what was taken in. of_all: of tenants without a term of their own; None: for ever."""

    of_all: int | None = None
    of_tenants: Mapping[str, int] = field(default_factory=dict)

    @property
    def are_set(self) -> bool:
        return self.of_all is not None or bool(self.of_tenants)

    def of(self, tenant_id: str) -> int | None:
        return self.of_tenants.get(tenant_id, self.of_all)

    def require_as_long_as(self, bronze: Terms) -> None:
        """Raises UsageError where quarantine, whose terms these are, would let go of what bronze still has."""
        for tenant in ("", *self.of_tenants, *bronze.of_tenants):
            days, of_bronze = self.of(tenant), bronze.of(tenant)
            if days is not None and (of_bronze is None or of_bronze > days):
                raise UsageError(
                    f"`retention_days` keeps quarantine for {days} days and bronze {_named(of_bronze)}, "
                    f"{f'of tenant {tenant}' if tenant else 'of all tenants'}: give bronze as many days, or fewer."
                )

    def floors(self, now: datetime) -> Floors:
        """Since when what was taken in is kept: so many days, and what is over of the day before these."""
        midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)

        def floor(days: int) -> datetime:
            return midnight - timedelta(days=days)

        return Floors(None if self.of_all is None else floor(self.of_all), {t: floor(d) for t, d in self.of_tenants.items()})


@dataclass(frozen=True)
class Floors:
    """The first instant of which records are kept, by tenant; `of_all` that of tenants that are not named. None: all are kept."""

    of_all: datetime | None
    of_tenants: Mapping[str, datetime]

    def of(self, tenant_id: str) -> datetime | None:
        return self.of_tenants.get(tenant_id, self.of_all)

    @property
    def latest(self) -> datetime | None:
        return max((floor for floor in (self.of_all, *self.of_tenants.values()) if floor is not None), default=None)

    def older(self, tenants: pa.ChunkedArray, times: pa.ChunkedArray) -> pa.ChunkedArray:
        """Which of these are of a time before their tenant's floor."""
        found = pc.and_(pc.less(times, pa.scalar(self.of_all, times.type)), self._is_unnamed(tenants))
        for tenant, floor in self.of_tenants.items():
            found = pc.or_kleene(found, pc.and_(pc.equal(tenants, tenant), pc.less(times, pa.scalar(floor, times.type))))
        return pc.fill_null(found, False)

    def _is_unnamed(self, tenants: pa.ChunkedArray) -> pa.ChunkedArray:
        return pc.invert(pc.is_in(tenants, value_set=pa.array(list(self.of_tenants), pa.string())))


@dataclass
class Prepared:
    """What is to go: files that go and come of a table and of the ledger, written and not yet committed."""

    table: str
    floors: Floors
    removes: list[str] = field(default_factory=list)
    whole: int = 0
    bytes: int = 0
    adds: tuple[str, ...] = ()
    records: Counter[str] = field(default_factory=Counter)
    positions: dict[_Partition, list[np.ndarray]] = field(default_factory=dict)
    ledger: Exchange = field(default_factory=lambda: Exchange(LEDGER.name, (), ()))

    @property
    def count(self) -> int:
        return self.records.total()


class Retention:
    """Letting go of what is older than the terms say at this moment. terms: of bronze. dry_run: nothing is written.

    Raises UsageError where quarantine is to be kept for a shorter time than bronze.
    """

    def __init__(
        self, lake: Lake, terms: Terms, now: datetime, *, quarantine: Terms | None = None, dry_run: bool = False
    ) -> None:
        self._lake, self._terms, self._now, self._dry_run = lake, terms, now, dry_run
        self._quarantine = quarantine or Terms()
        self._quarantine.require_as_long_as(terms)
        # Files that were looked at and hold nothing that goes. A file never changes.
        self._clean: set[str] = set()

    def run(self) -> list[dict[str, Any]]:
        """All of it, in as many rewrites as it takes; what was done, or would be: without a table where that is nothing."""
        rows: list[dict[str, Any]] = []
        while (found := self.prepare()) is not None:
            rows += self.told(found) if self._dry_run else self.commit(found)
        if not self._terms.are_set:
            return [{"action": "retain", "detail": "Everything is kept for ever: `retention_days` is not set."}]
        return rows or [{"action": "retain", "detail": _NOTHING}]

    def prepare(self) -> Prepared | None:
        """Find what goes, some millions of records at once, and write what stays of its files; None where nothing goes."""
        view = View(self._lake)
        for find in (self._of_bronze, self._of_quarantine):
            found = find(view)
            if found.count:
                found.ledger = self._accounted(view, found)
                return found
        return None

    def _of_bronze(self, view: View) -> Prepared:
        found = Prepared(BRONZE.name, self._terms.floors(self._now))
        until = self._until(found.floors)
        for file in () if until is None else self._old(view, until):
            seen = view.rows(BRONZE.name, [file], columns=_SEEN)
            going = found.floors.older(seen["tenant_id"], seen["ingested_at"])
            self._take(view, file, seen, pc.and_(going, pc.less(seen["ingested_at"], pa.scalar(until, UTC_TIME))), found)
            if found.count > _RECORDS_AT_ONCE:
                break
        return found

    def _of_quarantine(self, view: View) -> Prepared:
        found = Prepared(QUARANTINE.name, self._quarantine.floors(self._now))
        if not self._quarantine.are_set:
            return found
        batches = _Batches(view)
        for file in (file for file in view.files(QUARANTINE.name) if file.path not in self._clean):
            seen = view.rows(QUARANTINE.name, [file], columns=("tenant_id", *PLACE))
            going = found.floors.older(seen["tenant_id"], batches.complete_at(seen))
            if not self._dry_run:
                # A dry run has left in bronze what goes from there first.
                going = pc.and_(going, expired(view, seen))
            self._take(view, file, seen, going, found)
        return found

    def commit(self, found: Prepared) -> list[dict[str, Any]]:
        """Let go of it. Where upkeep has rearranged its files meanwhile, nothing is done: it is for another time."""
        live = (self._lake.files(found.table), self._lake.files(LEDGER.name))
        if any(path not in live[0] for path in found.removes) or any(path not in live[1] for path in found.ledger.removes):
            self._discard(found)
            return [{"table": found.table, "action": "retain", "detail": "its files were rearranged; it is tried again later"}]
        view = View(self._lake)
        versions = reached(view, [found.table])
        said = {"rewrite": "retain", "records": dict(found.records), "since": _since(found.floors)}
        # Who appends to bronze is not in conflict, and has nothing to read.
        is_bronze = found.table == BRONZE.name
        going = Exchange(found.table, tuple(found.removes), found.adds, metadata=said, same_places=is_bronze)
        failpoint("before_retention_rewrite")
        begin_rewrite(self._lake, published(view, [going], found.ledger, versions, said))
        return self.told(found)

    def told(self, found: Prepared) -> list[dict[str, Any]]:
        """What goes, by tenant, and what that is in files."""
        would = "would let go of" if self._dry_run else "let go of"
        rewritten = len(found.removes) - found.whole
        files = f"{would} {found.whole:,} files whole, and {rewritten:,} that are written anew; about {found.bytes:,} bytes"
        details = [*(_of_tenant(would, tenant, count, found.floors) for tenant, count in sorted(found.records.items())), files]
        return [{"table": found.table, "action": "retain", "detail": detail} for detail in details]

    def _until(self, floors: Floors) -> datetime | None:
        """Before when it was taken in what goes: before the latest floor, and before anything that silver has yet to take."""
        done = self._lake.processed()
        waits = [commit for commit in follow(self._lake.path(BRONZE.name), done) if commit.data_change]
        taken = [file.lowest["ingested_at"] for commit in waits for file in commit.adds if file.rows]
        return None if floors.latest is None or not done else min((floors.latest, *taken))

    def _old(self, view: View, until: datetime) -> Iterator[DataFile]:
        files = (file for file in view.files(BRONZE.name) if file.path not in self._clean)
        return (file for file in files if file.lowest.get("ingested_at", until) < until)

    def _take(self, view: View, file: DataFile, seen: pa.Table, going: pa.ChunkedArray, found: Prepared) -> None:
        """Add to `found` those rows of a file that go."""
        # What was taken out of quarantine, by whom and how is told by the records of repairs, and nowhere else.
        going = pc.and_(going, pc.not_equal(seen["source"], REPAIR))
        gone = seen.filter(going)
        self._clean.add(file.path)
        if not gone.num_rows:
            return
        found.removes.append(file.path)
        found.records.update({row["values"]: row["counts"] for row in pc.value_counts(gone["tenant_id"]).to_pylist()})
        found.bytes += file.size_bytes * gone.num_rows // seen.num_rows
        for partition, (positions, _) in _by_partition(gone, "position"):
            found.positions.setdefault(partition, []).append(positions)
        if gone.num_rows == seen.num_rows:
            found.whole += 1
        elif not self._dry_run:
            found.adds += written(view, found.table, view.rows(found.table, [file]).filter(pc.invert(going)))

    def _accounted(self, view: View, found: Prepared) -> Exchange:
        """The ledger with what goes of each of its rows. Raises RebuildError where a record is in none of them."""
        positions = {partition: np.sort(np.concatenate(parts)) for partition, parts in found.positions.items()}
        files = view.files(LEDGER.name)
        counted = [(file, _gone(view.rows(LEDGER.name, [file], columns=_ACCOUNTS), positions)) for file in files]
        accounted = sum(int(gone.sum()) for _, gone in counted)
        if accounted != found.count:
            self._discard(found)
            raise RebuildError(
                f"The ledger accounts for {accounted:,} of {found.count:,} records that are older than they are kept. Nothing "
                "was let go; `rtl verify` says what is wrong."
            )
        touched = [(file, gone) for file, gone in counted if gone.any()]
        adds: tuple[str, ...] = ()
        for file, gone in () if self._dry_run else touched:
            rows = _with_expired(view.rows(LEDGER.name, [file]), _COUNTED[found.table], gone, self._now)
            adds += written(view, LEDGER.name, rows)
        return Exchange(LEDGER.name, tuple(file.path for file, _ in touched), adds)

    def _discard(self, found: Prepared) -> None:
        """Delete what was written for a rewrite that is not made."""
        for table, adds in ((found.table, found.adds), (LEDGER.name, found.ledger.adds)):
            for path in adds:
                (self._lake.path(table) / path).unlink()


def _by_partition(rows: pa.Table, *columns: str) -> Iterator[tuple[_Partition, list[np.ndarray]]]:
    """For each tenant and source partition of these rows: the values of columns, and at last the rows' own places."""
    wanted = (*columns, "ordinal")
    numbered = rows.select([*_Partition._fields, *columns]).append_column("ordinal", pa.array(np.arange(len(rows))))
    found = numbered.group_by(list(_Partition._fields), use_threads=False).aggregate([(name, "list") for name in wanted])
    for number in range(len(found)):
        partition = _Partition(*(found[name][number].as_py() for name in _Partition._fields))
        yield partition, [found[f"{name}_list"][number].values.to_numpy() for name in wanted]


def _gone(ledger: pa.Table, positions: Mapping[_Partition, np.ndarray]) -> np.ndarray:
    """For each row of the ledger, how many of these positions it accounts for."""
    gone = np.zeros(len(ledger), np.int64)
    for partition, (first, last, rows) in _by_partition(ledger, "first_position", "last_position"):
        if (found := positions.get(partition)) is not None:
            gone[rows] = np.searchsorted(found, last, "right") - np.searchsorted(found, first)
    return gone


def _with_expired(ledger: pa.Table, counted_in: str, gone: np.ndarray, now: datetime) -> pa.Table:
    """Rows of the ledger with so many more records that were let go, by now."""
    touched = pa.array(gone > 0)
    counted = pc.add(pc.fill_null(ledger[counted_in], 0), pa.array(gone))
    new = {counted_in: counted, "expired_at": pa.scalar(now, LEDGER.schema.field("expired_at").type)}
    for name, values in new.items():
        column = LEDGER.schema.field(name)
        ledger = ledger.set_column(ledger.schema.get_field_index(name), column, pc.if_else(touched, values, ledger[name]))
    return ledger


class _Batches:
    """When the batch was complete that took a record, by the ledger."""

    def __init__(self, view: View) -> None:
        ledger = view.rows(LEDGER.name, view.files(LEDGER.name), columns=(*_ACCOUNTS, "committed_at")).sort_by("first_position")
        committed = ledger["committed_at"].cast(pa.int64())
        ledger = ledger.set_column(ledger.schema.get_field_index("committed_at"), "committed_at", committed)
        self._of = {
            partition: (first, at) for partition, (first, at, _) in _by_partition(ledger, "first_position", "committed_at")
        }

    def complete_at(self, rows: pa.Table) -> pa.ChunkedArray:
        """Of each of these rows of silver."""
        times = np.zeros(len(rows), np.int64)
        for partition, (positions, places) in _by_partition(rows, "position"):
            first, committed = self._of[partition]
            times[places] = committed[np.searchsorted(first, positions, "right") - 1]
        return pa.chunked_array([pa.array(times).cast(UTC_TIME)])


def _named(days: int | None) -> str:
    return "for ever" if days is None else f"for {days}"


def _of_tenant(would: str, tenant_id: str, count: int, floors: Floors) -> str:
    since = floors.of(tenant_id)
    return f"{would} {count:,} records of tenant {tenant_id}, taken in before {'' if since is None else isoformat(since)}"


def _since(floors: Floors) -> dict[str, str]:
    """Since when what was taken in is kept, by tenant; `*`: of all others."""
    named = {tenant: isoformat(floor) for tenant, floor in floors.of_tenants.items()}
    return named if floors.of_all is None else {"*": isoformat(floors.of_all), **named}
