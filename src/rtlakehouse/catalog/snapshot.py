"""A snapshot: one vector of table versions, and queries over exactly the files of those versions."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, cached_property
from pathlib import Path
from typing import Any, TypeAlias

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from rtlakehouse import tracing
from rtlakehouse.catalog.files import GoldFiles, local_times
from rtlakehouse.catalog.footers import has_columns
from rtlakehouse.catalog.sums import LATE_EVENTS, LEDGER_SUMS, REASON_SUMS, Digest, FileDigests
from rtlakehouse.contract.floors import Floors
from rtlakehouse.errors import ExpiredError, RtlError, UsageError
from rtlakehouse.medallion.graph import TABLES
from rtlakehouse.medallion.table import Kind, Table
from rtlakehouse.storage.log import DataFile

__all__ = ["KEEPERS", "Digested", "Files", "Range", "Relation", "Snapshot", "Unheld", "may_hold"]

_KPIS = "gold.kpis_1m"
# The table of each layer whose log says since when the layer keeps what happened.
KEEPERS = {"silver": "silver.events", "gold": _KPIS}


@dataclass(frozen=True)
class Range:
    """Only rows whose `column` lies in [first, last] are wanted (None: no bound): files that hold none are not read."""

    column: str
    first: Any
    last: Any


@dataclass(frozen=True)
class Files:
    """Some of the files of a table at a version."""

    table: str
    version: int
    files: tuple[DataFile, ...]


@dataclass(frozen=True)
class Digested:
    """The digests of the files of a table that a range does not rule out."""

    digest: Digest
    happened: Range


Held: TypeAlias = str | tuple[str, Range] | tuple[str, Range, Range] | Files


@dataclass(frozen=True)
class Unheld:
    """Rows that are read from their files, and not held in memory: of a long span, which would drive out all else."""

    relation: Held


Relation: TypeAlias = Held | Unheld | Digested | pa.Table


@dataclass(frozen=True)
class Snapshot:
    """versions: of every table. files: the live files of each at that version. processed: the bronze version up to which it
    shows everything. as_of: the time it stands for, which says how windows stood: a past one's own, else its newest commit's.

    Immutable: what a snapshot answers never changes, whatever is committed, compacted or vacuumed under a lease meanwhile.
    gone: the error for a table some of whose files are no longer there. floors: since when silver and gold keep what happened, by
    layer.
    """

    root: Path
    versions: Mapping[str, int]
    files: Mapping[str, Mapping[str, DataFile]]
    processed: int
    as_of: datetime
    is_latest: bool
    connection: duckdb.DuckDBPyConnection
    gold: GoldFiles
    digests: Mapping[str, FileDigests]
    gone: Callable[[str, int], RtlError]
    floors: Mapping[str, Floors]

    def query(self, sql: str, parameters: Mapping[str, Any] | None = None, /, **relations: Relation) -> pa.Table:
        """Run a statement that reads each relation by its keyword's name; the value is Arrow, files, or a table with ranges.

        Times are UTC without a zone inside the statement and in its result; parameters are bound by `$name`. Raises
        VersionGoneError where files of this snapshot were vacuumed, UsageError where it asks for more memory than there is.
        """
        cursor = self.connection.cursor()
        try:
            with tracing.span("query", {"db.system.name": "duckdb", "db.query.text": sql}) as span:
                for name, wanted in relations.items():
                    self._provide(cursor, name, wanted)
                rows = cursor.sql(sql, params=dict(parameters or {})).to_arrow_table()
                span.note({"db.response.returned_rows": rows.num_rows})
                return rows
        except (FileNotFoundError, duckdb.IOException):
            self._raise_if_gone(relations)
            raise
        except duckdb.OutOfMemoryException as error:
            raise UsageError("This asks for more memory than `catalog_memory_mb` allows; ask for a shorter range.") from error
        finally:
            cursor.close()

    def select(self, table: Table, where: str, limit: int) -> pa.Table:
        """Rows of a table that match a condition written by the operator of this machine, in the order of its key.

        Raises UsageError for a condition that is not one.
        """
        sql = f"select * from rows where {where} order by {', '.join(table.key)} limit $limit"
        with _condition(where):
            return self.query(sql, {"limit": limit}, rows=table.name)

    def stream(self, table: Table, where: str, batch_rows: int) -> Generator[pa.RecordBatch, None, None]:
        """All rows of a table that match a condition written by the operator of this machine, so many at a time, in no
        particular order; memory holds a few such batches, whatever the size of the table.

        Raises UsageError for a condition that is not one, VersionGoneError where files of this snapshot were vacuumed.
        """
        cursor = self.connection.cursor()
        try:
            self._provide(cursor, "rows", table.name)
            with _condition(where):
                yield from cursor.sql(f"select * from rows where {where}").to_arrow_reader(batch_rows)
        except (FileNotFoundError, duckdb.IOException):
            self._raise_if_gone({"rows": table.name})
            raise
        finally:
            cursor.close()

    def newest_window(self, tenant_id: str | None = None) -> datetime | None:
        """Start of the newest minute in gold, of a tenant or of all, as UTC without a zone; None while there is none."""
        ends = sorted(((file.highest["window_start"], file) for file in self.files_of(_KPIS) if file.rows), key=_newest_first)
        if tenant_id is None:
            return ends[0][0].astimezone(UTC).replace(tzinfo=None) if ends else None
        newest: datetime | None = None
        for end, file in ends:
            if newest is not None and end.astimezone(UTC).replace(tzinfo=None) <= newest:
                break
            found = self._newest_in(file, tenant_id)
            newest = found if newest is None else max(newest, found or newest)
        return newest

    @cached_property
    def ledger_sums(self) -> pa.Table:
        """The ledger added up by tenant and source partition, in parts that are to be added up again: see `LEDGER_SUMS`."""
        return self._digested(LEDGER_SUMS)

    @cached_property
    def reason_sums(self) -> pa.Table:
        """Quarantined records by tenant and reason, in parts that are to be added up again: see `REASON_SUMS`."""
        return self._digested(REASON_SUMS)

    def late_events(self, happened: Range) -> pa.Table:
        """At least the late events that happened in this range of `event_time`: see `LATE_EVENTS`."""
        return self._digested(LATE_EVENTS, happened)

    def windows(self, table: str, wanted: Range) -> pa.Table:
        """The rows of a table of gold whose windows start within a range of `window_start`: see `GoldFiles.rows`."""
        return self._gold_rows(TABLES[table], self.files_of(table, wanted), wanted.first, wanted.last)

    def kept_since(self, table: str, tenant_id: str) -> datetime | None:
        """Since when a table of silver or gold has all that happened of a tenant, naive UTC; None where it lets go of nothing."""
        floor = self.floors[table.partition(".")[0]].of(tenant_id)
        return None if floor is None else floor.replace(tzinfo=None)

    def require_kept(self, table: str, tenant_id: str, start: datetime) -> None:
        """Raises ExpiredError where a table does not have all any more that happened of a tenant since `start`, naive UTC."""
        since = self.kept_since(table, tenant_id)
        if since is not None and start < since:
            raise ExpiredError(
                f"{table} has what happened since {since.isoformat()}Z, and this asks since {start.isoformat()}Z: what was before"
                " was let go, as the setting `retention_days` says. Ask for a range from then on."
            )

    def last_position(self, tenant_id: str, source: str, topic: str, partition: int) -> int:
        """The last position of a source partition that the ledger accounts for; -1 while there is none."""
        return self._last_positions.get((tenant_id, source, topic, partition), -1)

    @cached_property
    def _last_positions(self) -> dict[tuple[str, str, str, int], int]:
        last: dict[tuple[str, str, str, int], int] = {}
        for row in self.ledger_sums.select(["tenant_id", "source", "topic", "partition", "last_position"]).to_pylist():
            place = (row["tenant_id"], row["source"], row["topic"], row["partition"])
            last[place] = max(last.get(place, -1), row["last_position"])
        return last

    def files_of(self, table: str, *wanted: Range) -> list[DataFile]:
        """The files of a table, without those that a range rules out. Raises UsageError where `as_of` left the table out."""
        if table not in self.versions:
            raise UsageError(f"`as_of` names no version of {table}, which this reads too; add it: {table}=<version>.")
        return [file for file in self.files[table].values() if all(may_hold(file, bounds) for bounds in wanted)]

    def scan(self, table: Table, files: Sequence[DataFile]) -> str:
        """The query that reads these files of a table, times as UTC without a zone.

        Raises FileNotFoundError where one is gone, CorruptionError where one cannot be read.
        """
        paths = self.paths(table, files)
        listed = ", ".join("'" + path.replace("'", "''") + "'" for path in paths)
        # By name DuckDB opens each file twice, which is needed only where one of them lacks a column.
        by_name = not all(has_columns(path, _written(table)) for path in paths)
        absent = _absent(table, paths) if by_name else frozenset()
        columns = ", ".join(_null(field) if field.name in absent else _column(field) for field in table.schema)
        return f"select {columns} from read_parquet([{listed}], union_by_name = {by_name}, hive_partitioning = false)"

    def paths(self, table: Table, files: Sequence[DataFile]) -> list[str]:
        """Where these files of a table are."""
        return [str(self._folder(table) / file.path) for file in files]

    def raise_if_gone(self, tables: Iterable[str]) -> None:
        """Raises VersionGoneError where files of one of these tables were vacuumed."""
        self._raise_if_gone({name: name for name in tables})

    def _digested(self, digest: Digest, *wanted: Range) -> pa.Table:
        table = digest.table.name
        try:
            return self.digests[digest.name].of(self.files_of(table, *wanted))
        except FileNotFoundError:
            self._raise_if_gone({table: table})
            raise

    def _newest_in(self, file: DataFile, tenant_id: str) -> datetime | None:
        rows = self._gold_rows(TABLES[_KPIS], [file])
        newest: datetime | None = pc.max(rows["window_start"].filter(pc.equal(rows["tenant_id"], tenant_id))).as_py()
        return newest

    def _gold_rows(
        self, table: Table, files: Sequence[DataFile], first: datetime | None = None, last: datetime | None = None
    ) -> pa.Table:
        try:
            return self.gold.rows(table, self._folder(table), files, first, last)
        except FileNotFoundError:
            self._raise_if_gone({table.name: table.name})
            raise

    def _provide(self, cursor: duckdb.DuckDBPyConnection, name: str, wanted: Relation) -> None:
        if isinstance(wanted, Digested):
            wanted = self._digested(wanted.digest, wanted.happened)
        if isinstance(wanted, pa.Table):
            cursor.register(name, wanted)
            return
        is_held = not isinstance(wanted, Unheld)
        wanted = wanted.relation if isinstance(wanted, Unheld) else wanted
        definition, files = self._wanted(wanted)
        if is_held and definition.kind is Kind.WINDOWED:
            cursor.register(name, self._gold_rows(definition, files, *_windows(wanted)))
        elif not files:
            cursor.register(name, local_times(definition.schema.empty_table()))
        else:
            cursor.execute(f'create or replace temp view "{name}" as {self.scan(definition, files)}')

    def _wanted(self, wanted: Held) -> tuple[Table, Sequence[DataFile]]:
        if isinstance(wanted, Files):
            return TABLES[wanted.table], wanted.files
        table, ranges = (wanted, ()) if isinstance(wanted, str) else (wanted[0], wanted[1:])
        return TABLES[table], self.files_of(table, *ranges)

    def _raise_if_gone(self, relations: Mapping[str, Relation]) -> None:
        for wanted in relations.values():
            if isinstance(wanted, pa.Table | Digested):
                continue
            wanted = wanted.relation if isinstance(wanted, Unheld) else wanted
            if isinstance(wanted, Files):
                table, version, paths = wanted.table, wanted.version, [file.path for file in wanted.files]
            else:
                table = wanted if isinstance(wanted, str) else wanted[0]
                version, paths = self.versions[table], list(self.files[table])
            folder = self._folder(TABLES[table])
            if not all((folder / path).exists() for path in paths):
                raise self.gone(table, version) from None

    def _folder(self, table: Table) -> Path:
        return self.root / table.layer / table.short_name


@contextmanager
def _condition(where: str) -> Iterator[None]:
    try:
        yield
    except (duckdb.ParserException, duckdb.BinderException, duckdb.ConversionException) as error:
        raise UsageError(f"--where {where!r} does not work: {str(error).splitlines()[0]}") from error


def _windows(wanted: Relation) -> tuple[datetime | None, datetime | None]:
    """The starts of the first and the last window that are wanted."""
    ranges = wanted[1:] if isinstance(wanted, tuple) else ()
    return next(((each.first, each.last) for each in ranges if each.column == "window_start"), (None, None))


def _newest_first(found: tuple[datetime, DataFile]) -> float:
    return -found[0].timestamp()


def may_hold(file: DataFile, wanted: Range) -> bool:
    """Whether a file may hold rows of a range; one without statistics may."""
    lowest, highest = file.lowest.get(wanted.column), file.highest.get(wanted.column)
    below = wanted.first is not None and highest is not None and highest < wanted.first
    above = wanted.last is not None and lowest is not None and lowest > wanted.last
    return not (below or above)


@cache
def _written(table: Table) -> frozenset[str]:
    """The columns that a file of the table has; what it is partitioned by is in its path."""
    return frozenset(table.column_names) - frozenset(table.partition_by)


def _absent(table: Table, paths: Sequence[str]) -> frozenset[str]:
    """The columns that none of these files has: all are from before they were added. Only what may be null is ever added."""
    added = (column.name for column in table.columns if column.nullable)
    return frozenset(name for name in added if not any(has_columns(path, frozenset({name})) for path in paths))


def _null(field: pa.Field) -> str:
    """A column of nothing, of the field's type, whose names but one DuckDB shares with Arrow."""
    return f"null::{str(field.type).replace('decimal128', 'decimal')} as {field.name}"


def _column(field: pa.Field) -> str:
    if pa.types.is_timestamp(field.type):
        return f"make_timestamp(epoch_us({field.name})) as {field.name}"
    if field.name == "event_date":
        return "cast(make_timestamp(epoch_us(event_time)) as date) as event_date"
    return str(field.name)
