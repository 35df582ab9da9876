"""Statements of users: read, run by a worker over one version of their tables, explained, judged."""

from __future__ import annotations

import re
from typing import Any

import pyarrow as pa
from sqlglot import exp

from rtlakehouse.api.answers import Reading
from rtlakehouse.api.query.schemas import Fault, SqlBody, TableRead
from rtlakehouse.errors import SqlError
from rtlakehouse.medallion.graph import TABLES
from rtlakehouse.query.jail import Statement
from rtlakehouse.query.ranges import TIMES, time_ranges
from rtlakehouse.query.relations import relation, tenant_files
from rtlakehouse.query.wire import Task
from rtlakehouse.query.workers import Cancellation, Workers

__all__ = ["fault_of", "found", "hints", "plan", "tables_read"]

# The times that files are laid out by: a condition on one of them leaves files out.
_TIMES = ("event_time", "event_date", "window_start", "received_at", "ingested_at", "committed_at")
_UNKNOWN_COLUMN = re.compile(r'column "([^"]+)"')


def found(workers: Workers, reading: Reading, statement: Statement, body: SqlBody, text: str, ending: Cancellation) -> pa.Table:
    """What a text made of the statement finds. Raises VersionGoneError where its tables were vacuumed meanwhile."""
    try:
        relations = [relation(reading.snapshot, name, reading.tenant_id) for name in statement.tables]
        return workers.run(Task(reading.tenant_id, relations, text, body.parameters), ending)
    except FileNotFoundError:
        reading.snapshot.raise_if_gone(statement.tables)
        raise


def plan(workers: Workers, reading: Reading, statement: Statement, body: SqlBody, text: str, ending: Cancellation) -> str:
    """How DuckDB would run the text. Raises SqlError for names and types that do not fit."""
    rows = found(workers, reading, statement, body, f"explain {text}", ending)
    return "\n".join(rows["explain_value"].to_pylist())


def tables_read(reading: Reading, statement: Statement, body: SqlBody) -> list[TableRead]:
    """What would be read of each table."""
    return [_table_read(reading, name, statement, _by_name(body)) for name in statement.tables]


def _by_name(body: SqlBody) -> dict[str, Any]:
    """Values of parameters by what follows the `$`."""
    given = body.parameters
    return given if isinstance(given, dict) else {str(place): value for place, value in enumerate(given, 1)}


def _table_read(reading: Reading, name: str, statement: Statement, parameters: dict[str, Any]) -> TableRead:
    files = tenant_files(reading.snapshot, name, reading.tenant_id)
    mentions = statement.mentions(name)
    read = {file.path: file.size_bytes for mention in mentions for file in files.within(*time_ranges(mention, parameters))}
    version = reading.snapshot.versions[name]
    return TableRead(name=name, version=version, files=len(read), total_files=files.total, bytes=sum(read.values()))


def hints(statement: Statement, read: list[TableRead], body: SqlBody) -> list[str]:
    """What would have the statement read less."""
    conditions = (node for where in statement.tree.find_all(exp.Where, exp.Join) for node in where.find_all(exp.Column))
    filtered = {column.name.lower() for column in conditions}
    given = [hint for table in read if (hint := _on_time(table, filtered, statement, _by_name(body)))]
    if any(isinstance(column, exp.Star) for select in statement.tree.find_all(exp.Select) for column in select.expressions):
        given.append("`*` reads every column; name those that are needed.")
    return given


def _on_time(table: TableRead, filtered: set[str], statement: Statement, parameters: dict[str, Any]) -> str:
    times = [name for name in _TIMES if name in TABLES[table.name].column_names]
    used = [name for name in times if name in filtered]
    so = f"so {table.files} of {table.total_files} files are read."
    if not used:
        return f"{table.name}: no condition on {' or '.join(times)}, {so}"
    ranges = [time_ranges(mention, parameters) for mention in statement.mentions(table.name)]
    if not any(ranges) and TIMES.keys() >= set(used):
        return f"{table.name}: {' and '.join(used)} is nowhere compared with a constant as it is, {so}"
    return ""


def fault_of(error: SqlError, statement: Statement | None) -> Fault:
    """The error with its place in the statement as it was written."""
    line, column = error.line, error.column
    unknown = _UNKNOWN_COLUMN.search(str(error))
    if statement is not None and unknown:
        for found_column in statement.tree.find_all(exp.Column):
            if found_column.name == unknown[1]:
                line, column = found_column.this.meta.get("line"), found_column.this.meta.get("col")
    return Fault(message=str(error), line=line, column=column)
