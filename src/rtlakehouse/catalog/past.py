"""Time travel: from a time or a version vector to the files of each table, or to what is still there."""

from __future__ import annotations

import re
import threading
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
import pyarrow as pa

from rtlakehouse.catalog.snapshot import Snapshot
from rtlakehouse.clock import Clock, isoformat
from rtlakehouse.errors import CorruptionError, NotFoundError, RtlError, UsageError, VersionGoneError
from rtlakehouse.medallion.graph import JOURNALS, TABLES
from rtlakehouse.storage.data_files import read_file
from rtlakehouse.storage.erased import floors
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.log import DataFile, read_commit
from rtlakehouse.storage.vacuumed import Vacuumed, read_vacuumed

__all__ = ["Kept", "Past", "Point"]

_LEDGER = "ops.ledger"
_VECTOR = re.compile(r"[a-z0-9_]+\.[a-z0-9_]+=[0-9]{1,18}(,[a-z0-9_]+\.[a-z0-9_]+=[0-9]{1,18})*")
# A batch of before there were journals names none.
_NOTHING_TOLD = {table.name: 0 for table in JOURNALS}
_REMEMBERED_FILES = 64
_REMEMBERED_TIMES = 20_000
# A commit is dated just before it becomes visible. Only a time this long ago can no longer get a commit.
_SETTLED = timedelta(seconds=1)


@dataclass(frozen=True)
class Point:
    """A point of the past: the versions of its tables, and the time that says how their windows stood."""

    versions: Mapping[str, int]
    instant: datetime


@dataclass(frozen=True)
class Kept:
    """What can still be read of a table.

    versions: those that its log leads to, oldest first. empty: how many of them come before the first that has files.
    oldest: the first of the others from which on all have their files; None where even the newest lacks some.
    pinned: older ones that vacuum left alone.
    """

    versions: tuple[int, ...]
    empty: int
    oldest: int | None
    pinned: frozenset[int] = frozenset()

    @property
    def first_readable(self) -> int | None:
        return self.versions[0] if self.empty else self.oldest

    def state(self, version: int) -> str:
        """`readable`; `vacuumed` where its files were deleted; `cleaned` where the log does not lead to it any more."""
        if version not in self.versions:
            return "cleaned"
        if version in self.versions[: self.empty] or version in self.pinned:
            return "readable"
        if self.oldest is not None and version >= self.oldest:
            return "readable"
        return "vacuumed"


