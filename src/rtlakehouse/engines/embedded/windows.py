"""The state of hot windows: what each gold table's rows are now, and which values its distinct counts have seen.

A cache of silver, rebuilt from it on demand and dropped window by window, oldest use first, when it holds more values than
allowed. Adding a batch costs what the batch and the rows of its windows cost, however many events the windows hold.
"""

from __future__ import annotations

import itertools
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rtlakehouse.contract.statement import Statement
from rtlakehouse.contract.times import in_utc
from rtlakehouse.engines.embedded.hashed import HASH, HashedRows, Matches
from rtlakehouse.engines.plans import WindowPlan, plan
from rtlakehouse.medallion.table import Table

__all__ = ["WindowState"]

_WINDOW = "window_start"
_MEASURES = "measures"


class WindowState:
    """All resident windows of all gold tables, each table's in a thread of its own."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, tables: Sequence[Table], max_members: int, threads: ThreadPoolExecutor
    ) -> None:
        self._states = [_TableState(connection, plan(table)) for table in tables]
        self._threads = threads
        self._recent: OrderedDict[datetime, None] = OrderedDict()
        self._max_members = max_members

    def missing(self, windows: Sequence[datetime]) -> list[datetime]:
        """Those of the windows whose state is not here."""
        return [window for window in windows if window not in self._recent]

    def add(self, events: pa.Table, windows: Sequence[datetime]) -> None:
        """Take over silver events of these windows that the state does not hold yet."""
        list(self._threads.map(lambda state: state.add(events, windows), self._states))

    def rows(self, windows: Sequence[datetime]) -> dict[str, pa.Table]:
        """All rows of these windows, by gold table. The windows count as resident from now on."""
        for window in windows:
            self._recent[window] = None
            self._recent.move_to_end(window)
        rows = self._threads.map(lambda state: state.rows(windows), self._states)
        return {state.plan.table.name: found for state, found in zip(self._states, rows, strict=True)}

    def shrink(self) -> None:
        """Drop the windows not used for longest until the state is within its bound."""
        while len(self._recent) > 1 and sum(state.members for state in self._states) > self._max_members:
            window, _ = self._recent.popitem(last=False)
            for state in self._states:
                state.drop(window)


class _TableState:
    """One gold table's resident windows: its rows, and the values that its distinct counts have seen."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, window_plan: WindowPlan) -> None:
        self.plan = window_plan
        self.members = 0
        self._update = Statement(connection, _updated(window_plan))
        self._none = window_plan.table.schema.empty_table()
        self._rows: dict[datetime, pa.Table] = {}
        self._seen: dict[datetime, HashedRows] = {}
        self._member_key = (*(key for key in window_plan.keys if key != _WINDOW), "counted", "member")
        self._members = Statement(connection, _hashed(window_plan, self._member_key))

    def add(self, events: pa.Table, windows: Sequence[datetime]) -> None:
        read = events.select(list(self.plan.columns))
        held = pa.concat_tables([self._none, *(self._rows[window] for window in windows if window in self._rows)])
        fresh = {"fresh": self._fresh(self._members(events=read))} if self.plan.distinct else {}
        updated = self._update(events=read, held=held, **fresh)
        self._rows.update(_by_window(self.plan.table.conform(in_utc(updated))))

    def rows(self, windows: Sequence[datetime]) -> pa.Table:
        return pa.concat_tables([self._none, *(self._rows[window] for window in windows if window in self._rows)])

    def drop(self, window: datetime) -> None:
        self._rows.pop(window, None)
        seen = self._seen.pop(window, None)
        self.members -= seen.count if seen else 0

    def _fresh(self, found: pa.Table) -> pa.Table:
        """Those members that their window has not seen yet, with the measures it has not seen them in; now they count as seen."""
        fresh = [found.schema.empty_table()]
        for window, members in _by_window(found):
            if (seen := self._seen.get(window)) is None:
                seen = self._seen[window] = HashedRows(members.schema)
            else:
                members = _unseen(members, seen.find(members, self._member_key))
            seen.add(members)
            self.members += len(members)
            fresh.append(members)
        return pa.concat_tables(fresh)


def _unseen(members: pa.Table, matches: Matches) -> pa.Table:
    """What of the members is in none of the matches; a member met in one measure after another has several rows there."""
    measures = members[_MEASURES].to_numpy()
    seen = np.zeros_like(measures)
    np.bitwise_or.at(seen, matches.probe, matches.rows[_MEASURES].to_numpy())
    place = members.schema.get_field_index(_MEASURES)
    left = members.set_column(place, members.schema.field(place), pa.array(measures & ~seen))
    return left.filter(pc.not_equal(left[_MEASURES], 0))


def _by_window(table: pa.Table) -> Iterator[tuple[datetime, pa.Table]]:
    """The table cut into its windows; the rows of a table from `_hashed` and `_merged` are ordered by window."""
    if not table.num_rows:
        return
    starts = table[_WINDOW].cast(pa.int64()).to_numpy()
    edges = [0, *(np.flatnonzero(np.diff(starts)) + 1).tolist(), len(starts)]
    for first, last in itertools.pairwise(edges):
        yield table[_WINDOW][first].as_py().replace(tzinfo=UTC), table.slice(first, last - first)


def _updated(window_plan: WindowPlan) -> str:
    """The rows of `held` with what `events` add to their measures, and with the counts of the `fresh` members."""
    own = {name: name for name in window_plan.measures}
    sums = {name: name for name in window_plan.additive}
    parts = [window_plan.measured(own, "held"), window_plan.measured(sums, f"({window_plan.sums})")]
    if window_plan.distinct:
        parts.append(window_plan.grouped(window_plan.counts, "fresh"))
    measures = window_plan.added_up(parts)
    return f"with measures as ({measures}) select * from ({window_plan.present}) order by {_WINDOW}"


def _hashed(window_plan: WindowPlan, member_key: tuple[str, ...]) -> str:
    return f"select *, hash({', '.join(member_key)}) as {HASH} from ({window_plan.members}) order by {_WINDOW}"
