"""Committing to one table: once, in order, fenced and durable."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, PostCommitHookProperties, Transaction, WriterProperties, write_deltalake
from deltalake.exceptions import CommitFailedError, DeltaError

from rtlakehouse.errors import CommitConflictError, CorruptionError, WriteError
from rtlakehouse.medallion.table import Table
from rtlakehouse.storage.durable import sync_commit
from rtlakehouse.storage.log import METADATA_KEY, Commit, read_commit
from rtlakehouse.storage.seals import Seals

__all__ = ["TableWriter"]

# DuckDB scans row groups of about this many rows in parallel.
_ROW_GROUP_ROWS = 122_880
_PARQUET = WriterProperties(compression="ZSTD", compression_level=1, max_row_group_size=_ROW_GROUP_ROWS)
# Checkpoints and log clean-up belong to maintenance, never to a commit on the hot path.
_NO_HOOKS = PostCommitHookProperties(create_checkpoint=False, cleanup_expired_logs=False)


class TableWriter:
    """Writes one table. Not thread-safe: one thread uses it at a time.

    The handle stays at the version this writer last saw. Two writers of one application id that start from the same version
    cannot both commit: that is the fence. After any error call `reopen` and look at `progress` before trying again.
    """

    def __init__(self, definition: Table, path: Path, seals: Seals) -> None:
        self.definition = definition
        self.path = path
        self._seals = seals
        self._handle = DeltaTable(path)

    @property
    def version(self) -> int:
        """The newest version this writer has seen."""
        return int(self._handle.version())

    def reopen(self) -> None:
        """Look at the table afresh; also sheds what a long-lived handle gathers."""
        self._handle = DeltaTable(self.path)

    def progress(self, application: str) -> int | None:
        """The version that this application committed last, as of this writer's handle."""
        found = self._handle.transaction_version(application)
        return None if found is None else int(found)

    def append(self, data: pa.Table, application: str, progress: int, metadata: Mapping[str, Any]) -> Commit:
        """Add rows as `application`'s step `progress`; returns the commit, not yet durable (see `seal`).

        Raises CommitConflictError where another writer of this application was faster.
        """
        return self._write(data, application, progress, metadata, mode="append")

    def replace(self, data: pa.Table, predicate: str, application: str, progress: int, metadata: Mapping[str, Any]) -> Commit:
        """Replace the rows that match `predicate` by `data`, all of which must match it. Otherwise as `append`."""
        return self._write(data, application, progress, metadata, mode="overwrite", predicate=predicate)

    def seal(self, commit: Commit) -> None:
        """Make the commit durable and write down the hashes of its files. Only then may anybody be told of it."""
        sync_commit(self.path, commit)
        if commit.adds:
            self._seals.add(file.path for file in commit.adds)

    def _write(self, data: pa.Table, application: str, progress: int, metadata: Mapping[str, Any], **how: Any) -> Commit:
        properties = CommitProperties(
            app_transactions=[Transaction(application, progress)],
            custom_metadata={METADATA_KEY: json.dumps(metadata, separators=(",", ":"))},
        )
        try:
            write_deltalake(
                self._handle,
                self.definition.conform(data),
                commit_properties=properties,
                post_commithook_properties=_NO_HOOKS,
                writer_properties=_PARQUET,
                **how,
            )
        except CommitFailedError as error:
            raise CommitConflictError(f"{self.definition.name}: another writer committed first ({error}).") from error
        except (DeltaError, OSError) as error:
            raise WriteError(f"{self.definition.name} could not be written: {_first_line(error)}") from error
        commit = read_commit(self.path, self.version)
        if commit is None:
            raise CorruptionError(f"{self.definition.name}: version {self.version} is not in the log right after its commit.")
        return commit


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
