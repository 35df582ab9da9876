"""Restore: the records of a range as silver had them at an earlier version, and gold as its query makes it of that.

What was received since keeps its fate. All tables after bronze go along, for they say one thing together.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rtlakehouse.clock import isoformat
from rtlakehouse.contract.statement import Statement
from rtlakehouse.errors import NotFoundError, RebuildError, UsageError, VersionGoneError
from rtlakehouse.medallion.graph import JOURNALS, SIBLINGS, table
from rtlakehouse.medallion.ops import LEDGER
from rtlakehouse.medallion.silver import EVENTS, QUARANTINE
from rtlakehouse.mending.backfill import TIMES, Act, Rules, chunked
from rtlakehouse.mending.expired import any_expired
from rtlakehouse.mending.judging import candidates
from rtlakehouse.mending.queries import changed_rows
from rtlakehouse.mending.shown import Shown
from rtlakehouse.mending.view import PLACE, Span, View, at_places, keys_of, places_of
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.log import DataFile, read_commit

__all__ = ["Restore", "Target", "batch_at", "whole"]

_NEVER_BACK = {
    "bronze.events": "what was received is never taken back",
    LEDGER.name: "it goes along with the others",
    **{journal.name: "what was told is never taken back; it is told anew where figures change" for journal in JOURNALS},
}


def batch_at(lake: Lake, name: str, version: int) -> dict[str, int]:
    """The versions of all tables that belong to a version of one.

    Raises UsageError for a table that is not restored by itself, NotFoundError, and VersionGoneError where the ledger's log does
    not tell any more.
    """
    if (why := _NEVER_BACK.get(table(name).name)) is not None:
        raise UsageError(f"{name} is not restored: {why}. Name a table of silver or gold.")
    if not 0 <= version <= (newest := lake.version(name)):
        raise NotFoundError(f"{name} has no version {version}; its newest is {newest}.")
    oldest = None
    for ledger in range(lake.version(LEDGER.name), -1, -1):
        commit = read_commit(lake.path(LEDGER.name), ledger)
        if commit is None:
            break
        if "versions" not in commit.metadata:
            continue
        oldest = commit.metadata["versions"][name]
        if oldest <= version:
            _require_same_rows(lake, name, oldest, version)
            return {**commit.metadata["versions"], LEDGER.name: ledger}
    raise VersionGoneError(f"What belongs to {name} version {version} is no longer kept; since version {oldest} it is.", oldest)


def _require_same_rows(lake: Lake, name: str, shown: int, version: int) -> None:
    """A version that no batch led to may be restored where it only rearranged the rows of the one before."""
    for between in range(shown + 1, version + 1):
        commit = read_commit(lake.path(name), between)
        if commit is None or commit.data_change:
            raise RebuildError(f"{name} version {version} was never shown to readers; name version {shown}.")


class Target(NamedTuple):
    """A version of a table, and the versions of all tables that it belongs to: see `batch_at`."""

    name: str
    version: int
    versions: Mapping[str, int]


class Restore(Shown):
    """One restore of a lake to what a version of a table belongs to. Raises VersionGoneError where files of then are gone."""

    operation = "restore"

    def __init__(
        self,
        lake: Lake,
        rules: Rules,
        span: Span,
        target: Target,
        *,
        tenant_id: str,
        token: str | None = None,
        dry_run: bool = False,
    ) -> None:
        super().__init__(lake, rules, span, tenant_id=tenant_id, token=token, dry_run=dry_run)
        self._target = target
        self._then = View(lake, versions=target.versions)
        self._differing = {each.name: Statement(self._connection, changed_rows(each)) for each in SIBLINGS}

    @property
    def versions(self) -> Mapping[str, int]:
        """Of the tables that go along."""
        return {name: version for name, version in self._target.versions.items() if name not in _NEVER_BACK}

    def acts(self) -> list[Act]:
        """The steps, in order: of silver's files of then, and the one that changes what differs."""
        gathering = [
            partial(self._gather, each.name, chunk) for each in SIBLINGS for chunk in chunked(self._files_of_then(each.name))
        ]
        return [*gathering, self._mend]

    def _files_of_then(self, name: str) -> list[DataFile]:
        files = self._then.within(name, TIMES[name], self._span.start, self._span.end)
        folder = self._lake.path(name)
        if any(not (folder / file.path).exists() for file in files):
            raise VersionGoneError(f"Files of {name} version {self._then.versions[name]} were vacuumed; take a later version.")
        return files

    def _gather(self, name: str, files: list[DataFile]) -> list[dict[str, Any]]:
        happened = pc.field(TIMES[name])
        within = (happened >= pa.scalar(self._span.start)) & (happened < pa.scalar(self._span.end))
        before = self._then.rows(name, files, within)
        view = self._view()
        numbered = before.append_column("ordinal", pa.array(np.arange(len(before))))
        differing = self._differing[name](before=numbered, now=view.positioned(name, before))["ordinal"]
        rows = before.take(differing)
        if any_expired(view):
            # What was let go since does not come back, and nothing else to windows that are settled.
            rows = rows.filter(at_places(rows, keys_of(places_of(*(view.at(each.name, rows, PLACE) for each in SIBLINGS)))))
            if name == EVENTS.name:
                rows = rows.filter(pc.invert(view.settled.older(rows["tenant_id"], rows["event_time"])))
        self._found.records += before.num_rows
        if name == EVENTS.name:
            self._found.events.append(candidates(rows.append_column("ingested_at", rows["received_at"]), _all(rows, True)))
        elif name == QUARANTINE.name:
            self._found.rejections.append(rows)
        else:
            self._gather_duplicates(view, rows)
        return self._gathered()

    def _gather_duplicates(self, view: View, rows: pa.Table) -> None:
        """Duplicates are decided about as events; what the rules of today reject can be nothing else."""
        if not rows.num_rows:
            return
        again = self._judge.again(view, places_of(rows)).accepted
        self._found.events.append(candidates(again, _all(again, False)))
        self._found.duplicates.append(rows.filter(pc.invert(at_places(rows, keys_of(again)))))

    def _asked(self) -> list[Any]:
        return [self._target.name, self._target.version, isoformat(self._span.start), isoformat(self._span.end)]

    def _metadata(self) -> dict[str, Any]:
        return {**super()._metadata(), "table": self._target.name, "version": self._target.version}


def whole(lake: Lake, versions: Mapping[str, int]) -> Span:
    """From the first to the last minute of anything that silver has, or had at these versions. Raises as `Span.of`."""
    views = (View(lake), View(lake, versions=versions))
    files = [(file, column) for view in views for name, column in TIMES.items() for file in view.files(name)]
    times = [bounds[column] for file, column in files for bounds in (file.lowest, file.highest) if column in bounds]
    if not times:
        raise RebuildError("There is nothing to restore: no record is in silver, then or now.")
    return Span.covering(min(times), max(times))


def _all(rows: pa.Table, value: bool) -> pa.Array:
    return pa.repeat(pa.scalar(value), rows.num_rows)
