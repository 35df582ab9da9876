"""The state of hot windows: what each gold table's measures are now, and which values its distinct counts have seen.

A cache of silver, rebuilt from it on demand and dropped window by window, oldest use first, when it holds more values than
allowed. Adding a batch costs what the batch and the rows of its windows cost, however many events the windows hold.
"""

from __future__ import annotations

import itertools
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rtlakehouse.engines.embedded.hashed import HASH, HashedRows
from rtlakehouse.engines.embedded.plans import WindowPlan, plan
from rtlakehouse.engines.embedded.relations import relation
from rtlakehouse.medallion.table import Table

__all__ = ["WindowState"]

_WINDOW = "window_start"
_LOCAL_TIME = pa.timestamp("us")


class WindowState:
    """All resident windows of all gold tables."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, tables: Sequence[Table], max_members: int) -> None:
        self._states = [_TableState(connection, plan(table)) for table in tables]
        self._recent: OrderedDict[datetime, None] = OrderedDict()
        self._max_members = max_members

    def missing(self, windows: Sequence[datetime]) -> list[datetime]:
        """Those of the windows whose state is not here."""
        return [window for window in windows if window not in self._recent]

    def add(self, events: pa.Table) -> None:
        """Take over silver events that the state does not hold yet."""
        for state in self._states:
            state.add(events)

    def rows(self, windows: Sequence[datetime]) -> dict[str, pa.Table]:
        """All rows of these windows, by gold table. The windows count as resident from now on."""
        for window in windows:
            self._recent[window] = None
            self._recent.move_to_end(window)
        return {state.plan.table.name: state.rows(windows) for state in self._states}

    def shrink(self) -> None:
        """Drop the windows not used for longest until the state is within its bound."""
        while len(self._recent) > 1 and sum(state.members for state in self._states) > self._max_members:
            window, _ = self._recent.popitem(last=False)
            for state in self._states:
                state.drop(window)


class _TableState:
    """One gold table's resident windows."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, window_plan: WindowPlan) -> None:
        self.plan = window_plan
        self.members = 0
        self._connection = connection
        self._measures: dict[datetime, pa.Table] = {}
        self._seen: dict[datetime, HashedRows] = {}
        self._member_key = (*tuple(key for key in window_plan.keys if key != _WINDOW), "measure", "member")

    def add(self, events: pa.Table) -> None:
        with relation(self._connection, events=events):
            changes = self._connection.sql(_as_change(self.plan)).to_arrow_table()
            if self.plan.distinct:
                found = self._connection.sql(_hashed(self.plan, self._member_key)).to_arrow_table()
                changes = pa.concat_tables([changes, self._counts(self._fresh(found))])
        self._merge(changes)

    def rows(self, windows: Sequence[datetime]) -> pa.Table:
        held = [self._measures[window] for window in windows if window in self._measures]
        if not held:
            return self.plan.table.schema.empty_table()
        with relation(self._connection, measures=pa.concat_tables(held)):
            return self.plan.table.conform(_in_utc(self._connection.sql(self.plan.present).to_arrow_table()))

    def drop(self, window: datetime) -> None:
        self._measures.pop(window, None)
        seen = self._seen.pop(window, None)
        self.members -= seen.count if seen else 0

    def _fresh(self, found: pa.Table) -> pa.Table:
        """Those members that their window has not seen yet; they count as seen from now on."""
        fresh = [found.schema.empty_table()]
        for window, members in _by_window(found):
            seen = self._seen.get(window)
            if seen is None:
                seen = self._seen[window] = HashedRows(members.schema)
            elif len(known := seen.find(members, self._member_key).probe):
                members = members.filter(pa.array(~np.isin(np.arange(len(members)), known)))
            seen.add(members)
            self.members += len(members)
            fresh.append(members)
        return pa.concat_tables(fresh)

    def _counts(self, fresh: pa.Table) -> pa.Table:
        with relation(self._connection, fresh=fresh):
            return self._connection.sql(_as_counts(self.plan)).to_arrow_table()

    def _merge(self, changes: pa.Table) -> None:
        touched = _windows(changes)
        held = [self._measures[window] for window in touched if window in self._measures]
        with relation(self._connection, changes=pa.concat_tables([*held, changes])):
            merged = self._connection.sql(_merged(self.plan)).to_arrow_table()
        self._measures.update(_by_window(merged))


def _by_window(table: pa.Table) -> Iterator[tuple[datetime, pa.Table]]:
    """The table cut into its windows; the rows of a table from `_hashed` and `_merged` are ordered by window."""
    if not table.num_rows:
        return
    starts = table[_WINDOW].cast(pa.int64()).to_numpy()
    edges = [0, *(np.flatnonzero(np.diff(starts)) + 1).tolist(), len(starts)]
    for first, last in itertools.pairwise(edges):
        yield table[_WINDOW][first].as_py().replace(tzinfo=UTC), table.slice(first, last - first)


def _windows(table: pa.Table) -> list[datetime]:
    return [window.replace(tzinfo=UTC) for window in pc.unique(table[_WINDOW]).to_pylist()]


def _in_utc(table: pa.Table) -> pa.Table:
    """DuckDB works on UTC times without a zone, which it computes with much faster; the tables' times have one."""
    for i, field in enumerate(table.schema):
        if field.type == _LOCAL_TIME:
            table = table.set_column(i, field.name, table[field.name].cast(pa.timestamp("us", "UTC")))
    return table


def _types(window_plan: WindowPlan) -> dict[str, str]:
    schema = window_plan.table.schema
    names = window_plan.additive + window_plan.distinct
    return {n: "bigint" if schema.field(n).type == pa.int64() else "decimal(38, 4)" for n in names}


def _as_change(window_plan: WindowPlan) -> str:
    """Additive measures of the batch, with zeros for the distinct counts."""
    columns = [f"cast({name} as {kind}) as {name}" for name, kind in _types(window_plan).items() if name in window_plan.additive]
    columns += [f"cast(0 as bigint) as {name}" for name in window_plan.distinct]
    return f"select {', '.join((*window_plan.keys, *columns))} from ({window_plan.sums})"


def _as_counts(window_plan: WindowPlan) -> str:
    """Counts of fresh members, with zeros for the additive measures."""
    columns = [f"cast(0 as {kind}) as {name}" for name, kind in _types(window_plan).items() if name in window_plan.additive]
    columns += [f"cast(count(*) filter (measure = '{name}') as bigint) as {name}" for name in window_plan.distinct]
    return f"select {', '.join((*window_plan.keys, *columns))} from fresh group by {', '.join(window_plan.keys)}"


def _hashed(window_plan: WindowPlan, member_key: tuple[str, ...]) -> str:
    return f"select *, hash({', '.join(member_key)}) as {HASH} from ({window_plan.members}) order by {_WINDOW}"


def _merged(window_plan: WindowPlan) -> str:
    keys = ", ".join(window_plan.keys)
    sums = ", ".join(f"cast(sum({name}) as {kind}) as {name}" for name, kind in _types(window_plan).items())
    return f"select {keys}, {sums} from changes group by {keys} order by {_WINDOW}"
