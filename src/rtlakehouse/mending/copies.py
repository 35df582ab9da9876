"""The duplicates of events that silver lets go of: they go with the event that was kept in their place."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rtlakehouse.medallion.bronze import REPAIR
from rtlakehouse.medallion.silver import DUPLICATES
from rtlakehouse.mending.going import Going
from rtlakehouse.mending.view import PLACE, View, at_places, keys_of

__all__ = ["Copies"]

_COLUMNS = ("tenant_id", *PLACE, *(f"kept_{name}" for name in PLACE))


class Copies:
    """Those that say they happened before `until`. is_ready: which rows of a view bronze has let go of."""

    def __init__(self, view: View, until: datetime, is_ready: Callable[[View, pa.Table], pa.ChunkedArray]) -> None:
        self._view, self._until = view, until
        self._known = {file.path for file in view.files(DUPLICATES.name)}
        self._files = [file for file in view.files(DUPLICATES.name) if file.lowest.get("event_time", until) < until]
        parts = [view.rows(DUPLICATES.name, [file], columns=_COLUMNS) for file in self._files]
        self._rows = pa.concat_tables([view.rows(DUPLICATES.name, [], columns=_COLUMNS), *parts])
        self._ends = np.cumsum([0, *(len(part) for part in parts)])
        self._going = np.zeros(len(self._rows), bool)
        stay = pc.or_(pc.invert(is_ready(view, self._rows)), pc.equal(self._rows["source"], REPAIR))
        self._held = keys_of(self._rows.filter(stay), "kept_")

    def hold(self, events: pa.Table) -> pa.ChunkedArray:
        """Which of these events have a duplicate that cannot go yet, so that neither may they."""
        return at_places(events, self._held)

    def follow(self, events: pa.Table) -> None:
        """Have the duplicates of these go along."""
        self._going |= at_places(self._rows, keys_of(events), "kept_").to_numpy()

    def came_since(self, view: View) -> bool:
        """Whether the table has got any more of them: of events that go, maybe."""
        new = (file for file in view.files(DUPLICATES.name) if file.path not in self._known)
        return any(file.lowest.get("event_time", self._until) < self._until for file in new)

    def going(self, *, dry_run: bool) -> Going:
        """What is to go of the table."""
        part = Going(DUPLICATES.name)
        for number, file in enumerate(self._files):
            first, end = self._ends[number], self._ends[number + 1]
            going = pa.chunked_array([pa.array(self._going[first:end])])
            part.take(self._view, file, self._rows.slice(first, end - first), going, dry_run)
        return part
