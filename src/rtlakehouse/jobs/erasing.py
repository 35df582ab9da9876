"""The steps of an erasure: change the tables, forget their past and all copies in the lake, and look whether anything is left.

Each may be done again, and a certificate says which have been: whoever is given the erasure next goes on where one before ended.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import msgspec

from rtlakehouse.clock import Clock, isoformat
from rtlakehouse.control import HeldPins
from rtlakehouse.errors import RebuildError
from rtlakehouse.failpoints import failpoint
from rtlakehouse.medallion.graph import TABLES
from rtlakehouse.mending import Erasure, Person, Rules, Search, names, recorded
from rtlakehouse.storage.erasures import DONE, Certificate, Checked, Erasures, TableErased, Wanted, was_made
from rtlakehouse.storage.forgetting import forget, forget_attic
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.maintenance import Maintenance
from rtlakehouse.storage.snapshots import Snapshots

__all__ = ["Erasing", "outcome"]

Rows = list[dict[str, Any]]
Act = Callable[[], Rows]


@dataclass
class Erasing:
    """One erasure. upkeep: which writes checkpoints."""

    lake: Lake
    rules: Rules
    upkeep: Maintenance
    snapshots: Snapshots
    pins: HeldPins
    clock: Clock
    erasure_id: str
    wanted: Wanted
    erasures: Erasures = field(init=False)

    def __post_init__(self) -> None:
        self.erasures = Erasures(self.lake)

    def acts(self) -> list[Act]:
        """What is left to do, in order."""
        erasing = Erasure(self.lake, self.rules, self.wanted, self.erasure_id).acts()
        found = self.erasures.find(self.erasure_id)
        changing = [] if found is not None and was_made(self.lake, found) else [self._require_no_pins, *erasing]
        forgetting = [partial(self._forget, table) for table in TABLES]
        search: list[Search] = []
        checking = [partial(self._look, search, number, len(erasing)) for number in range(len(erasing))]
        acts: list[Act] = [self._record, *forgetting, self._forget_copies, *checking, partial(self._certify, search)]
        return [*changing, *(partial(self._unless_nothing, act) for act in acts)]

    def _unless_nothing(self, act: Act) -> Rows:
        """Where nothing was of the user, there is no certificate and nothing to forget."""
        if self.erasures.find(self.erasure_id) is None:
            self.erasures.settle(self.erasure_id)
            return []
        return act()

    def _require_no_pins(self) -> Rows:
        if not self.wanted.break_pins and (count := self.pins.count()):
            raise RebuildError(
                f"{count} pins keep earlier versions, with the user in them. Nothing was changed; remove them, or break them with"
                " `--break-pins` (`break_pins` over HTTP)."
            )
        return []

    def _record(self) -> Rows:
        found = recorded(self.lake, self._certificate())
        self.erasures.write(found)
        return []

    def _forget(self, table: str) -> Rows:
        first, deleted = forget(self.lake, table, self.upkeep, self.clock, partial(names, user_id=self.wanted.user_id))
        found = self._certificate()
        others = tuple(each for each in found.tables if each.table != table)
        this = next((each for each in found.tables if each.table == table), None) or _untouched(table)
        this = msgspec.structs.replace(this, first_version=first, deleted_files=this.deleted_files + deleted)
        self.erasures.write(msgspec.structs.replace(found, tables=_in_order((*others, this))))
        return [{"table": table, "action": "erase", "detail": f"begins at version {first}; deleted {deleted:,} files"}]

    def _forget_copies(self) -> Rows:
        forget_attic(self.lake)
        broken = self.pins.break_all(self.wanted.asked_by) if self.wanted.break_pins else 0
        renewed = self.snapshots.renew()
        found = self._certificate()
        self.erasures.write(msgspec.structs.replace(found, pins=found.pins + broken, snapshots=found.snapshots + renewed))
        return [{"action": "erase", "detail": f"replaced {renewed} snapshots, broke {broken} pins"}]

    def _look(self, search: list[Search], number: int, of: int) -> Rows:
        if not search:
            search.append(Search(self.lake, self._person, self._certificate().upto))
        search[0].part(number, of)
        return []

    def _certify(self, search: list[Search]) -> Rows:
        failpoint("before_erasure_certificate")
        now = isoformat(self.clock.now())
        checked = search[0].found(now)
        is_clean = not checked.records and not checked.texts
        done = {"state": DONE, "done_at": now} if is_clean else {}
        self.erasures.write(msgspec.structs.replace(self._certificate(), checked=checked, **done))
        if is_clean:
            self.erasures.settle(self.erasure_id)
        return [outcome(self.erasure_id, checked)]

    @property
    def _person(self) -> Person:
        return Person(self.wanted.tenant_id, self.wanted.user_id)

    def _certificate(self) -> Certificate:
        found = self.erasures.find(self.erasure_id)
        if found is None:
            raise RebuildError(f"The certificate of erasure {self.erasure_id} is gone. Ask for the erasure again.")
        return found


def outcome(erasure_id: str, checked: Checked) -> dict[str, Any]:
    """What a look at all files came to, as a row of a job's result."""
    if checked.records or checked.texts:
        left = f"{checked.records:,} records of the user are still in files" if checked.records else ""
        named = f"{', '.join(checked.texts)} name the user" if checked.texts else ""
        detail = f"erasure {erasure_id} is not complete: {' and '.join(filter(None, (left, named)))}; ask again in an hour"
        return {"action": "erase", "detail": detail, "is_fault": True}
    since = f"; {checked.since:,} records came since" if checked.since else ""
    return {"action": "erase", "detail": f"erasure {erasure_id} is done: {checked.files:,} files have nothing of the user{since}"}


def _untouched(table: str) -> TableErased:
    return TableErased(table, (), ())


def _in_order(tables: Iterable[TableErased]) -> tuple[TableErased, ...]:
    order = list(TABLES)
    return tuple(sorted(tables, key=lambda each: order.index(each.table)))
