"""Retention as an act of upkeep: found and written beside the batches, committed between two of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from functools import partial

from rtlakehouse.clock import Clock
from rtlakehouse.errors import RebuildError
from rtlakehouse.medallion.bronze import EVENTS as BRONZE
from rtlakehouse.mending import Prepared, Retention
from rtlakehouse.storage.maintenance import Finish, Outcome

__all__ = ["Retaining"]


class Retaining:
    """Lets go of what is older than it is kept, once for each day: before its midnight nothing more becomes so.

    retention: as of a moment.
    """

    def __init__(self, retention: Callable[[datetime], Retention], clock: Clock) -> None:
        self._retention, self._clock = retention, clock
        self._done: date | None = None

    def __call__(self) -> Finish:
        """Prepare it. A lake whose ledger does not account for what would go is left alone, and that is told."""
        now = self._clock.now()
        if now.date() == self._done:
            return list
        retention = self._retention(now)
        try:
            found = retention.prepare()
        except RebuildError as error:
            fault = Outcome(BRONZE.name, "retain", str(error), is_fault=True)
            return lambda: [fault]
        if found is None:
            self._done = now.date()
            return list
        return partial(_committed, retention, found)


def _committed(retention: Retention, found: Prepared) -> list[Outcome]:
    return [Outcome(row["table"], row["action"], row["detail"]) for row in retention.commit(found)]
