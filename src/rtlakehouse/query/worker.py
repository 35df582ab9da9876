"""The process that runs statements, for one tenant: `python -m rtlakehouse.query.worker MEMORY_MB CPU_S MAX_BYTES THREADS`.

Each statement gets a DuckDB of its own, with this tenant's rows and nothing else, locked before the statement is run.
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import duckdb
import msgspec
import pyarrow as pa

from rtlakehouse.query.wire import EXIT_OUT_OF_MEMORY, Failure, Relation, Task, packed, receive, send, unpacked

__all__ = ["main"]

_MAX_TASK_BYTES = 256 << 20
# What the address space has over the memory that is used: threads' stacks and arenas, which are reserved and not filled.
_RESERVED = 2
# A worker writes no file; the bound is of what it may leave behind on its standard error.
_MAX_WRITTEN_BYTES = 64 << 10
_SETTINGS: dict[str, str | bool] = {
    "allow_persistent_secrets": False,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "python_enable_replacements": False,
    "temp_directory": "",
}
_LOCKED = ("set enable_external_access = false", "set lock_configuration = true")


def main() -> None:
    """Say with an empty frame that it is ready, then answer tasks from the standard input until it ends.

    An answer is an empty frame and the rows as Arrow IPC, or a failure.
    """
    memory_mb, cpu_s, max_bytes, threads = map(int, sys.argv[1:])
    sys.meta_path.insert(0, _NoDataFrames())
    _warm_up()
    _limit_files()
    _limit_memory(memory_mb)
    send(sys.stdout.buffer, b"")
    try:
        while _answered_one(memory_mb, cpu_s, max_bytes, threads):
            pass
    except (MemoryError, duckdb.OutOfMemoryException):
        sys.exit(EXIT_OUT_OF_MEMORY)


def _answered_one(memory_mb: int, cpu_s: int, max_bytes: int, threads: int) -> bool:
    """Answer the next task; whether there was one. The DuckDB for it is there before it comes."""
    with duckdb.connect(config={**_SETTINGS, "memory_limit": f"{memory_mb}MB", "threads": threads}) as connection:
        content = _next()
        if not content:
            return False
        _limit_cpu(cpu_s)
        found = _answer(connection, msgspec.msgpack.decode(content, type=Task), max_bytes)
        if isinstance(found, Failure):
            send(sys.stdout.buffer, msgspec.msgpack.encode(found))
        else:
            send(sys.stdout.buffer, b"")
            send(sys.stdout.buffer, found)
    return True


class _NoDataFrames:
    """Says that there is no pandas: PyArrow would load it where it is installed, which takes longer than all that is needed."""

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> None:
        if name == "pandas":
            raise ModuleNotFoundError("A worker makes no data frames.", name=name)


def _warm_up() -> None:
    """Load what DuckDB loads when Arrow is first handed over: within the limit on memory that may end the process."""
    with duckdb.connect() as connection:
        connection.register("_warm", pa.table({"a": [1]}))
        connection.sql("select a from _warm").to_arrow_table()


def _limit_files() -> None:
    # A module that is first needed now would be kept compiled, cut off at the bound, for every later program.
    sys.dont_write_bytecode = True
    resource.setrlimit(resource.RLIMIT_FSIZE, (_MAX_WRITTEN_BYTES, _MAX_WRITTEN_BYTES))
    # A core would be a copy of a tenant's rows.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _next() -> bytes:
    try:
        return receive(sys.stdin.buffer, _MAX_TASK_BYTES)
    except EOFError:
        return b""


def _limit_memory(memory_mb: int) -> None:
    statistics = Path("/proc/self/statm")
    if statistics.exists():
        pages = int(statistics.read_text().split()[0])
        limit = pages * resource.getpagesize() + (memory_mb << 20) * _RESERVED
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _limit_cpu(cpu_s: int) -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + cpu_s + 1
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def _answer(connection: duckdb.DuckDBPyConnection, task: Task, max_bytes: int) -> bytes | Failure:
    try:
        _provide(connection, task)
        return _run(connection, task, max_bytes)
    except (duckdb.InternalException, duckdb.FatalException):
        # A fault of DuckDB's, no word of which is for who wrote the statement.
        raise
    except (duckdb.OutOfMemoryException, MemoryError) as error:
        return Failure("memory", str(error))
    except duckdb.IOException as error:
        return Failure("file", str(error))
    except duckdb.Error as error:
        return Failure("statement", str(error))


def _provide(connection: duckdb.DuckDBPyConnection, task: Task) -> None:
    paths = [path for relation in task.relations for path in relation.paths]
    listed = ", ".join("'" + path.replace("'", "''") + "'" for path in paths)
    connection.execute(f"set allowed_paths = [{listed}]")
    for relation in task.relations:
        _make(connection, relation, task.tenant_id)
    for setting in _LOCKED:
        connection.execute(setting)


def _make(connection: duckdb.DuckDBPyConnection, relation: Relation, tenant_id: str) -> None:
    connection.execute(f'create schema if not exists "{relation.layer}"')
    name = f'"{relation.layer}"."{relation.name}"'
    if relation.rows:
        connection.register("_rows", unpacked(relation.rows))
        connection.execute(f"create table {name} as select * from _rows")
        connection.unregister("_rows")
    elif not relation.mixed:
        connection.execute(f"create view {name} as {relation.own}")
    else:
        copied = f'main."{relation.layer}.{relation.name}"'
        rows = f"create table {copied} as select * from ({relation.mixed}) where tenant_id = $tenant"
        connection.execute(rows, {"tenant": tenant_id})
        both = f"select * from {copied}" + (f" union all {relation.own}" if relation.own else "")
        connection.execute(f"create view {name} as {both}")


def _run(connection: duckdb.DuckDBPyConnection, task: Task, max_bytes: int) -> bytes | Failure:
    rows: pa.Table = connection.sql(task.sql, params=task.parameters or None).to_arrow_table()
    if rows.nbytes > max_bytes:
        return Failure("size", f"the page has {rows.nbytes:,} bytes")
    return packed(rows)


if __name__ == "__main__":
    main()
