"""What would become of records of quarantine that are patched and received again, by the rules that the engine goes by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from rtlakehouse.api.answers import Reading
from rtlakehouse.api.formats import plain
from rtlakehouse.api.quarantine import queries
from rtlakehouse.catalog.files import local_times
from rtlakehouse.catalog.snapshot import Range
from rtlakehouse.contract.contract import load
from rtlakehouse.contract.refine import Limits, Refined, refine
from rtlakehouse.contract.statement import connected
from rtlakehouse.medallion.bronze import EVENTS as BRONZE
from rtlakehouse.medallion.bronze import REPAIR
from rtlakehouse.medallion.gold import TABLES as GOLD
from rtlakehouse.medallion.rounds import Rounds
from rtlakehouse.medallion.silver import EVENTS as SILVER
from rtlakehouse.medallion.table import Table

__all__ = ["EFFECT_TABLES", "Trial", "effect_of", "tried"]

EFFECT_TABLES = tuple(table.name for table in GOLD)
_UTC = pa.timestamp("us", "UTC")
_MINUTE = timedelta(minutes=1)
_SHOWN = 20
_PREVIEW = 1_000


@dataclass(frozen=True)
class Trial:
    """Records that were looked at (in order, with what they were), each as patched or None, and what the rules say of them.

    rows: of bronze, those of them that were patched; their position is their place among the records. duplicates: places.
    """

    selected: pa.Table
    patched: Sequence[bytes | None]
    rows: pa.Table
    refined: Refined
    duplicates: frozenset[int]

    @property
    def admitted(self) -> pa.Table:
        """The rows that would leave quarantine: those that the contract accepts, duplicates among them, in order."""
        places = pc.index_in(self.refined.accepted["position"], self.rows["position"])
        return self.rows.take(places.combine_chunks().sort()) if len(places) else self.rows.slice(0, 0)

    @property
    def kept(self) -> pa.Table:
        """The events that silver would get."""
        return self.refined.accepted.filter(
            pc.invert(pc.is_in(self.refined.accepted["position"], pa.array(sorted(self.duplicates), pa.int64())))
        )

    @property
    def reasons(self) -> Counter[str]:
        """Why records stay, those that cannot be patched with what they were rejected for."""
        return Counter(reason for reasons in self._rejected.values() for reason in reasons)

    @property
    def still_rejected(self) -> int:
        return len(self._rejected)

    @property
    def _rejected(self) -> dict[int, list[str]]:
        found = dict(zip(*(self.refined.rejected[name].to_pylist() for name in ("position", "reasons")), strict=True))
        before = self.selected["reasons"].to_pylist()
        return found | {place: before[place] for place, raw in enumerate(self.patched) if raw is None}

    def samples(self) -> list[dict[str, Any]]:
        """The first records with what they were and what they would be: some of each fate."""
        events = {row["position"]: row for row in self.refined.accepted.to_pylist()}
        rejected = self._rejected
        taken: Counter[str] = Counter()
        found = []
        for place, (record, raw) in enumerate(zip(self.selected["raw"].to_pylist(), self.patched, strict=True)):
            fate = "quarantined" if place in rejected else "duplicate" if place in self.duplicates else "accepted"
            taken[fate] += 1
            if taken[fate] <= _SHOWN // 3:
                event = _as_json(events.get(place))
                shown = {"before": _shown(record), "after": None if raw is None else _shown(raw), "event": event}
                found.append(
                    {"id": self.selected["id"][place].as_py(), "fate": fate, "reasons": rejected.get(place, []), **shown}
                )
        return found


def tried(
    reading: Reading, selected: pa.Table, patched: Sequence[bytes | None], now: datetime, limits: Limits, window: timedelta
) -> Trial:
    """What the row rules and deduplication say of these records. window: of deduplication."""
    rows = _bronze_rows(selected, patched, now)
    refined = refine(rows, load(), limits, reading.snapshot.floors["silver"].shifted(window))
    return Trial(selected, patched, rows, refined, _duplicates(reading, refined.accepted, window))


def _bronze_rows(selected: pa.Table, patched: Sequence[bytes | None], now: datetime) -> pa.Table:
    """The patched records as bronze would have them, received when they were: how late an event is, is a fact of its own."""
    places = [place for place, raw in enumerate(patched) if raw is not None]
    originals = selected.take(pa.array(places, pa.int64()))
    count = len(places)
    return BRONZE.conform(
        pa.table(
            {
                "tenant_id": originals["tenant_id"],
                "source": pa.repeat(REPAIR, count),
                "topic": pa.repeat("", count),
                "partition": pa.repeat(pa.scalar(0, pa.int32()), count),
                "position": pa.array(places, pa.int64()),
                "key": originals["id"].cast(pa.binary()),
                "headers": pa.nulls(count, pa.string()),
                "received_at": originals["received_at"].cast(_UTC),
                "ingested_at": pa.repeat(pa.scalar(now, _UTC), count),
                "raw": pa.array([patched[place] for place in places], pa.binary()),
            }
        )
    )


def _duplicates(reading: Reading, accepted: pa.Table, window: timedelta) -> frozenset[int]:
    """The places of the events that are duplicates: of accepted ones, or of each other."""
    if not accepted.num_rows:
        return frozenset()
    candidates = pa.table(
        {
            "ordinal": accepted["position"],
            **{name: accepted[name] for name in ("tenant_id", "event_id")},
            "event_time_us": accepted["event_time"].cast(pa.int64()),
            **{name: accepted[name] for name in ("source", "topic", "partition", "position")},
        }
    ).sort_by("ordinal")
    first, last = _bounds(accepted["event_time"])
    near = ("silver.events", Range("event_time", _shifted(first, -window), _shifted(last, window)))
    before = reading.snapshot.query(queries.SAME_IDS, candidates=candidates, events=near)
    known = before.select(candidates.column_names[1:]).cast(candidates.schema.remove(0))
    with connected() as connection:
        found = Rounds(connection, window).duplicates(candidates, known)
    return frozenset(found["ordinal"].to_pylist())


def effect_of(reading: Reading, trial: Trial) -> dict[str, Any]:
    """The minutes of gold that would change, and their rows before and after, by gold's own SQL."""
    kept = trial.kept
    if not kept.num_rows:
        return {"windows": 0, "tables": []}
    starts = pc.unique(pc.floor_temporal(kept["event_time"].cast(pa.timestamp("us")), unit="minute"))
    minutes = pa.table({"window_start": starts})
    first, last = _bounds(starts.cast(_UTC))
    bound = {"tenant": reading.tenant_id}
    happened = ("silver.events", Range("event_time", first, _shifted(last, _MINUTE)))
    there = reading.snapshot.query(queries.TOUCHED, bound, events=happened, minutes=minutes)
    more = local_times(SILVER.conform(kept)).select(there.column_names).cast(there.schema)
    events = pa.concat_tables([there, more])
    tables = [_changes(reading, table, events, minutes, Range("window_start", first, last)) for table in GOLD]
    return {"windows": len(starts), "tables": tables}


