"""`rtl verify`: every promise of a lake, checked on its tables as they lie on disk.

Each check is one query that finds what breaks the promise; a promise holds when it finds nothing. The checks read the tables'
exact file lists at one vector of versions, and share no code with the engines that wrote them.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from rtlakehouse.contract.floors import Floors
from rtlakehouse.errors import CorruptionError
from rtlakehouse.medallion.graph import GOLD, TABLES
from rtlakehouse.medallion.silver import EVENTS
from rtlakehouse.medallion.table import DATE, UTC_TIME, Table
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.log import DataFile
from rtlakehouse.storage.seals import Seal, Seals

__all__ = ["CHECKS", "COUNT", "Finding", "verify"]


@dataclass(frozen=True)
class Finding:
    """One check: what it promises, what was looked at, and how many differences it found (0: the promise holds)."""

    check: str
    promise: str
    examined: int
    differences: int
    example: str = ""

    @property
    def holds(self) -> bool:
        return self.differences == 0


_PLACE = "source, topic, partition, position"
_PARTITION = "tenant_id, source, topic, partition"
_SILVER_PLACES = f"""
    select tenant_id, {_PLACE} from "silver.events" union all
    select tenant_id, {_PLACE} from "silver.duplicates" union all
    select tenant_id, {_PLACE} from "silver.quarantine"
