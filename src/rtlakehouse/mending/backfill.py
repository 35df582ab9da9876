"""Backfill: silver and gold of a range of time worked out again from bronze, and changed where they differ.

It looks at the lake as it is at each of its steps, so batches and upkeep may go on between two of them. Nothing is written before
the last, which changes all tables as one (storage/rewrite.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from rtlakehouse.clock import isoformat
from rtlakehouse.contract.contract import load
from rtlakehouse.contract.refine import Limits, Refiner
from rtlakehouse.contract.statement import connected
from rtlakehouse.errors import RebuildError
from rtlakehouse.medallion.bronze import EVENTS as BRONZE
from rtlakehouse.medallion.graph import GOLD, SIBLINGS
from rtlakehouse.medallion.silver import DUPLICATES, EVENTS, QUARANTINE
from rtlakehouse.mending.accounts import accounts
from rtlakehouse.mending.deciding import Change, decided
from rtlakehouse.mending.exchanging import staged
from rtlakehouse.mending.expired import any_expired, require_received
from rtlakehouse.mending.hours import hours_of
from rtlakehouse.mending.judging import Differences, Judge
from rtlakehouse.mending.telling import told
from rtlakehouse.mending.view import MINUTE, PLACE, Span, View, minute_of
from rtlakehouse.mending.windows import Windows
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.log import DataFile
from rtlakehouse.storage.rewrite import begin_rewrite

__all__ = ["TIMES", "Act", "Backfill", "Mending", "Rules", "Span", "chunked"]

# What differs is in memory until it is written.
MOST_CHANGES = 1_000_000
# Records judged in one step, and rows of a table that are compared in one where that is more than an hour.
_STEP_RECORDS = 200_000
TIMES = {EVENTS.name: "event_time", DUPLICATES.name: "event_time", QUARANTINE.name: "received_at"} | {
    table.name: "window_start" for table in GOLD
}

Act = Callable[[], list[dict[str, Any]]]


@dataclass(frozen=True)
class Rules:
    """What records are judged by."""

    limits: Limits
    dedupe_window: timedelta


class Mending:
    """What backfill and restore have in common: differences are gathered step by step, the last step changes the tables.

    dry_run: the last step says what it would change, and changes nothing. tenant_id: whose figures are told, before and after.
    """

    operation = ""

    def __init__(self, lake: Lake, rules: Rules, span: Span, *, tenant_id: str, dry_run: bool = False) -> None:
        self._lake, self._rules, self._span, self._tenant_id, self._dry_run = lake, rules, span, tenant_id, dry_run
        self._connection = connected()
        self._judge = Judge(self._connection, Refiner(load(), rules.limits), rules.dedupe_window)
        self._windows = Windows(self._connection)
        self._found = Differences()
        self._minutes: set[datetime] = set()
        self._damage: dict[tuple[str, str], str] = {}

    def _view(self) -> View:
        return View(self._lake, self._damage)

    def _gathered(self) -> list[dict[str, Any]]:
        if self._found.count > MOST_CHANGES:
            raise RebuildError(f"More than {MOST_CHANGES:,} records would change. Take a shorter range; nothing was changed.")
        return []

    def _mend(self) -> list[dict[str, Any]]:
        view = self._view()
        change = decided(view, self._found, self._judge, self._connection, self._rules.dedupe_window)
        rebuilt = self._windows.rebuilt(view, self._minutes | change.minutes, change)
        counted = accounts(view, change, self._connection)
        self._check(change)
        changes = change.places.num_rows or self._damage or any(found.windows for found in rebuilt.values())
        if changes and not self._dry_run:
            begin_rewrite(self._lake, staged(view, change, rebuilt, counted, self._metadata()))
        return told(self.operation, change, rebuilt, self._damage, self._found.records, self._tenant_id, self._dry_run)

    def _check(self, change: Change) -> None:
        """Raise where this is not to be done."""

    def _metadata(self) -> dict[str, Any]:
        return {"rewrite": self.operation, "from": isoformat(self._span.start), "to": isoformat(self._span.end)}


class Backfill(Mending):
    """One backfill of a lake. Raises RebuildError where there is nothing to rebuild yet."""

    operation = "backfill"

    def __init__(self, lake: Lake, rules: Rules, span: Span, *, tenant_id: str, dry_run: bool = False) -> None:
        super().__init__(lake, rules, span, tenant_id=tenant_id, dry_run=dry_run)
        self._asked = span
        self._span, self._damage = self._with_damage()

    def acts(self) -> list[Act]:
        """The steps, in order: of silver where bronze has let go of anything, of bronze, of gold by the hour, and the one that
        changes what differs."""
        files = self._relevant()
        requiring = [partial(self._require, name, chunk) for name, chunk in self._of_silver()]
        judging = [partial(self._judge_step, chunk) for chunk in chunked(files)]
        happened = {table.name: TIMES[table.name] for table in (EVENTS, *GOLD)}
        comparing = [partial(self._compare, hours) for hours in hours_of(self._view(), self._span, happened, _STEP_RECORDS)]
        return [*requiring, *judging, *comparing, self._mend]

    def _with_damage(self) -> tuple[Span, dict[tuple[str, str], str]]:
        """The range, reaching as far as the damaged files in it do: such a file is rebuilt whole. And what ails each."""
        view = View(self._lake)
        if not view.files("ops.ledger"):
            raise RebuildError("Nothing was processed here yet, so there is nothing to rebuild.")
        span, damage, looked = self._asked, {}, set[tuple[str, str]]()
        while True:
            before = span
            for table, column in TIMES.items():
                near = view.within(table, column, span.start, span.end)
                fresh = [file for file in near if (table, file.path) not in looked]
                looked.update((table, file.path) for file in fresh)
                for file, fault in view.faults(table, fresh):
                    _require_unsettled(view, table, file)
                    damage[table, file.path] = fault
                    span = _reaching(span, file, column)
            if span == before:
                return span, damage

    def _relevant(self) -> list[DataFile]:
        """The files of bronze that may have records of the range: by when they were received, where a record says that."""
        view = self._view()
        first, last = self._span.start - self._rules.limits.future, self._span.end + self._rules.limits.late
        for table in (EVENTS.name, QUARANTINE.name):
            for file in view.within(table, TIMES[table], self._span.start, self._span.end):
                first = min(first, file.lowest.get("received_at", first))
                last = max(last, file.highest.get("received_at", last))
        return [
            file
            for file in view.files(BRONZE.name)
            if file.nulls.get("received_at", 1) or not (file.highest["received_at"] < first or file.lowest["received_at"] > last)
        ]

    def _of_silver(self) -> Iterator[tuple[str, list[DataFile]]]:
        """Silver's files of the range, where bronze may not have all of their records any more."""
        view = self._view()
        for table in SIBLINGS if any_expired(view) else ():
            files = view.within(table.name, TIMES[table.name], self._span.start, self._span.end)
            yield from ((table.name, chunk) for chunk in chunked(files))

    def _require(self, name: str, files: list[DataFile]) -> list[dict[str, Any]]:
        time = pc.field(TIMES[name])
        within = (time >= pa.scalar(self._span.start)) & (time < pa.scalar(self._span.end))
        view = self._view()
        require_received(view, view.rows(name, files, within, PLACE), "this range")
        return []

    def _judge_step(self, files: list[DataFile]) -> list[dict[str, Any]]:
        self._judge.differences(self._view(), [file.path for file in files], self._span, self._found)
        return self._gathered()

    def _compare(self, hours: Span) -> list[dict[str, Any]]:
        self._minutes |= self._windows.differing(self._view(), hours)
        return []


def _require_unsettled(view: View, table: str, file: DataFile) -> None:
    """Raise RebuildError for a file of gold with windows whose events silver may have let go of."""
    settled, column = view.settled.latest, TIMES[table]
    if settled is not None and table in {each.name for each in GOLD} and file.lowest.get(column, settled) <= settled:
        raise RebuildError(
            f"{file.path} of {table} is damaged and has windows of before {isoformat(settled)}, of which silver does not have "
            "all events any more: their retention was over. Restore it from a copy; nothing was changed."
        )


def _reaching(span: Span, file: DataFile, column: str) -> Span:
    if column not in file.lowest:
        raise RebuildError(f"{file.path} is damaged, and its log does not say of which time it is. Restore it from a backup.")
    return Span(min(span.start, minute_of(file.lowest[column])), max(span.end, minute_of(file.highest[column]) + MINUTE))


def chunked(files: list[DataFile]) -> Iterator[list[DataFile]]:
    chunk: list[DataFile] = []
    for file in files:
        if chunk and sum(each.rows for each in chunk) + file.rows > _STEP_RECORDS:
            yield chunk
            chunk = []
        chunk.append(file)
    if chunk:
        yield chunk