def _changes(reading: Reading, table: Table, events: pa.Table, minutes: pa.Table, within: Range) -> dict[str, Any]:
    snapshot = reading.snapshot
    before = snapshot.query(queries.WITHIN, {"tenant": reading.tenant_id}, found=(table.name, within), minutes=minutes)
    after = snapshot.query(table.query, events=events)
    both = {"before": _conformed(table, before), "after": _conformed(table, after)}
    rows = snapshot.query(queries.changes(table), {"limit": _SHOWN}, **both).to_pylist()
    changes = [{"before": _as_json(_there(row["then"])), "after": _as_json(row["now"])} for row in rows]
    return {"table": table.name, "rows": rows[0]["rows"] if rows else 0, "changes": changes}


def _conformed(table: Table, rows: pa.Table) -> pa.Table:
    return local_times(table.conform(rows))


def _there(row: dict[str, Any] | None) -> dict[str, Any] | None:
    """What an outer join found of its right side; it may be a row of nulls."""
    return row if row and row["window_start"] is not None else None


def _as_json(row: dict[str, Any] | None) -> dict[str, Any] | None:
    """Without what only tells whose it is, and where a record that is not there yet would be."""
    hidden = ("tenant_id", "source", "topic", "partition", "position")
    return row and {name: plain(value) for name, value in row.items() if name not in hidden}


def _shown(raw: bytes) -> str:
    return str(plain(raw))[:_PREVIEW]


def _bounds(times: pa.ChunkedArray | pa.Array) -> tuple[datetime, datetime]:
    found = pc.min_max(times).as_py()
    return found["min"], found["max"]


def _shifted(instant: datetime, by: timedelta) -> datetime:
    """So much later, as far as there are times."""
    try:
        return instant + by
    except OverflowError:
        return instant
