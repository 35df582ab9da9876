"""The rule of `dedupe.sql`, round after round, until it is known what becomes of every event that may be a duplicate."""

from __future__ import annotations

from datetime import timedelta
from importlib import resources

import pyarrow as pa

from rtlakehouse import medallion
from rtlakehouse.contract.statement import Connection, Statement

__all__ = ["Rounds"]

_RULE = resources.files(medallion).joinpath("sql", "dedupe.sql").read_text("utf-8")
_KEPT = """
    select f.ordinal, a.source as kept_source, a.topic as kept_topic, a.partition as kept_partition, a.position as kept_position
    from fates as f
    join candidates as c on c.ordinal = f.ordinal
    join accepted as a
        on a.tenant_id = c.tenant_id and a.event_id = c.event_id and a.event_time_us = f.kept_event_time_us
    where f.fate = 'duplicate'
"""
_US = timedelta(microseconds=1)


class Rounds:
    """Used by one thread at a time."""

    def __init__(self, connection: Connection, window: timedelta) -> None:
        self._rule = Statement(connection, _RULE)
        self._kept = Statement(connection, _KEPT)
        self._with = {fate: Statement(connection, _candidates_with(fate)) for fate in ("accepted", "undecided")}
        self._rules = pa.table({"dedupe_window_us": [window // _US]})

    def duplicates(self, candidates: pa.Table, accepted: pa.Table) -> pa.Table:
        """The `ordinal` of each candidate that is a duplicate, and the coordinates of the event that is kept, `kept_*`.

        candidates: new events in the order of their `ordinal`, that of their arrival. accepted: events before them, of the same
        columns but that one: `tenant_id, event_id, event_time_us` and coordinates.
        """
        duplicates = []
        while True:
            fates = self._rule(candidates=candidates, accepted=accepted, rules=self._rules)
            duplicates.append(self._kept(fates=fates, candidates=candidates, accepted=accepted))
            newly, candidates = (self._with[fate](fates=fates, candidates=candidates) for fate in ("accepted", "undecided"))
            if not candidates.num_rows:
                return pa.concat_tables(duplicates).sort_by("ordinal")
            accepted = pa.concat_tables([accepted, newly.select(accepted.column_names)])


def _candidates_with(fate: str) -> str:
    return f"select c.* from candidates as c join fates as f on f.ordinal = c.ordinal where f.fate = '{fate}' order by c.ordinal"
