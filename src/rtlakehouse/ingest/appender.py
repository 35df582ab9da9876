"""The one way into bronze."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from rtlakehouse.failpoints import failpoint
from rtlakehouse.storage.commit import TableWriter
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.log import Commit

__all__ = ["BronzeAppender"]


class BronzeAppender:
    """Appends records to bronze as one application (a file, the gateway, a Kafka partition set). Not thread-safe.

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
        failpoint("before_bronze_commit")
        commit = self._writer.append(rows, self._application, progress, metadata or {})
        failpoint("after_bronze_commit")
        self._writer.seal(commit)
        failpoint("after_bronze_seal")
        return commit

    def reopen(self) -> None:
        """Look at bronze afresh: after an error, and now and then to shed what a long-lived handle gathers."""
        self._writer.reopen()
