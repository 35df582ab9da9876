"""Two versions of a table side by side: which rows came, went, or have other values, by the columns that tell rows apart.

What both versions have in a file in common they have in common, so only the files of one of them are read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import pyarrow as pa

from rtlakehouse.catalog.snapshot import Files, Range, Snapshot, may_hold
from rtlakehouse.medallion.table import Table
from rtlakehouse.storage.log import DataFile

__all__ = ["Difference", "Comparison", "RowChange", "compare"]


class Difference(StrEnum):
    """What became of a row."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True)
class RowChange:
    """A row that is not the same in both. before, after: the whole row, of a changed one the columns that differ."""

    change: Difference
    key: Mapping[str, Any]
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


@dataclass(frozen=True)
class Comparison:
    """counts: rows by what became of them. changes: those of the page. files, rows: how many were read for it."""

    counts: Mapping[Difference, int]
    changes: tuple[RowChange, ...]
    files: int
    rows: int


def compare(
    before: Snapshot,
    after: Snapshot,
    table: Table,
    *,
    tenant_id: str | None = None,
    only: Difference | None = None,
    limit: int,
    offset: int = 0,
) -> Comparison:
    """The rows of a tenant (of all) that differ between two snapshots of a table; a page of them in the order of the key.

    only: the page is of this kind; the counts are of all. Raises as `Snapshot.query`.
    """
    old, new = (_only_in(one, other, table, tenant_id) for one, other in ((before, after), (after, before)))
    bound = {"tenant": tenant_id, "only": only, "limit": limit, "offset": offset}
    found = after.query(_statement(table), bound, old=old, new=new)
    read = [*old.files, *new.files]
    return Comparison(
        counts={change: found[change][0].as_py() for change in Difference},
        changes=tuple(_changes(table, found)),
        files=len(read),
        rows=sum(file.rows for file in read),
    )


def _only_in(one: Snapshot, other: Snapshot, table: Table, tenant_id: str | None) -> Files:
    """The files that one version has and the other has not, of those that may hold rows of the tenant."""
    shared = other.files[table.name]
    files = [file for file in one.files[table.name].values() if file.path not in shared and _is_of(file, tenant_id)]
    return Files(table.name, one.versions[table.name], tuple(files))


def _is_of(file: DataFile, tenant_id: str | None) -> bool:
    return tenant_id is None or may_hold(file, Range("tenant_id", tenant_id, tenant_id))


def _statement(table: Table) -> str:
    """One row at least, which has the counts; `change` is null where the page is empty."""
    same_key = " and ".join(f"b.{name} = a.{name}" for name in table.key)
    keys = ", ".join(f"coalesce(b.{name}, a.{name}) as {name}" for name in table.key)
    order = ", ".join(table.key)
    return f"""
        with changes as materialized (
            select b as before, a as after, {keys},
                case when b.tenant_id is null then 'added' when a.tenant_id is null then 'removed' else 'changed' end as change
            from (select * from old where $tenant is null or tenant_id = $tenant) as b
            full join (select * from new where $tenant is null or tenant_id = $tenant) as a on {same_key}
            where b is distinct from a
        ),
        counts as (
            select count(*) filter (change = 'added') as added, count(*) filter (change = 'removed') as removed,
                count(*) filter (change = 'changed') as changed
            from changes
        ),
        page as (
            select * from changes where $only is null or change = $only order by {order} limit $limit offset $offset
        )
        select * from counts left join page on true order by {order}
    """


def _changes(table: Table, found: pa.Table) -> Iterator[RowChange]:
    for row in found.to_pylist():
        if row["change"] is not None:
            yield _row_change(table, Difference(row["change"]), row)


def _row_change(table: Table, change: Difference, row: Mapping[str, Any]) -> RowChange:
    before, after = row["before"], row["after"]
    if change is Difference.CHANGED:
        differing = [name for name in table.column_names if before[name] != after[name]]
        before, after = ({name: side[name] for name in differing} for side in (before, after))
    return RowChange(
        change=change,
        key={name: row[name] for name in table.key},
        before=None if change is Difference.ADDED else before,
        after=None if change is Difference.REMOVED else after,
    )
