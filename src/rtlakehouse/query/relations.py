"""What a worker gets of a table at a version: the files that may hold a tenant's rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rtlakehouse.catalog import Snapshot
from rtlakehouse.catalog.files import local_times
from rtlakehouse.catalog.snapshot import Range, may_hold
from rtlakehouse.medallion.graph import TABLES
from rtlakehouse.query.wire import Relation, packed
from rtlakehouse.storage.log import DataFile

__all__ = ["TenantFiles", "relation", "tenant_files"]

_TENANT = "tenant_id"


@dataclass(frozen=True)
class TenantFiles:
    """A table's files that may hold a tenant's rows. own: those that hold nobody else's. total: how many the table has."""

    own: Sequence[DataFile]
    mixed: Sequence[DataFile]
    total: int

    def within(self, *wanted: Range) -> list[DataFile]:
        """Those of them that may hold rows of all these ranges."""
        return [file for file in (*self.own, *self.mixed) if all(may_hold(file, bounds) for bounds in wanted)]


def tenant_files(snapshot: Snapshot, table: str, tenant_id: str) -> TenantFiles:
    """The files of a table by what their statistics say of the tenant."""
    files = snapshot.files_of(table)
    held = [file for file in files if may_hold(file, Range(_TENANT, tenant_id, tenant_id))]
    return TenantFiles(
        own=[file for file in held if _is_own(file, tenant_id)],
        mixed=[file for file in held if not _is_own(file, tenant_id)],
        total=len(files),
    )


def relation(snapshot: Snapshot, table: str, tenant_id: str) -> Relation:
    """The table at the snapshot's version as a worker makes it, for this tenant alone."""
    definition, files = TABLES[table], tenant_files(snapshot, table, tenant_id)
    is_empty = not (files.own or files.mixed)
    return Relation(
        layer=definition.layer,
        name=definition.short_name,
        rows=packed(local_times(definition.schema.empty_table())) if is_empty else b"",
        own=snapshot.scan(definition, files.own) if files.own else "",
        mixed=snapshot.scan(definition, files.mixed) if files.mixed else "",
        paths=snapshot.paths(definition, files.own),
    )


def _is_own(file: DataFile, tenant_id: str) -> bool:
    return file.lowest.get(_TENANT) == file.highest.get(_TENANT) == tenant_id
