"""The one way into bronze."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from rtlakehouse import tracing
from rtlakehouse.failpoints import failpoint
from rtlakehouse.storage.commit import TableWriter
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.log import Commit

__all__ = ["BronzeAppender", "PartitionsAppender"]


class BronzeAppender:
    """Appends records to bronze as one application (a file, the gateway). Not thread-safe.

    After CommitConflictError another process writes as this application: nothing was appended; stop, or `reopen` and look.
    """

    def __init__(self, lake: Lake, application: str) -> None:
        self._application = application
        self._writer: TableWriter = lake.writer("bronze.events")

    @property
    def progress(self) -> int:
        """What this application committed last, or -1: for a single partition the last position."""
        found = self._writer.progress(self._application)
        return -1 if found is None else found

    def append(self, rows: pa.Table, progress: int, metadata: Mapping[str, Any] | None = None) -> Commit:
        """Commit these rows with `progress`, durably: when this returns they may be acknowledged."""
        return _commit(self._writer, lambda: self._writer.append(rows, self._application, progress, metadata or {}))

    def reopen(self) -> None:
        """Look at bronze afresh: after an error, and now and then to shed what a long-lived handle gathers."""
        self._writer.reopen()


class PartitionsAppender:
    """Appends records of many partitions to bronze, each partition an application of its own. Not thread-safe.

    After CommitConflictError another process reads one of the partitions: nothing was appended; stop.
    """

    def __init__(self, lake: Lake) -> None:
        self._writer: TableWriter = lake.writer("bronze.events")

    def append(self, rows: pa.Table, progress: Mapping[str, int], metadata: Mapping[str, Any] | None = None) -> Commit:
        """Commit these rows, of which there may be none, with the progress of each application, durably."""
        return _commit(self._writer, lambda: self._writer.append_all(rows, progress, metadata or {}))

    def adopt(self, paths: Sequence[Path], progress: Mapping[str, int], metadata: Mapping[str, Any]) -> Commit:
        """Commit the rows of these files, which are in the table's directory already, of which there may be none; as `append`."""
        return _commit(self._writer, lambda: self._writer.adopt(paths, progress, metadata))

    def reopen(self) -> None:
        """Look at bronze afresh: now and then, to shed what a long-lived handle gathers."""
        self._writer.reopen()


def _commit(writer: TableWriter, make: Callable[[], Commit]) -> Commit:
    failpoint("before_bronze_commit")
    table = {"rtl.table": writer.definition.name}
    with tracing.span("commit", table):
        commit = make()
    failpoint("after_bronze_commit")
    with tracing.span("seal", table):
        writer.seal(commit)
    failpoint("after_bronze_seal")
    return commit