class Past:
    """Finds past versions in the logs of a lake. Thread-safe."""

    def __init__(self, lake: Lake, clock: Clock) -> None:
        self._lake = lake
        self._clock = clock
        self._files: OrderedDict[tuple[str, int], Mapping[str, DataFile]] = OrderedDict()
        self._times: dict[int, datetime] = {}
        self._firsts: dict[str, int] = {}
        self._lock = threading.Lock()

    def resolve(self, as_of: str) -> Point:
        """The point that a time or a version vector names. Raises as `Catalog.snapshot` says."""
        if _VECTOR.fullmatch(as_of):
            return self._of_vector([pair.split("=") for pair in as_of.split(",")])
        return self._of_time(self._settled(_instant(as_of)))

    def batch_of(self, ledger_version: int) -> dict[str, int]:
        """The versions that the newest batch of a version of the ledger led to; 0 for all while there is no batch."""
        for version in range(ledger_version, 0, -1):
            commit = read_commit(self._lake.path(_LEDGER), version)
            if commit is None:
                break
            if "versions" in commit.metadata:
                return {**_NOTHING_TOLD, **commit.metadata["versions"]}
        return self._batch_in_rows(ledger_version)

    def files(self, versions: Mapping[str, int], known: Snapshot) -> Mapping[str, Mapping[str, DataFile]]:
        """The live files of each table, looked for when they are asked for, and not where `known` has them."""

        def find(table: str) -> Mapping[str, DataFile]:
            version = versions[table]
            return known.files[table] if known.versions[table] == version else self._files_at(table, version)

        return _Lazily(versions, find)

    def gone(self, table: str, version: int) -> RtlError:
        """The error for a version that lacks files: what is still there, or, where even the newest lacks some, damage."""
        oldest = self.kept(table).oldest
        if oldest is None or oldest <= version:
            return CorruptionError(f"Files of {table} version {version} are missing. Run `rtl doctor`.")
        message = f"{table} version {version} was vacuumed; the oldest version that is still there is {oldest}."
        return VersionGoneError(message, oldest)

    def kept(self, table: str) -> Kept:
        """What can still be read of a table, at this moment."""
        versions = self._lake.versions(table)
        empty = self._first(f"{table} filled", versions, 0, lambda version: bool(self._files_at(table, version)))
        left = read_vacuumed(self._lake, table)

        def is_whole(version: int) -> bool:
            return self._outlived(table, versions, version, left) and self._is_whole(table, version)

        # Vacuum deletes what was removed before a time, so from the first whole version on all are, those pinned aside.
        first = self._first(f"{table} whole", versions, empty, is_whole)
        pinned = frozenset(left.pinned if left else ()).intersection(versions[empty:first])
        return Kept(tuple(versions), empty, versions[first] if first < len(versions) else None, pinned)

    def _outlived(self, table: str, versions: list[int], version: int, left: Vacuumed | None) -> bool:
        """Whether the last vacuum would have left a version whole without pins: what it needs was not removed too early."""
        if left is None:
            return True
        for later in versions[bisect_right(versions, version) :]:
            commit = read_commit(self._lake.path(table), later)
            if commit is not None and commit.removes:
                return commit.timestamp >= left.since
        return True

    def _first(self, what: str, versions: list[int], low: int, holds: Callable[[int], bool]) -> int:
        """Where the versions of which it holds begin, from `low` on. Looked for where it was last, first: a look reads a log."""
        near = max(low, bisect_left(versions, self._firsts.get(what, 0)))
        if near < len(versions) and holds(versions[near]) and (near == low or not holds(versions[near - 1])):
            found = near
        else:
            found = bisect_left(versions, True, low, key=holds)
        if found < len(versions):
            self._firsts[what] = versions[found]
        return found

    def since(self) -> datetime:
        """The earliest time that `resolve` takes at this moment: from it on no batch is missing."""
        return self._ledger_time(self._first_of_tail(self._lake.versions(_LEDGER)))

    def _of_vector(self, pairs: list[list[str]]) -> Point:
        versions = {table: int(version) for table, version in pairs}
        if len(versions) < len(pairs):
            raise UsageError("`as_of` names a table twice; name each once.")
        if unknown := [name for name in versions if name not in TABLES]:
            raise NotFoundError(f"There is no table {unknown[0]!r}. There are {', '.join(TABLES)}.")
        return Point(versions, max(self._time_of(name, version) for name, version in versions.items()))

    def _time_of(self, table: str, version: int) -> datetime:
        if version < (floor := self._lake.floor(table)):
            raise VersionGoneError(
                f"{table} version {version} was erased, with a user in it; the oldest version that is still there is {floor}.",
                floor,
            )
        commit = read_commit(self._lake.path(table), version)
        if commit is not None:
            return commit.timestamp
        self._lake.files(table, version)
        raise VersionGoneError(
            f"{table} keeps the commit of version {version} no more; `rtl history {table}` lists those it has."
        )

    def _settled(self, instant: datetime) -> datetime:
        ahead = instant - self._clock.now()
        if ahead > _SETTLED:
            raise UsageError(f"The time {isoformat(instant)} lies in the future; leave it out for the present.")
        if ahead > -_SETTLED:
            self._clock.sleep((ahead + _SETTLED).total_seconds())
        return instant

    def _of_time(self, instant: datetime) -> Point:
        """The newest batch in the ledger by then. A gap in the history may have held a newer one: that is gone."""
        kept = self._lake.versions(_LEDGER)
        found = next((i for i in reversed(range(len(kept))) if self._ledger_time(kept[i]) <= instant), None)
        if found is None or (found + 1 < len(kept) and kept[found + 1] != kept[found] + 1):
            first, since = self._first_of_tail(kept), isoformat(self.since())
            raise VersionGoneError(f"The versions of {isoformat(instant)} are no longer kept; those since {since} are.", first)
        versions = self.batch_of(kept[found]) | {_LEDGER: kept[found]}
        # Where the past was forgotten the ledger's was last: what is left of a table begins with what this batch made of it.
        begins = floors(self._lake.control)
        return Point({name: max(version, begins.get(name, 0)) for name, version in versions.items()}, instant)

    def _ledger_time(self, version: int) -> datetime:
        if version not in self._times:
            if len(self._times) > _REMEMBERED_TIMES:
                self._times = {}
            self._times[version] = self._time_of(_LEDGER, version)
        return self._times[version]

    @staticmethod
    def _first_of_tail(kept: list[int]) -> int:
        """The first version from which on none is missing."""
        first = kept[-1]
        for version in reversed(kept):
            if version < first - 1:
                break
            first = version
        return first

    def _batch_in_rows(self, ledger_version: int) -> dict[str, int]:
        """As `batch_of`, read off the ledger's rows: the commit that named the versions may have been cleaned away."""
        files = self._files_at(_LEDGER, ledger_version).values()
        if not files:
            return dict.fromkeys(TABLES, 0)
        newest = max(files, key=lambda file: file.highest["batch"])
        try:
            rows = read_file(self._lake.path(_LEDGER) / newest.path, ["batch", "versions"])
        except FileNotFoundError:
            raise self.gone(_LEDGER, ledger_version) from None
        last = pa.table(rows).sort_by([("batch", "descending")])["versions"][0].as_py()
        return _NOTHING_TOLD | msgspec.json.decode(last, type=dict[str, int])

    def _files_at(self, table: str, version: int) -> Mapping[str, DataFile]:
        key = (table, version)
        with self._lock:
            if key in self._files:
                self._files.move_to_end(key)
                return self._files[key]
        found = self._lake.files(table, version)
        with self._lock:
            self._files[key] = found
            while len(self._files) > _REMEMBERED_FILES:
                self._files.popitem(last=False)
        return found

    def _is_whole(self, table: str, version: int) -> bool:
        return all((self._lake.path(table) / path).exists() for path in self._files_at(table, version))


class _Lazily(Mapping[str, Mapping[str, DataFile]]):
    """Each table's files, found when they are asked for: a version that is gone fails only who reads it."""

    def __init__(self, tables: Mapping[str, int], find: Callable[[str], Mapping[str, DataFile]]) -> None:
        self._tables = tables
        self._find = find

    def __getitem__(self, table: str) -> Mapping[str, DataFile]:
        return self._find(table)

    def __iter__(self) -> Iterator[str]:
        return iter(self._tables)

    def __len__(self) -> int:
        return len(self._tables)


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(
            f"as_of={text!r} is neither a time (2026-11-24T10:00:00Z) nor versions (gold.kpis_1m=41,silver.events=87)."
        ) from None
    if instant.tzinfo is None:
        raise UsageError(f"as_of={text!r} has no offset; write {text}Z for UTC.")
    return instant