"""

# name -> (promise, query of what is examined, query of what breaks the promise). `$dedupe_us` is the dedupe window.
CHECKS: dict[str, tuple[str, str, str]] = {
    "ledger balances": (
        "received = accepted + duplicates + quarantined, for each tenant and source partition",
        'select count(*) from "ops.ledger"',
        f"""select {_PARTITION}, sum(received) as received, sum(accepted + duplicates + quarantined) as accounted
            from "ops.ledger" group by {_PARTITION} having received <> accounted""",
    ),
    "ledger equals the tables": (
        "the ledger's counts are the tables' row counts",
        "select count(*) from bronze_done",
        f"""select * from (
                select {_PARTITION}, (sum(received) - coalesce(sum(expired), 0)) as received,
                    sum(accepted) - coalesce(sum(accepted_expired), 0) as accepted,
                    sum(duplicates) - coalesce(sum(duplicates_expired), 0) as duplicates,
                    sum(quarantined) - coalesce(sum(quarantined_expired), 0) as quarantined,
                    sum(late) - coalesce(sum(late_expired), 0) as late, true as in_ledger
                from "ops.ledger" group by all) as ledger
            full join (
                select {_PARTITION}, sum(r) as received, sum(a) as accepted, sum(d) as duplicates,
                    sum(q) as quarantined, sum(l) as late,
                    true as in_tables
                from (
                    select {_PARTITION}, 1 as r, 0 as a, 0 as d, 0 as q, 0 as l from bronze_done union all
                    select {_PARTITION}, 0, 1, 0, 0, is_late::int from "silver.events" union all
                    select {_PARTITION}, 0, 0, 1, 0, 0 from "silver.duplicates" union all
                    select {_PARTITION}, 0, 0, 0, 1, 0 from "silver.quarantine") group by all) as counted
            using ({_PARTITION}, received, accepted, duplicates, quarantined, late)
            where (in_ledger is null or in_tables is null)
                and (received, accepted, duplicates, quarantined, late) <> (0, 0, 0, 0, 0)""",
    ),
    # What silver has and bronze has not is let go: one of a batch of which the ledger says that bronze let go of some. That they
    # are as many as it says is the check before.
    "every record once": (
        "every bronze record is in exactly one of silver.events, silver.duplicates, silver.quarantine",
        "select count(*) from bronze_done",
        f"""with odd as (
                select tenant_id, {_PLACE}, sum(n) as balance, count(*) as times from (
                    select tenant_id, {_PLACE}, 1 as n from bronze_done union all
                    select *, -1 from ({_SILVER_PLACES}))
                group by all having balance <> 0 or times <> 2),
            let_go as (select {_PARTITION}, first_position as position, last_position from "ops.ledger" where expired > 0)
            select odd.* from odd asof left join let_go as l
                on odd.tenant_id = l.tenant_id and odd.source = l.source and odd.topic = l.topic and odd.partition = l.partition
                    and odd.position >= l.position
            where odd.balance <> -1 or odd.times <> 1 or l.last_position is null or odd.position > l.last_position""",
    ),
    "positions without gap": (
        "positions of a partition follow each other from 0, but for those let go; Kafka's offsets may have holes",
        'select count(distinct (source, topic, partition)) from "bronze.events"',
        """select source, topic, partition, records, positions, first, last, expired from (
                select source, topic, partition, count(*) as records, count(distinct position) as positions,
                    min(position) as first, max(position) as last
                from "bronze.events" group by all)
            full join (
                select source, topic, partition, coalesce(sum(expired), 0) as expired, max(last_position) as taken
                from "ops.ledger" group by all)
            using (source, topic, partition)
            where records <> positions or (source <> 'kafka' and (
                (coalesce(expired, 0) = 0 and first <> 0)
                or greatest(last, taken) <> coalesce(records, 0) + coalesce(expired, 0) - 1))""",
    ),
    "no duplicate event": (
        "no two accepted events of one tenant and id happened within the dedupe window",
        'select count(*) from "silver.events"',
        """select * from (
                select tenant_id, event_id, event_time,
                    event_time_us - lag(event_time_us) over (partition by tenant_id, event_id order by event_time_us) as apart_us
                from (select tenant_id, event_id, event_time, epoch_us(event_time) as event_time_us from "silver.events"))
            where apart_us <= $dedupe_us""",
    ),
    "duplicates have their original": (
        "the event that a duplicate names as kept is in silver.events, with the same id",
        'select count(*) from "silver.duplicates"',
        """select d.* from "silver.duplicates" as d anti join "silver.events" as e
            on e.tenant_id = d.tenant_id and e.event_id = d.event_id and e.source = d.kept_source and e.topic = d.kept_topic
                and e.partition = d.kept_partition and e.position = d.kept_position""",
    ),
}

# A writer commits a file and then seals it, a moment later even where a disk is busy.
_SEALED_WITHIN = timedelta(seconds=10)
_LOOK_EVERY_S = 0.05
# DuckDB hands rows out to threads in groups of this many. With fewer in all, a second thread takes a fifth more processor time.
_ROWS_OF_ONE_THREAD = 122_880

# How many findings there are: of the files of each table, of each check, and of each gold table's query.
COUNT = len(TABLES) + len(CHECKS) + len(GOLD)


def verify(lake: Lake, dedupe_window: timedelta, sealed_within: timedelta = _SEALED_WITHIN) -> Iterator[Finding]:
    """Check every promise, one finding each, cheapest knowledge last. Raises nothing for a broken one: see `Finding`.

    An engine may run meanwhile: a file that it has just committed is waited for until it is sealed too, `sealed_within` at most.
    """
    versions = lake.vector()
    files = {name: lake.files(name, version) for name, version in versions.items()}
    settled = lake.kept_since(EVENTS.name)
    until = time.monotonic() + sealed_within.total_seconds()
    yield from (_files(lake, name, found, until) for name, found in files.items())
    threads = 1 if sum(file.rows for found in files.values() for file in found.values()) < _ROWS_OF_ONE_THREAD else 2
    cache = str(lake.control / "cache")
    connection = duckdb.connect(config={"threads": threads, "memory_limit": "2GB", "temp_directory": cache})
    try:
        for name, found in files.items():
            # A file that is gone or torn was found above; the checks go on with what can be read.
            there = [file for file in found.values() if _is_readable(lake.path(name) / file.path)]
            connection.execute(_view(TABLES[name], lake.path(name), there))
        connection.execute(_DONE)
        microseconds = dedupe_window // timedelta(microseconds=1)
        for name, (promise, examined, broken) in CHECKS.items():
            yield _check(connection, name, promise, examined, broken.replace("$dedupe_us", str(microseconds)))
        for table in GOLD:
            yield _gold(connection, table, settled)
    finally:
        connection.close()


# Bronze as far as the ledger says it was processed; what came in since is not silver's yet.
_DONE = """create temp view bronze_done as
    select b.* from "bronze.events" as b
    semi join (select source, topic, partition, max(last_position) as last from "ops.ledger" group by all) as l
        on b.source = l.source and b.topic = l.topic and b.partition = l.partition and b.position <= l.last"""


def _files(lake: Lake, name: str, files: dict[str, DataFile], until: float) -> Finding:
    seals = lake.seals(name)
    sealed = _sealed(seals, files, until)
    faults = [fault for path in files if (fault := _fault(seals, path, sealed.get(path)))]
    return Finding(
        f"files of {name}", "every file is there, byte for byte as committed", len(files), len(faults), "; ".join(faults[:1])
    )


def _sealed(seals: Seals, files: Iterable[str], until: float) -> Mapping[str, Seal]:
    while not (sealed := seals.read()).keys() >= set(files) and time.monotonic() < until:
        time.sleep(_LOOK_EVERY_S)
    return sealed


def _fault(seals: Seals, path: str, seal: Seal | None) -> str:
    if seal is None:
        return f"{path} has no recorded hash"
    try:
        seals.check(path, seal)
    except CorruptionError as error:
        return str(error)
    return ""


def _is_readable(path: Path) -> bool:
    try:
        pq.read_metadata(path)
    except (OSError, pa.ArrowException):
        return False
    return True


def _check(connection: duckdb.DuckDBPyConnection, name: str, promise: str, examined: str, broken: str) -> Finding:
    try:
        ((count,),) = connection.execute(examined).fetchall()
        row = connection.execute(f"select count(*) over () as n, * from ({broken}) limit 1").fetchone()
        names = [column[0] for column in connection.description or ()]
    except duckdb.Error as error:
        return Finding(name, promise, 0, 1, f"cannot be checked: {str(error).splitlines()[0]}")
    example = ", ".join(f"{name}={value}" for name, value in zip(names[1:], row[1:], strict=True)) if row else ""
    return Finding(name, promise, count, row[0] if row else 0, example)


def _gold(connection: duckdb.DuckDBPyConnection, table: Table, settled: Floors) -> Finding:
    """Gold equals its query over silver since silver keeps events: the difference of the two as bags, both ways."""
    columns = ", ".join(f"cast({c.name} as {_sql_type(c.type)}) as {c.name}" for c in table.columns)
    connection.execute('create or replace temp view events as select * from "silver.events"')
    promise = "equals its query over silver.events, exactly"
    try:
        since = f"where {_is_unsettled(settled)}"
        connection.execute(f"create or replace temp table expected as select {columns} from ({table.query}) {since}")
        connection.execute(f'create or replace temp table found as select {columns} from "{table.name}" {since}')
    except duckdb.Error as error:
        return Finding(table.name, promise, 0, 1, f"cannot be checked: {str(error).splitlines()[0]}")
    broken = """select 'missing' as what, * from (from expected except all from found)
        union all select 'unexpected', * from (from found except all from expected)"""
    return _check(connection, table.name, promise, "select count(*) from expected", broken)


def _is_unsettled(settled: Floors) -> str:
    """Of a row of gold, whether silver has all events of its window."""
    of_tenants = [f"when '{tenant}' then {_literal(floor)}" for tenant, floor in settled.of_tenants.items()]
    # An expression without any `when` is none.
    of_tenants.append("when null then null")
    return f"window_start >= coalesce(case tenant_id {' '.join(of_tenants)} else {_literal(settled.of_all)} end, '-infinity')"


def _literal(floor: datetime | None) -> str:
    return "null::timestamp" if floor is None else f"timestamp '{floor.replace(tzinfo=None)}'"


def _view(table: Table, path: Path, files: list[DataFile]) -> str:
    """A view of the table at its file list, times as UTC without a zone."""
    if not files:
        nothing = ", ".join(f"null::{_sql_type(c.type)} as {c.name}" for c in table.columns)
        return f'create temp view "{table.name}" as select {nothing} where false'
    listed = ", ".join("'" + str(path / file.path).replace("'", "''") + "'" for file in files)
    # Files of before a column was added lack it; where all do, the reader does not know of it.
    there = {name for file in files for name in pq.read_schema(path / file.path).names}
    written = [c for c in table.columns if c.name not in table.partition_by]
    columns = ", ".join(
        _column(c.name, _sql_type(c.type)) if c.name in there or not c.nullable else f"null::{_sql_type(c.type)} as {c.name}"
        for c in written
    )
    source = f"read_parquet([{listed}], union_by_name = true, hive_partitioning = false)"
    return f'create temp view "{table.name}" as select {columns} from {source}'


def _column(name: str, sql_type: str) -> str:
    return f"make_timestamp(epoch_us({name})) as {name}" if sql_type == "timestamp" else name


def _sql_type(arrow_type: object) -> str:
    names = {UTC_TIME: "timestamp", DATE: "date"}
    known = {"string": "varchar", "binary": "blob", "int32": "integer", "int64": "bigint", "bool": "boolean", "double": "double"}
    text = str(arrow_type)
    if arrow_type in names:
        return names[arrow_type]
    if text.startswith("decimal128"):
        return "decimal" + text.removeprefix("decimal128")
    return "varchar[]" if text.startswith("list") else known[text]
