"""Retention: tables let go of what is not to be kept any longer, in whole days of UTC.

- bronze, of a record by when it was taken in (`ingested_at`), once silver has it;
- quarantine, by when the batch was complete that rejected it, once bronze has let go of it: so each record of bronze has a fate;
- silver, of an event by when it happened, and of its duplicates with it, once bronze has let go of all of them. From then on that
  tenant's windows of that day are settled: their rows in gold stay as they are, and what comes late for them is rejected;
- gold, of a window once it is settled.

A file of which all goes is dropped from the table; one that holds others too is written anew without what goes. The ledger says
in the same rewrite (storage/rewrite.py) how many records of each batch are gone, so that nothing of what is missing looks lost.
What it reads and writes it may read and write beside batches; `commit` is to be called between two of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rtlakehouse.clock import isoformat
from rtlakehouse.contract.floors import Floors
from rtlakehouse.errors import RebuildError
from rtlakehouse.failpoints import failpoint
from rtlakehouse.medallion.bronze import EVENTS as BRONZE
from rtlakehouse.medallion.bronze import REPAIR
from rtlakehouse.medallion.graph import GOLD
from rtlakehouse.medallion.ops import LEDGER
from rtlakehouse.medallion.silver import DUPLICATES, EVENTS, QUARANTINE
from rtlakehouse.medallion.table import UTC_TIME
from rtlakehouse.mending.backfill import Rules
from rtlakehouse.mending.copies import Copies
from rtlakehouse.mending.exchanging import published, reached, rewritten_ledger, written
from rtlakehouse.mending.expired import expired
from rtlakehouse.mending.going import ACCOUNTS, Going, by_partition, gone, ordered, with_gone
from rtlakehouse.mending.terms import Keeping
from rtlakehouse.mending.view import PLACE, View
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.log import DataFile, follow
from rtlakehouse.storage.rewrite import Exchange, begin_rewrite

__all__ = ["Prepared", "Retention"]

_SEEN = ("tenant_id", *PLACE, "ingested_at")
_HAPPENED = ("tenant_id", *PLACE, "event_time", "is_late")
_WINDOW = "window_start"
# Of one rewrite: some bytes of each are in memory until it is done, and of silver's whole keys.
_RECORDS_AT_ONCE, _EVENTS_AT_ONCE = 5_000_000, 1_000_000
_NOTHING = "Nothing is older than it is kept."


@dataclass
class Prepared:
    """What is to go, of one table or of several that go together. floors: what is before these goes; `time`: before by what.

    copies: the duplicates of events that go.
    """

    floors: Floors
    time: str
    parts: list[Going]
    copies: Copies | None = None
    ledger: Exchange = field(default_factory=lambda: Exchange(LEDGER.name, (), ()))

    @property
    def count(self) -> int:
        return sum(part.count for part in self.parts)

    @property
    def files(self) -> Iterator[tuple[str, Sequence[str], Sequence[str]]]:
        """Of each table, the ledger among them, the files that go and those that come."""
        yield from ((part.table, part.removes, part.adds) for part in self.parts)
        yield self.ledger.table, self.ledger.removes, self.ledger.adds


class Retention:
    """Letting go of what is older than the terms say at this moment. dry_run: nothing is written.

    rules: by which the engine judges what comes. Raises UsageError for terms that do not go together.
    """

    def __init__(self, lake: Lake, keeping: Keeping, now: datetime, rules: Rules, *, dry_run: bool = False) -> None:
        keeping.require_possible(rules)
        self._lake, self._keeping, self._now, self._rules, self._dry_run = lake, keeping, now, rules, dry_run
        # Files that were looked at and hold nothing more that goes. A file never changes.
        self._clean: set[str] = set()

    def run(self) -> list[dict[str, Any]]:
        """All of it, in as many rewrites as it takes; what was done, or would be: without a table where that is nothing."""
        rows: list[dict[str, Any]] = []
        while (found := self.prepare()) is not None:
            rows += self.told(found) if self._dry_run else self.commit(found)
        if not self._keeping.are_set:
            return [{"action": "retain", "detail": "Everything is kept for ever: `retention_days` is not set."}]
        return rows or [{"action": "retain", "detail": _NOTHING}]

    def prepare(self) -> Prepared | None:
        """Find what goes, some millions of records at once, and write what stays of its files; None where nothing goes."""
        view = View(self._lake)
        for find in (self._of_bronze, self._of_quarantine, self._of_silver, self._of_gold):
            found = find(view)
            if found is not None and found.count:
                found.ledger = self._accounted(view, found)
                return found
        return None

    def _of_bronze(self, view: View) -> Prepared | None:
        floors, part = self._keeping.bronze.floors(self._now), Going(BRONZE.name)
        if floors.latest is None or not self._lake.processed():
            return None
        until = min(floors.latest, self._first_waiting())
        for file in self._old(view, BRONZE.name, "ingested_at", until):
            seen = view.rows(BRONZE.name, [file], columns=_SEEN)
            going = pc.and_(
                floors.older(seen["tenant_id"], seen["ingested_at"]), pc.less(seen["ingested_at"], pa.scalar(until, UTC_TIME))
            )
            self._take(view, file, seen, pc.and_(going, _unrepaired(seen)), part)
            if part.count > _RECORDS_AT_ONCE:
                break
        return Prepared(floors, "taken in", [part])

    def _of_quarantine(self, view: View) -> Prepared | None:
        floors, part = self._keeping.quarantine.floors(self._now), Going(QUARANTINE.name)
        if floors.latest is None:
            return None
        batches = _Batches(view)
        for file in (file for file in view.files(QUARANTINE.name) if file.path not in self._clean):
            seen = view.rows(QUARANTINE.name, [file], columns=("tenant_id", *PLACE))
            going = pc.and_(floors.older(seen["tenant_id"], batches.complete_at(seen)), _unrepaired(seen))
            self._take(view, file, seen, pc.and_(going, self._is_out_of_bronze(view, seen)), part)
        return Prepared(floors, "taken in", [part])

    def _of_silver(self, view: View) -> Prepared | None:
        floors = self._silver_floors(view)
        if floors.latest is None:
            return None
        part = Going(EVENTS.name, floors.progress)
        copies = Copies(view, floors.latest + self._rules.dedupe_window, self._is_out_of_bronze)
        for file in self._old(view, EVENTS.name, "event_time", floors.latest):
            seen = view.rows(EVENTS.name, [file], columns=_HAPPENED)
            old = seen.append_column("ordinal", pa.array(np.arange(len(seen)))).filter(
                floors.older(seen["tenant_id"], seen["event_time"])
            )
            old = old.filter(_unrepaired(old))
            old = old.filter(pc.and_not(self._is_out_of_bronze(view, old), copies.hold(old)))
            copies.follow(old)
            going = np.zeros(len(seen), bool)
            going[old["ordinal"].to_numpy()] = True
            self._take(view, file, seen, pa.chunked_array([pa.array(going)]), part)
            if part.count > _EVENTS_AT_ONCE:
                break
        return Prepared(floors, "that happened", [part, copies.going(dry_run=self._dry_run)], copies)

    def _silver_floors(self, view: View) -> Floors:
        """Of what waits in bronze nothing may have become too old for silver while it waited."""
        return view.settled.raised(self._keeping.silver.floors(min(self._now, self._first_waiting())))

    def _of_gold(self, view: View) -> Prepared | None:
        settled = self._silver_floors(view) if self._dry_run else view.settled
        wanted = self._keeping.gold.floors(self._now).bounded(settled)
        parts = []
        for table in GOLD:
            floors = self._lake.kept_since(table.name).raised(wanted)
            part = Going(table.name, floors.progress)
            for file in () if floors.latest is None else self._old(view, table.name, _WINDOW, floors.latest):
                seen = view.rows(table.name, [file], columns=("tenant_id", _WINDOW))
                self._take(view, file, seen, floors.older(seen["tenant_id"], seen[_WINDOW]), part)
            parts.append(part)
        return Prepared(wanted, "of minutes", parts)

    def commit(self, found: Prepared) -> list[dict[str, Any]]:
        """Let go of it. Where upkeep has rearranged its files meanwhile, nothing is done: it is for another time."""
        view = View(self._lake)
        if table := self._overtaken(view, found):
            self._discard(found)
            return [{"table": table, "action": "retain", "detail": "its files were rearranged; it is tried again later"}]
        parts = [part for part in found.parts if part.removes]
        versions = reached(view, [part.table for part in parts])
        records = {part.table: dict(part.records) for part in parts}
        said = {"rewrite": "retain", "records": records, "since": _since(found.floors)}
        failpoint("before_retention_rewrite")
        begin_rewrite(self._lake, published(view, [_exchange(part, said) for part in parts], found.ledger, versions, said))
        return self.told(found)

    def told(self, found: Prepared) -> list[dict[str, Any]]:
        """What goes, by table and tenant, and what that is in files."""
        would = "would let go of" if self._dry_run else "let go of"
        return [
            {"table": part.table, "action": "retain", "detail": detail}
            for part in found.parts
            if part.count
            for detail in _details(would, part, found)
        ]

    def _first_waiting(self) -> datetime:
        """When the first record was taken in that silver has yet to take; now where none waits."""
        waits = follow(self._lake.path(BRONZE.name), self._lake.processed())
        taken = (file.lowest["ingested_at"] for commit in waits if commit.data_change for file in commit.adds if file.rows)
        return min(taken, default=self._now)

    def _is_out_of_bronze(self, view: View, rows: pa.Table) -> pa.ChunkedArray:
        """Which of these rows of silver bronze has let go of. A dry run has left there what goes first."""
        return pa.chunked_array([pa.repeat(True, len(rows))]) if self._dry_run else expired(view, rows)

    def _old(self, view: View, table: str, column: str, until: datetime) -> Iterator[DataFile]:
        files = (file for file in view.files(table) if file.path not in self._clean)
        return (file for file in files if file.lowest.get(column, until) < until)

    def _take(self, view: View, file: DataFile, seen: pa.Table, going: pa.ChunkedArray, part: Going) -> None:
        """Add to `part` those rows of a file that go."""
        self._clean.add(file.path)
        part.take(view, file, seen, going, self._dry_run)

    def _accounted(self, view: View, found: Prepared) -> Exchange:
        """The ledger with what goes of each of its rows. Raises RebuildError where a record is in none of them."""
        counted = {column: ordered(positions) for part in found.parts for column, positions in part.positions.items()}
        if not counted:
            return Exchange(LEDGER.name, (), ()) if self._dry_run else rewritten_ledger(view)
        removes: list[str] = []
        adds: tuple[str, ...] = ()
        accounted = dict.fromkeys(counted, 0)
        for file in view.files(LEDGER.name):
            accounts = view.rows(LEDGER.name, [file], columns=ACCOUNTS)
            counts = {column: gone(accounts, positions) for column, positions in counted.items()}
            accounted = {column: accounted[column] + int(found.sum()) for column, found in counts.items()}
            if not any(found.any() for found in counts.values()):
                continue
            removes.append(file.path)
            if not self._dry_run:
                adds += written(view, LEDGER.name, with_gone(view.rows(LEDGER.name, [file]), counts, self._now))
        exchange = Exchange(LEDGER.name, tuple(removes), adds)
        for column, positions in counted.items():
            if accounted[column] != (count := sum(map(len, positions.values()))):
                found.ledger = exchange
                self._discard(found)
                raise RebuildError(
                    f"The ledger accounts for {accounted[column]:,} of {count:,} records that are older than they are kept. "
                    "Nothing was let go; `rtl verify` says what is wrong."
                )
        return exchange

    def _overtaken(self, view: View, found: Prepared) -> str:
        """The table whose files are not any more what was prepared; empty where there is none."""
        if found.copies is not None and found.copies.came_since(view):
            return DUPLICATES.name
        live = {table: {file.path for file in view.files(table)} for table, *_ in found.files}
        return next((table for table, removes, _ in found.files if not live[table].issuperset(removes)), "")

    def _discard(self, found: Prepared) -> None:
        """Delete what was written for a rewrite that is not made."""
        for table, _, adds in found.files:
            for path in adds:
                (self._lake.path(table) / path).unlink()


class _Batches:
    """When the batch was complete that took a record, by the ledger."""

    def __init__(self, view: View) -> None:
        ledger = view.rows(LEDGER.name, view.files(LEDGER.name), columns=(*ACCOUNTS, "committed_at")).sort_by("first_position")
        committed = ledger["committed_at"].cast(pa.int64())
        ledger = ledger.set_column(ledger.schema.get_field_index("committed_at"), "committed_at", committed)
        self._of = {
            partition: (first, at) for partition, (first, at, _) in by_partition(ledger, "first_position", "committed_at")
        }

    def complete_at(self, rows: pa.Table) -> pa.ChunkedArray:
        """Of each of these rows of silver."""
        times = np.zeros(len(rows), np.int64)
        for partition, (positions, places) in by_partition(rows, "position"):
            first, committed = self._of[partition]
            times[places] = committed[np.searchsorted(first, positions, "right") - 1]
        return pa.chunked_array([pa.array(times).cast(UTC_TIME)])


def _unrepaired(rows: pa.Table) -> pa.ChunkedArray:
    """What was taken out of quarantine, by whom and how is told by the records of repairs, and nowhere else: these stay."""
    return pc.not_equal(rows["source"], REPAIR)


def _exchange(part: Going, said: Mapping[str, Any]) -> Exchange:
    # Who appends to bronze is not in conflict, and has nothing to read.
    return Exchange(
        part.table, tuple(part.removes), part.adds, dict(part.progress), dict(said), same_places=part.table == BRONZE.name
    )


def _details(would: str, part: Going, found: Prepared) -> Iterator[str]:
    for tenant, count in sorted(part.records.items()):
        since = found.floors.of(tenant)
        yield f"{would} {count:,} records of tenant {tenant}, {found.time} before {'' if since is None else isoformat(since)}"
    rewritten = len(part.removes) - part.whole
    yield f"{would} {part.whole:,} files whole, and {rewritten:,} that are written anew; about {part.bytes:,} bytes"


def _since(floors: Floors) -> dict[str, str]:
    """Since when it is kept, by tenant; `*`: of all others."""
    named = {tenant: isoformat(floor) for tenant, floor in floors.of_tenants.items() if floor is not None}
    return named if floors.of_all is None else {"*": isoformat(floors.of_all), **named}
