"""Gold on Spark: each task works out what its files add to the windows, tasks after them what that comes to, the driver the rows.

A distinct count is the sum of the counts of values that are counted nowhere else. So values are dealt out by their hash: all
that the files say of one is in one task. See `engines/plans.py` for the queries.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
from pyspark.sql import SparkSession

from rtlakehouse.contract.statement import Connection, Statement, connected
from rtlakehouse.contract.times import in_utc
from rtlakehouse.engines.plans import plan
from rtlakehouse.engines.spark.hashes import HASH
from rtlakehouse.engines.spark.sharing import Results, collected, columns_of, result, shared, tables
from rtlakehouse.medallion.graph import GOLD
from rtlakehouse.medallion.silver import EVENTS
from rtlakehouse.medallion.table import Table

__all__ = ["GoldRows"]

_TIME = EVENTS.schema.field("event_time")
_MINUTE = timedelta(minutes=1)
_STORED = pa.schema([field for field in EVENTS.schema if field.name not in EVENTS.partition_by])
_READ = sorted({_TIME.name}.union(*(plan(table).columns for table in GOLD)))
_SHARE = "share"
_SUMS = columns_of(*(f"{table.short_name}_sums" for table in GOLD))
_ADDED = f"{_SUMS}, {columns_of(*(f'{table.short_name}_members' for table in GOLD))}, {_SHARE} int"


class GoldRows:
    """Works out all gold tables at once. Used by one thread at a time."""

    def __init__(self, session: SparkSession) -> None:
        self._session = session
        self._statements = _statements()

    def of(self, windows: Sequence[datetime], silver: Path, files: Sequence[Sequence[str]]) -> dict[str, pa.Table]:
        """All rows of these windows, which are in order. files: those of silver with events of them, a list for each task."""
        added = shared(self._session, files, _adding(silver, windows, len(files)), _ADDED)
        found = collected(added.repartition(len(files), _SHARE).mapInArrow(_merge, _SUMS))
        return {of.table.name: of.rows(pa.concat_tables(tables(found, of.sums_name))) for of in self._statements}


class _Statements:
    """Those of one gold table. Used by one thread at a time."""

    def __init__(self, connection: Connection, table: Table) -> None:
        found = plan(table)
        self.table = table
        self.sums_name, self.members_name = f"{table.short_name}_sums", f"{table.short_name}_members"
        self._columns = found.columns
        self._sum = Statement(connection, found.measured({name: name for name in found.additive}, f"({found.sums})"))
        listed = found.members or "select 0 as counted, '' as member from events where false"
        self._list = Statement(connection, f"select *, hash(counted, member) as {HASH} from ({listed})")
        once = f"(select * exclude ({HASH}, measures), bit_or(measures) as measures from members group by all)"
        parts = ["select * from sums", *([found.grouped(found.counts, once)] if found.distinct else [])]
        self._merge = Statement(connection, found.added_up(parts))
        self._present = Statement(connection, f"with measures as ({found.added_up(['select * from sums'])}) {found.present}")

    def added(self, events: pa.Table) -> tuple[pa.Table, pa.Table]:
        """What events add: their sums, and the values that are counted."""
        read = events.select(self._columns)
        return self._sum(events=read), self._list(events=read)

    def merged(self, sums: pa.Table, members: pa.Table) -> pa.Table:
        """The sums with the counts of the values; no others of the same values may be counted elsewhere."""
        return self._merge(sums=sums, members=members)

    def rows(self, sums: pa.Table) -> pa.Table:
        """The table's rows."""
        return self.table.conform(in_utc(self._present(sums=sums)))


@cache
def _statements() -> list[_Statements]:
    """For all tasks of a Python process, which has one at a time."""
    connection = connected()
    return [_Statements(connection, table) for table in GOLD]


def _adding(silver: Path, windows: Sequence[datetime], most: int) -> Callable[[Sequence[str]], Results]:
    """A function from files to what they add to the windows, in so many shares; the sums are in the first."""

    def add(paths: Sequence[str]) -> Results:
        events = _events(silver, paths, windows)
        found = [(of, *of.added(events)) for of in _statements()]
        for share in range(most):
            sums = {of.sums_name: rows.slice(0, 0 if share else None) for of, rows, _ in found}
            members = {of.members_name: _share(rows, share, most) for of, _, rows in found}
            yield result(**sums, **members).append_column(_SHARE, pa.array([share], pa.int32()))

    return add


def _share(members: pa.Table, share: int, most: int) -> pa.Table:
    return members.filter(pa.array(members[HASH].to_numpy() % np.uint64(most) == share)) if most > 1 else members


def _merge(added: Results) -> Results:
    if given := list(added):
        read = {of: (pa.concat_tables(tables(given, name)) for name in (of.sums_name, of.members_name)) for of in _statements()}
        yield result(**{of.sums_name: of.merged(*rows) for of, rows in read.items()})


def _events(silver: Path, paths: Sequence[str], windows: Sequence[datetime]) -> pa.Table:
    """What gold reads of the events of these windows."""
    happened, starts = ds.field(_TIME.name), pa.array(windows, _TIME.type)
    # By the first two conditions whole row groups are left out.
    within = (happened >= starts[0]) & (happened < pa.scalar(windows[-1] + _MINUTE))
    wanted = within & pc.floor_temporal(happened, unit="minute").isin(starts)
    files = ds.dataset([str(silver / path) for path in paths], schema=_STORED, format="parquet")
    return files.to_table(columns=_READ, filter=wanted)
