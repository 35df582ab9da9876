"""From when on gold tables have other rows than when they were last looked at, by the files that came and went."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pyarrow as pa

from rtlakehouse.catalog.snapshot import Files as SomeFiles
from rtlakehouse.catalog.snapshot import Relation, Snapshot, Unheld
from rtlakehouse.contract.floors import Floors
from rtlakehouse.journals import queries
from rtlakehouse.medallion.graph import TABLES
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.log import DataFile

__all__ = ["Changes", "Files", "changes", "files_then"]

Files = Mapping[str, Mapping[str, DataFile]]
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
# Of more rows not each is compared: a backfill of months may change any of them.
_MOST_ROWS = 10_000_000
# So many are compared without being held in memory.
_LARGE_ROWS = 100_000
_FLOORS = pa.schema([("tenant_id", pa.string()), ("since", pa.timestamp("us"))])


@dataclass(frozen=True)
class Changes:
    """The first windows with other rows; none before. of_all: where it is not known whose rows they are."""

    of_all: datetime | None = None
    of_tenants: Mapping[str, datetime] = field(default_factory=dict)

    @property
    def first(self) -> datetime | None:
        return _first(self.of_all, *self.of_tenants.values())

    def of(self, tenant_id: str) -> datetime | None:
        return _first(self.of_all, self.of_tenants.get(tenant_id))


def changes(snapshot: Snapshot, before: Files | None, names: Sequence[str]) -> Changes:
    """What has changed since the files were these. What was let go of since is no change.

    By rows where they can be had: files that gather others, or have rows of other windows too, change nothing in these.
    """
    of_all: list[datetime | None] = []
    compared: dict[str, Relation] = {}
    for name in names:
        after, known = snapshot.files[name], (before or {}).get(name)
        gone = [file for path, file in (known or {}).items() if path not in after]
        came = [file for path, file in after.items() if path not in (known or {})]
        if known is None or not _can_be_compared(snapshot, name, gone, came):
            of_all.append(_lowest((*gone, *came)))
            continue
        for what, files in (("gone", gone), ("came", came)):
            if files:
                relation = SomeFiles(name, snapshot.versions[name], tuple(files))
                is_large = sum(file.rows for file in files) > _LARGE_ROWS
                compared[f"{what}_{TABLES[name].short_name}"] = Unheld(relation) if is_large else relation
    return Changes(_first(*of_all), _compared(snapshot, compared) if compared else {})


def files_then(lake: Lake, versions: Mapping[str, int]) -> Files | None:
    """The files of these versions, or of earlier ones that are still kept; None where nothing as early is."""
    found = {}
    for table, version in versions.items():
        kept = [each for each in lake.versions(table) if each <= version]
        if not kept:
            return None
        found[table] = lake.files(table, kept[-1])
    return found


def _compared(snapshot: Snapshot, files: Mapping[str, Relation]) -> dict[str, datetime]:
    digests = (queries.DIGESTS.format(name=name, sign=-1 if name.startswith("gone") else 1) for name in files)
    sql = queries.CHANGED.format(digests=" union all ".join(digests))
    rows = snapshot.query(sql, floors=_floors(snapshot.floors["gold"]), **files)
    return {row["tenant_id"]: row["first"].replace(tzinfo=UTC) for row in rows.to_pylist()}


def _can_be_compared(snapshot: Snapshot, name: str, gone: Sequence[DataFile], came: Sequence[DataFile]) -> bool:
    """Not where they are too many, or one has been vacuumed."""
    table = TABLES[name]
    folder = snapshot.root / table.layer / table.short_name
    return sum(file.rows for file in (*gone, *came)) <= _MOST_ROWS and all((folder / file.path).exists() for file in gone)


def _floors(floors: Floors) -> pa.Table:
    """Since when what happened is kept: a row for each tenant that has a time of its own, one without a name for others."""
    own: list[tuple[str | None, datetime | None]] = [*floors.of_tenants.items(), (None, floors.of_all)]
    rows = [{"tenant_id": tenant, "since": (since or _EARLIEST).replace(tzinfo=None)} for tenant, since in own]
    return pa.Table.from_pylist(rows, _FLOORS)


def _lowest(files: Iterable[DataFile]) -> datetime | None:
    """By the bounds of files."""
    return _first(*(file.lowest.get("window_start", _EARLIEST).astimezone(UTC) for file in files if file.rows))


def _first(*times: datetime | None) -> datetime | None:
    return min((time for time in times if time is not None), default=None)
