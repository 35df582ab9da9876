"""Retention as an act of upkeep: found and written beside the batches, committed between two of them."""

from __future__ import annotations

from functools import partial

from rtlakehouse.clock import Clock
from rtlakehouse.errors import RebuildError
from rtlakehouse.medallion.bronze import EVENTS as BRONZE
from rtlakehouse.mending import Floors, Prepared, Retention, Terms
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.maintenance import Finish, Outcome

__all__ = ["Retaining"]


class Retaining:
    """Lets go of what is older than it is kept, once for each day: before its midnight nothing more becomes so."""

    def __init__(self, lake: Lake, terms: Terms, clock: Clock) -> None:
        self._lake, self._terms, self._clock = lake, terms, clock
        self._done: Floors | None = None

    def __call__(self) -> Finish:
        """Prepare it. A lake whose ledger does not account for what would go is left alone, and that is told."""
        now = self._clock.now()
        if (floors := self._terms.floors(now)) == self._done:
            return list
        retention = Retention(self._lake, self._terms, now)
        try:
            found = retention.prepare()
        except RebuildError as error:
            fault = Outcome(BRONZE.name, "retain", str(error), is_fault=True)
            return lambda: [fault]
        if found is None:
            self._done = floors
            return list
        return partial(_committed, retention, found)


def _committed(retention: Retention, found: Prepared) -> list[Outcome]:
    return [Outcome(row["table"], row["action"], row["detail"]) for row in retention.commit(found)]
