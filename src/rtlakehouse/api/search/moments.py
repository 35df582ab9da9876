"""When it looked like this before: a pure function of gold.kpis_1m at a version, and of the stretch that is asked about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa

from rtlakehouse.api.answers import Reading
from rtlakehouse.api.parameters import minute_of
from rtlakehouse.api.search import queries
from rtlakehouse.api.search.moment_schemas import FIGURES, Moment, MomentFigures, MomentParameters, Moments
from rtlakehouse.catalog.snapshot import Range
from rtlakehouse.search.moments import Alike, Floats, alike

__all__ = ["KPIS", "moments"]

KPIS = "gold.kpis_1m"
_MINUTE = timedelta(minutes=1)
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - naive UTC, as in the queries
_DIGITS = 4


@dataclass(frozen=True)
class _Past:
    """Figures of every minute from `start` on. first: the minute of the first event, before which nothing is compared."""

    start: datetime
    first: int
    counts: Floats
    length: int

    def bounds(self, end: int) -> dict[str, datetime]:
        last = (self.start + end * _MINUTE).replace(tzinfo=UTC)
        return {"start": last - self.length * _MINUTE, "end": last}

    def figures(self, end: int) -> MomentFigures:
        sums = self.counts[max(0, end - self.length) : end].sum(axis=0)
        return MomentFigures(**{name: int(value) for name, value in zip(FIGURES, sums, strict=True)})

    def alike(self, chosen: Sequence[str], limit: int) -> list[Alike]:
        """The stretches most like the last one, their ends as minutes since `start`."""
        known = self.counts[self.first :, [FIGURES.index(name) for name in chosen]]
        if len(known) < self.length:
            return []
        return [Alike(self.first + each.end, each.difference) for each in alike(known, self.length, limit)]


def moments(reading: Reading, wanted: MomentParameters) -> Moments:
    """The stretches most like the one that is asked about."""
    past = _past(reading, wanted)
    chosen, end = list(FIGURES) if wanted.metric is None else [wanted.metric], len(past.counts)
    data = [
        Moment(**past.bounds(each.end), difference=round(each.difference, _DIGITS), figures=past.figures(each.end))
        for each in past.alike(chosen, wanted.limit)
    ]
    looked_back_to = (past.start + past.first * _MINUTE).replace(tzinfo=UTC)
    return Moments(**past.bounds(end), looked_back_to=looked_back_to, metrics=chosen, figures=past.figures(end), data=data)


def _past(reading: Reading, wanted: MomentParameters) -> _Past:
    newest = reading.snapshot.newest_window(reading.tenant_id)
    end = max(_EPOCH, minute_of(wanted.at) if wanted.at else (newest or _EPOCH) + _MINUTE)
    start = max(_EPOCH, end - timedelta(days=wanted.days))
    first, counts = _counted(_rows(reading, start, end), start, (end - start) // _MINUTE)
    return _Past(start, first, counts, wanted.length_minutes)


def _rows(reading: Reading, start: datetime, end: datetime) -> pa.Table:
    bound = {"tenant": reading.tenant_id, "start": start, "end": end}
    only = Range("window_start", start.replace(tzinfo=UTC), end.replace(tzinfo=UTC))
    return reading.snapshot.query(queries.MINUTES, bound, kpis=(KPIS, only))


def _counted(rows: pa.Table, start: datetime, minutes: int) -> tuple[int, Floats]:
    """The minute of the first event, and the figures of every minute since `start`; where nothing happened they are 0."""
    counts = np.zeros((minutes, len(FIGURES)))
    places = [(at - start) // _MINUTE for at in rows["window_start"].to_pylist()]
    for column, name in enumerate(FIGURES):
        counts[places, column] = rows[name].to_numpy()
    return (places[0] if places else minutes), counts
