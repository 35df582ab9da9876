"""The commits of a batch to every table after bronze, in the order that `base` promises: the same whatever computes the rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextvars import copy_context
from datetime import datetime
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from rtlakehouse import tracing
from rtlakehouse.contract.floors import Floors
from rtlakehouse.engines.base import GOLD_APPLICATION, LEDGER_APPLICATION, SILVER_APPLICATION
from rtlakehouse.failpoints import failpoint
from rtlakehouse.medallion.bronze import EVENTS as BRONZE
from rtlakehouse.medallion.graph import GOLD, SIBLINGS, TABLES
from rtlakehouse.medallion.ops import LEDGER
from rtlakehouse.medallion.silver import EVENTS
from rtlakehouse.storage.commit import TableWriter
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.log import Commit, read_commit

__all__ = ["Add", "Commits"]

# Adds a batch's rows of one table: given its writer, the progress and the metadata of the commit.
Add = Callable[[TableWriter, Mapping[str, int], Mapping[str, Any]], Commit]


class Commits:
    """Where the tables after bronze stand, and what takes them a batch further. A table that has the batch is left alone.

    pool: has a thread for each table that is committed at once, for whatever else is done to them side by side.
    """

    def __init__(self, lake: Lake) -> None:
        self._silver = lake.path(EVENTS.name)
        self._writers = {name: lake.writer(name) for name in TABLES if name != BRONZE.name}
        self.pool = ThreadPoolExecutor(max(len(GOLD), len(SIBLINGS)), thread_name_prefix="table")

    @property
    def done(self) -> int:
        """The bronze version up to which everything is in the ledger."""
        return self._progress(LEDGER.name, LEDGER_APPLICATION)

    @property
    def interrupted(self) -> int | None:
        """The bronze version up to which a batch was begun that the ledger does not have; None where there is none."""
        upto = max(self._progress(table.name, SILVER_APPLICATION) for table in SIBLINGS)
        return upto if upto > self.done else None

    @property
    def kept_since(self) -> Floors:
        """Since when silver keeps what happened. Windows before that are settled: nothing of their tenant changes in them."""
        return self._writers[EVENTS.name].kept_since

    def silver_files(self, upto: int) -> frozenset[str]:
        """Files that silver.events got in the interrupted batch: to the rest of it they are not there yet."""
        found: list[str] = []
        for version in range(self._writers[EVENTS.name].version, -1, -1):
            commit = read_commit(self._silver, version)
            if commit is None or (commit.data_change and commit.transactions.get(SILVER_APPLICATION) != upto):
                break
            found += [file.path for file in commit.adds if commit.data_change]
        return frozenset(found)

    def reopen(self, *tables: str) -> None:
        """Take over what others have committed to these tables, all where none is named."""
        for name, writer in self._writers.items():
            if not tables or name in tables:
                writer.refresh()

    def close(self) -> None:
        self.pool.shutdown()

    def silver(self, after: int, upto: int, add: Mapping[str, Add]) -> None:
        """Commit the bronze versions above `after` up to `upto` to the silver tables that get rows of them."""
        failpoint("before_silver_commit")
        metadata = {"bronze_after": after, "bronze_upto": upto}
        due = [name for name in add if self._progress(name, SILVER_APPLICATION) < upto]
        self._commit(
            {name: partial(add[name], self._writers[name], {SILVER_APPLICATION: upto}, metadata) for name in due},
            "after_one_silver_sibling",
            "after_silver_commit",
        )
        failpoint("after_silver_seal")

    def gold(self, rows: Callable[[str], pa.Table], windows: Sequence[datetime], silver_version: int) -> None:
        """Replace these windows in every gold table by its rows as of a version of silver.events."""
        metadata = {"silver_version": silver_version, "windows": len(windows)}

        def replace(name: str) -> Commit:
            return self._writers[name].replace(rows(name), windows, GOLD_APPLICATION, silver_version, metadata, self.kept_since)

        failpoint("before_gold_commit")
        due = [table.name for table in GOLD if self._progress(table.name, GOLD_APPLICATION) < silver_version]
        self._commit({name: partial(replace, name) for name in due}, "after_one_gold_table", "after_gold_commit")

    def ledger(self, rows: pa.Table, upto: int, versions: Mapping[str, int], timing: Mapping[str, Any]) -> None:
        """Say that the batch is done, which versions it led to, and how long it took to get there."""
        failpoint("before_ledger_commit")
        writer = self._writers[LEDGER.name]
        metadata = {"versions": versions, "after": self.done, "received": pc.sum(rows["received"]).as_py(), "timing": timing}
        writer.seal(writer.append(rows, LEDGER_APPLICATION, upto, metadata))
        failpoint("after_ledger_commit")

    def reached(self, upto: int) -> dict[str, int]:
        """The versions of all tables once those after bronze have everything up to a version of bronze."""
        return {name: writer.version for name, writer in self._writers.items()} | {BRONZE.name: upto}

    def _progress(self, table: str, application: str) -> int:
        return self._writers[table].progress(application) or 0

    def _commit(self, making: Mapping[str, Callable[[], Commit]], after_each: str, after_all: str) -> None:
        """Make the tables' commits side by side, then make them durable. The arguments `after_*` are failpoints."""

        def passing(name: str) -> Commit:
            with tracing.span("commit", {"rtl.table": name}) as span:
                commit = making[name]()
                span.note({"rtl.version": commit.version})
            failpoint(after_each)
            return commit

        commits = self._side_by_side(making, passing)
        failpoint(after_all)
        self._side_by_side(making, lambda name: self._seal(name, commits[name]))

    def _seal(self, name: str, commit: Commit) -> None:
        with tracing.span("seal", {"rtl.table": name, "rtl.version": commit.version}):
            self._writers[name].seal(commit)

    def _side_by_side(self, names: Iterable[str], do: Callable[[str], Any]) -> dict[str, Any]:
        """Do it for each table in a thread of its own. The first error is raised when all have ended."""
        # Each takes along what it is part of, for traces and log lines.
        futures = {name: self.pool.submit(copy_context().run, do, name) for name in names}
        wait(futures.values())
        return {name: future.result() for name, future in futures.items()}
