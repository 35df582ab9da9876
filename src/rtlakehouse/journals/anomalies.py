"""What `gold.anomalies` is told: each anomaly once, and again where a correction makes it another, or none.

It is the difference between what there is to tell, by the figures as they are, and what the journal says. So nothing has to be
remembered for it to be right: what has been told already is not told again, and what a crash kept from being told is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

import pyarrow as pa

from rtlakehouse.anomalies.course import Courses
from rtlakehouse.anomalies.judging import Anomaly, anomaly_of
from rtlakehouse.anomalies.series import Span
from rtlakehouse.anomalies.watched import KPIS
from rtlakehouse.catalog import Reading, Snapshot
from rtlakehouse.catalog.reader import TableReader
from rtlakehouse.catalog.snapshot import Range
from rtlakehouse.clock import Clock
from rtlakehouse.journals import queries
from rtlakehouse.journals.changes import Changes, Files, changes, files_then
from rtlakehouse.journals.journal import News, Said, minute_before, worked_out
from rtlakehouse.medallion.journal import ANOMALIES
from rtlakehouse.medallion.table import Table
from rtlakehouse.ml import DEFAULT, detector
from rtlakehouse.ml.series import MINUTE
from rtlakehouse.storage.lake import Lake

__all__ = ["ToldAnomalies"]

# A lake with years to tell of is told of so much at once, so that other upkeep gets its turn.
_AT_ONCE = timedelta(weeks=4)
_MEMORY_MB, _GOLD_MB = 128, 64
# Where one of these is another than was told, it is told anew. A late event moves by a hair whatever was learned after it: where
# not even the words change there is nothing to tell.
_SAID = ("value", "severity", "reason")
_NEVER = datetime.min.replace(tzinfo=UTC)
_Row = dict[str, Any]


class ToldAnomalies:
    """A `Teller`. delay: after its end a minute is final. By the default detector alone, as alert rules take it."""

    def __init__(self, lake: Lake, clock: Clock, delay: timedelta) -> None:
        self._lake = lake
        self._clock = clock
        self._delay = delay
        self._detector = detector(DEFAULT)
        self._courses = Courses()
        self._known: tuple[datetime, set[str]] = (_NEVER, set())
        self._is_open = False
        self._looked = _NEVER
        self._told: tuple[Files | None, datetime | None] | None = None
        self._seen: Files = {}

    @property
    def table(self) -> Table:
        return ANOMALIES

    @property
    def kept_bytes(self) -> int:
        """Of what was learned."""
        return self._courses.nbytes

    @cached_property
    def _reader(self) -> TableReader:
        tables = (*ANOMALIES.sources, ANOMALIES.name)
        return TableReader(self._lake, self._clock, tables, memory_mb=_MEMORY_MB, gold_mb=_GOLD_MB)

    def is_due(self, now: datetime) -> bool:
        """Once a minute, as soon as one more is final."""
        return minute_before(now, self._delay) > self._looked

    def news(self, now: datetime, last: Said | None) -> News | None:
        self._looked = final = minute_before(now, self._delay)
        if self._is_open:
            # What was worked out last was not told: of what was learned then nothing says from what files it was.
            self._courses.forget()
        self._is_open = True
        snapshot = self._reader.snapshot()
        self._seen = {name: snapshot.files[name] for name in ANOMALIES.sources}
        if self._told is None:
            self._told = (files_then(self._lake, last.versions), last.through) if last else (None, None)
        before, through = self._told
        changed = changes(snapshot, before, ANOMALIES.sources)
        start = _earlier(changed.first, through)
        if start is None or start >= final:
            self._is_open = False
            return None
        end = min(final, start + _AT_ONCE)
        rows = list(self._rows(snapshot, changed, through, start, end))
        versions = {name: snapshot.versions[name] for name in ANOMALIES.sources}
        return News(pa.Table.from_pylist(rows, worked_out(ANOMALIES)), Said(versions, end))

    def keep(self, news: News) -> None:
        self._told = self._seen, news.said.through
        self._is_open = False

    def _rows(
        self, snapshot: Snapshot, changed: Changes, through: datetime | None, start: datetime, end: datetime
    ) -> Iterator[_Row]:
        bound = {"start": _naive(start), "end": _naive(end)}
        told: dict[str, dict[str, _Row]] = {}
        known = snapshot.query(queries.TOLD_ANOMALIES, bound, anomalies=(ANOMALIES.name, Range("window_start", start, end)))
        for row in known.to_pylist():
            told.setdefault(row["tenant_id"], {})[row["id"]] = row
        for tenant_id in sorted(told.keys() | self._courses.tenants | self._tenants(snapshot, start, end)):
            begun = _earlier(changed.of(tenant_id), through)
            if begun is None or begun >= end:
                continue
            reading = Reading(tenant_id, snapshot, end)
            # Of a time that gold has let go of what was told stays told.
            since = snapshot.kept_since(KPIS, tenant_id)
            first = _naive(begun) if since is None else max(_naive(begun), Span.first_whole(since))
            found = self._courses.told(reading, _naive(begun), Span.of(reading, first, bound["end"]))
            anomalies = {each.id: each for each in (anomaly_of(subject, self._detector, judged) for subject, judged in found)}
            last = {name: row for name, row in told.get(tenant_id, {}).items() if row["window_start"] >= first}
            yield from _differences(tenant_id, anomalies, last)

    def _tenants(self, snapshot: Snapshot, start: datetime, end: datetime) -> set[str]:
        """Those of whom anything is known by which these minutes are judged. Nothing before `start` has changed."""
        since = Span(_naive(start), _naive(end), _naive(end)).learned_from.replace(tzinfo=UTC)
        known_since, known = self._known
        first = start if since == known_since else since
        bound = {"start": _naive(first), "end": _naive(end)}
        rows = snapshot.query(queries.TENANTS, bound, kpis=(KPIS, Range("window_start", first, end)))
        found = set(rows["tenant_id"].to_pylist()) | (known if since == known_since else set())
        self._known = since, found
        return found


def _differences(tenant_id: str, found: Mapping[str, Anomaly], told: Mapping[str, _Row]) -> Iterator[_Row]:
    """Rows that make what is told what is found."""
    for name, anomaly in found.items():
        last = told.get(name)
        said = {
            **vars(anomaly),
            "severity": str(anomaly.severity),
            "metric": anomaly.metric.value,
            "dimension": anomaly.dimension and anomaly.dimension.value,
        }
        if last is None or last["withdrawn"] or any(last[each] != said[each] for each in _SAID):
            yield {
                **said,
                "tenant_id": tenant_id,
                "window_end": anomaly.window_start + MINUTE,
                "revision": last["revision"] + 1 if last else 1,
                "withdrawn": False,
                "detector": DEFAULT,
            }
    for name, last in told.items():
        if name not in found and not last["withdrawn"]:
            yield {**last, "revision": last["revision"] + 1, "withdrawn": True}


def _earlier(*times: datetime | None) -> datetime | None:
    return min((time for time in times if time is not None), default=None)


def _naive(time: datetime) -> datetime:
    return time.astimezone(UTC).replace(tzinfo=None)
