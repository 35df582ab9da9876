"""Bronze's records judged anew, and what of that silver does not have so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rtlakehouse.contract.refine import Refined, Refiner
from rtlakehouse.contract.statement import Connection, Statement
from rtlakehouse.errors import CorruptionError
from rtlakehouse.medallion.bronze import EVENTS as BRONZE
from rtlakehouse.medallion.ops import LEDGER
from rtlakehouse.medallion.silver import DUPLICATES, EVENTS, QUARANTINE
from rtlakehouse.medallion.table import UTC_TIME
from rtlakehouse.mending.queries import CHANGED_EVENTS, CHANGED_REJECTIONS
from rtlakehouse.mending.view import PLACE, Span, View, at_places, keys_of
from rtlakehouse.storage.data_files import read_file
from rtlakehouse.storage.log import DataFile

__all__ = ["Differences", "Judge", "candidates", "old_rows", "processed"]

_DONE = ("source", "topic", "partition")
# Of events that are to be decided about.
CANDIDATES = pa.schema([*EVENTS.schema, pa.field("ingested_at", UTC_TIME), pa.field("settled", pa.bool_())])


@dataclass
class Differences:
    """Records whose row in silver is to be another one.

    events: those that are to be accepted or duplicates, each with when it was ingested and whether it goes before others of its
    id (`settled`). rejections: those that are to be rejected. duplicates: rows of those that can be nothing but duplicates.
    """

    events: list[pa.Table] = field(default_factory=lambda: [CANDIDATES.empty_table()])
    rejections: list[pa.Table] = field(default_factory=lambda: [QUARANTINE.schema.empty_table()])
    duplicates: list[pa.Table] = field(default_factory=lambda: [DUPLICATES.schema.empty_table()])
    records: int = 0

    @property
    def count(self) -> int:
        return sum(table.num_rows for table in (*self.events, *self.rejections, *self.duplicates))


class Judge:
    """Judges records. Used by one thread at a time. window: of deduplication."""

    def __init__(self, connection: Connection, refiner: Refiner, window: timedelta) -> None:
        self._refiner = refiner
        self._window = window
        self._events = Statement(connection, CHANGED_EVENTS)
        self._rejections = Statement(connection, CHANGED_REJECTIONS)

    def differences(self, view: View, files: Sequence[str], span: Span, found: Differences) -> None:
        """Add to `found` what differs of the records in these files of bronze that are in the ledger."""
        records = processed(view, _read(view, files))
        if not records.num_rows:
            return
        found.records += records.num_rows
        refined = self._refiner.refine(records, ("ingested_at",))
        present = {name: view.positioned(f"silver.{name}", records) for name in ("events", "duplicates", "quarantine")}
        bounds = pa.table({"first": [_naive(span.start)], "last": [_naive(span.end)]})
        refined = self._without_expired(view, refined, present["quarantine"])
        accepted, rejected = _numbered(EVENTS.conform(refined.accepted)), _numbered(QUARANTINE.conform(refined.rejected))
        events = self._events(accepted=accepted, span=bounds, **present)
        rejections = self._rejections(rejected=rejected, span=bounds, **present)
        found.events.append(candidates(refined.accepted.take(events["ordinal"]), events["settled"]))
        found.rejections.append(QUARANTINE.conform(refined.rejected.take(rejections["ordinal"])))

    def again(self, view: View, places: pa.Table) -> Refined:
        """What the rules say of the records at these places: what happened in windows that are settled counts no more."""
        near = [file.path for file in _around(view, places)]
        records = _read(view, near)
        return self._refiner.refine(records.filter(at_places(records, keys_of(places))), ("ingested_at",), view.settled)

    def _without_expired(self, view: View, refined: Refined, quarantine: pa.Table) -> Refined:
        """Without what is in quarantine and happened when it cannot be told any more whether it is a duplicate."""
        floors, accepted = view.settled.shifted(self._window), refined.accepted
        if floors.latest is None:
            return refined
        stays = pc.and_(floors.older(accepted["tenant_id"], accepted["event_time"]), at_places(accepted, keys_of(quarantine)))
        return replace(refined, accepted=accepted.filter(pc.invert(stays)))


def candidates(events: pa.Table, settled: pa.Array | pa.ChunkedArray) -> pa.Table:
    """Events with the columns of `CANDIDATES`."""
    return events.append_column("settled", settled).select(CANDIDATES.names).cast(CANDIDATES)


def processed(view: View, records: pa.Table) -> pa.Table:
    """Those of the records that the ledger accounts for."""
    ledger = view.rows(LEDGER.name, view.files(LEDGER.name), columns=(*_DONE, "last_position"))
    last = ledger.group_by(list(_DONE)).aggregate([("last_position", "max")])
    of = {tuple(row[name] for name in _DONE): row["last_position_max"] for row in last.to_pylist()}
    groups = records.select(list(_DONE)).group_by(list(_DONE)).aggregate([]).to_pylist()
    if len(groups) == 1:
        upto = of.get(tuple(groups[0][name] for name in _DONE), -1)
        return records.filter(pc.less_equal(records["position"], upto))
    there = zip(*(records[name].to_pylist() for name in PLACE), strict=True)
    mask = np.fromiter((place[3] <= of.get(place[:3], -1) for place in there), bool, len(records))
    return records.filter(pa.array(mask))


def old_rows(view: View, places: pa.Table) -> dict[str, pa.Table]:
    """The rows that each table of silver has at these places."""
    return {table.name: view.at(table.name, places) for table in (EVENTS, QUARANTINE, DUPLICATES)}


def _around(view: View, places: pa.Table) -> list[DataFile]:
    bounds = pc.min_max(places["position"]).as_py()
    return view.within(BRONZE.name, "position", bounds["min"], bounds["max"])


def _read(view: View, files: Sequence[str]) -> pa.Table:
    folder = view.lake.path(BRONZE.name)
    tables = [BRONZE.schema.empty_table(), *(_file(folder / path) for path in files)]
    return pa.concat_tables(tables)


def _file(path: Path) -> pa.Table:
    try:
        return BRONZE.conform(read_file(path))
    except (OSError, pa.ArrowInvalid) as error:
        raise CorruptionError(f"{path} cannot be read ({error}), so nothing can be rebuilt from it. Run `rtl doctor`.") from error


def _numbered(rows: pa.Table) -> pa.Table:
    return rows.append_column("ordinal", pa.array(np.arange(len(rows))))


def _naive(instant: datetime) -> datetime:
    return instant.replace(tzinfo=None)
