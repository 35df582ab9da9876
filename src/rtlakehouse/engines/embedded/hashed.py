"""An exact index over rows, by a 64-bit hash: what makes a trigger's cost follow its batch.

Rows are kept in a few runs sorted by hash; runs of similar size are merged, up to a size, so there are few and each row is merged
logarithmically often (a log-structured merge tree). A probe is a binary search a run. The hash only finds rows: that
they are equal is checked on the rows themselves, so two rows of one hash are never taken for each other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["HASH", "HashedRows", "Matches"]

HASH = "hash"
# A run is merged into the one before it unless that is this many times as large: 4 keeps runs few and merges rare.
_GROWTH = 4
# Larger runs are left alone: while two are merged, both and what becomes of them are in memory.
_MERGED_ROWS = 2_000_000

Indices = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]


@dataclass(frozen=True)
class Matches:
    """Pairs of equal rows: `probe[i]`, a row of the probing table, and row `i` of `rows`, one of the index."""

    probe: Indices
    rows: pa.Table


class HashedRows:
    """A growing bag of rows with a `hash` column. Rows are sorted when something is looked for, or when many are not yet."""

    def __init__(self, schema: pa.Schema) -> None:
        self._schema = schema
        self._runs: list[pa.Table] = []
        self._pending: list[pa.Table] = []
        self.count = 0

    def add(self, rows: pa.Table) -> None:
        if rows.num_rows:
            self._pending.append(rows)
            self.count += rows.num_rows
            if sum(waiting.num_rows for waiting in self._pending) >= _MERGED_ROWS:
                self._sort_pending()

    def find(self, probe: pa.Table, equal_on: tuple[str, ...]) -> Matches:
        """The pairs of a probing row and a row in the index that agree in all columns of `equal_on`."""
        self._sort_pending()
        hashes = _hashes(probe)
        found = [self._find_in(run, hashes, probe, equal_on) for run in self._runs]
        found = [match for match in found if len(match.probe)]
        if not found:
            return Matches(np.empty(0, np.int64), self._schema.empty_table())
        return Matches(np.concatenate([m.probe for m in found]), pa.concat_tables([m.rows for m in found]))

    def _sort_pending(self) -> None:
        if not self._pending:
            return
        self._runs.append(_sorted(self._pending))
        self._pending = []
        while len(self._runs) > 1 and self._runs[-2].num_rows < min(_GROWTH * self._runs[-1].num_rows, _MERGED_ROWS):
            last = self._runs.pop()
            self._runs[-1] = _sorted([self._runs[-1], last])

    @staticmethod
    def _find_in(run: pa.Table, hashes: Hashes, probe: pa.Table, equal_on: tuple[str, ...]) -> Matches:
        sorted_hashes = _hashes(run)
        first = np.searchsorted(sorted_hashes, hashes, "left")
        hit = np.flatnonzero(sorted_hashes[np.minimum(first, len(sorted_hashes) - 1)] == hashes)
        counts = np.searchsorted(sorted_hashes, hashes[hit], "right") - first[hit]
        probed = np.repeat(hit, counts)
        starts = np.repeat(first[hit] - np.concatenate([[0], np.cumsum(counts)[:-1]]), counts) if len(hit) else hit
        place = starts + np.arange(len(probed))
        return _verified(probed, run.take(pa.array(place)), probe, equal_on)


def _verified(probed: Indices, rows: pa.Table, probe: pa.Table, equal_on: tuple[str, ...]) -> Matches:
    if not len(probed):
        return Matches(probed, rows)
    candidates = probe.select(list(equal_on)).take(pa.array(probed))
    same = pa.array(np.ones(len(probed), bool))
    for name in equal_on:
        same = pc.and_(same, pc.equal(candidates[name], rows[name]).combine_chunks())
    return Matches(probed[same.to_numpy(zero_copy_only=False)], rows.filter(same))


def _sorted(tables: list[pa.Table]) -> pa.Table:
    table = pa.concat_tables(tables)
    # numpy's stable sort merges the sorted stretches that it finds; Arrow's would start from nothing.
    order = np.argsort(_hashes(table), kind="stable")
    return table.take(pa.array(order)).combine_chunks()


def _hashes(table: pa.Table) -> Hashes:
    return table[HASH].to_numpy()  # type: ignore[no-any-return]
