"""The commits of tables, newest first, and what can still be read of them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from rtlakehouse.api.answers import Reading
from rtlakehouse.api.deps import Parts
from rtlakehouse.catalog import Catalog
from rtlakehouse.catalog.footers import rows_in
from rtlakehouse.catalog.past import Kept
from rtlakehouse.clock import isoformat
from rtlakehouse.errors import NotFoundError, VersionGoneError
from rtlakehouse.medallion.graph import TABLES
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.log import Commit, entries, read_commit

__all__ = ["Told", "of_this_moment", "version_of", "walk"]

_LEDGER, _BRONZE = "ops.ledger", "bronze.events"
# A batch's commits go down the tables, so of two at one time the further down is the newer.
_DEPTH = {name: depth for depth, name in enumerate(TABLES)}


def of_this_moment(catalog: Catalog, reading: Reading, tables: Iterable[str]) -> tuple[Reading, Mapping[str, Kept]]:
    """What is kept of these tables, and the reading with that among what its ETag is made of: versions do not tell it."""
    kept = {name: catalog.kept(name) for name in tables}
    seen = [
        f"{name}:{found.versions[0]}:{len(found.versions)}:{found.oldest}:{sorted(found.pinned)}" for name, found in kept.items()
    ]
    return replace(reading, parameters="|".join([reading.parameters, *seen])), kept


def walk(lake: Lake, versions: Mapping[str, int], limit: int) -> tuple[list[tuple[str, Commit]], dict[str, int]]:
    """The newest commits of these tables up to these versions, and the versions to go on at; none where nothing is left."""
    left = {name: [found for found in entries(lake.path(name)) if found <= version] for name, version in versions.items()}
    heads: dict[str, Commit] = {}

    def advance(name: str) -> None:
        while left[name]:
            # It may have been cleaned away since it was listed.
            if commit := read_commit(lake.path(name), left[name].pop()):
                heads[name] = commit
                return

    for name in versions:
        advance(name)
    found: list[tuple[str, Commit]] = []
    while heads and len(found) < limit:
        name = max(heads, key=lambda each: (heads[each].timestamp, _DEPTH[each]))
        found.append((name, heads.pop(name)))
        advance(name)
    return found, {name: commit.version for name, commit in heads.items()}


class Told:
    """Tells of commits: what they did, for which batch, and whether what they led to can still be read."""

    def __init__(self, parts: Parts, kept: Mapping[str, Kept]) -> None:
        self._lake = parts.lake
        self._kept = kept
        self._batches = cache(parts.catalog.batch_of)
        self._ledger = parts.catalog.kept(_LEDGER).versions

    def summary(self, table: str, commit: Commit) -> dict[str, Any]:
        removed = [self._rows_of(table, path) for path in commit.removes]
        return {
            "version": commit.version,
            "committed_at": isoformat(commit.timestamp),
            "operation": commit.operation,
            "mode": commit.mode,
            "engine": commit.engine,
            "changes_rows": commit.data_change and bool(commit.adds or commit.removes),
            "rows_added": sum(file.rows for file in commit.adds),
            "rows_removed": None if None in removed else sum(rows or 0 for rows in removed),
            "files_added": len(commit.adds),
            "files_removed": len(commit.removes),
            "bytes_added": sum(file.size_bytes for file in commit.adds),
            "steps": [{"application": _kind(name), "step": step} for name, step in commit.transactions.items()],
            "batch": self._batch_of(table, commit),
            "state": self._kept[table].state(commit.version),
        }

    def whole(self, table: str, commit: Commit) -> dict[str, Any]:
        """The summary, and the files that came and went."""
        added = [
            {"path": file.path, "bytes": file.size_bytes, "rows": file.rows, "partition": file.partition} for file in commit.adds
        ]
        removed = [{"path": path, "rows": self._rows_of(table, path)} for path in commit.removes]
        return {**self.summary(table, commit), "added": added, "removed": removed}

    def _rows_of(self, table: str, path: str) -> int | None:
        try:
            return rows_in(str(self._lake.path(table) / path))
        except FileNotFoundError:
            return None

    def _batch_of(self, table: str, commit: Commit) -> int | None:
        """The first batch that led to this version or a later one; the ledger's own commits name theirs."""
        if not commit.transactions:
            return None
        if table == _LEDGER:
            return int(commit.metadata["versions"][_BRONZE]) if "versions" in commit.metadata else None
        first = bisect_left(self._ledger, commit.version, key=lambda version: self._batches(version)[table])
        # Where the ledger's version before it is not kept, an earlier batch may have been the first.
        is_known = 0 < first < len(self._ledger) and self._ledger[first - 1] == self._ledger[first] - 1
        return self._batches(self._ledger[first])[_BRONZE] if is_known else None


def version_of(parts: Parts, reading: Reading, table: str, version: int) -> Commit:
    """The commit of a version. Raises NotFoundError for one not made by then, VersionGoneError for one that is not kept."""
    newest = reading.snapshot.versions[table]
    if version > newest:
        raise NotFoundError(f"{table} has no version {version}; its newest is {newest}.")
    commit = read_commit(parts.lake.path(table), version)
    if commit is None:
        oldest = parts.catalog.kept(table).first_readable
        raise VersionGoneError(f"{table} keeps version {version} no more; the oldest that is still there is {oldest}.", oldest)
    return commit


def _kind(application: str) -> str:
    """Of a source only its kind: the rest is the name of a file or a topic, which may be another tenant's."""
    return application.partition(":")[0]
