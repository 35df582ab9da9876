"""A process that ends in the middle of a statement: what took too much is told from what went wrong, and the next one runs."""

from __future__ import annotations

import marshal
import os
import resource
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psutil
import pyarrow as pa
import pytest
from structlog.testing import capture_logs

from api.serving import until
from query.processes import Watch, is_gone
from rtlakehouse.errors import QueryCrashError, QueryLimitError, SourceError
from rtlakehouse.query.process import Bounds
from rtlakehouse.query.wire import Task
from rtlakehouse.query.workers import Cancellation, Workers

BOUNDS = Bounds(deadline_s=20, memory_mb=64, max_bytes=1 << 20, threads=1, concurrent=1)
# Before the code: flags, time and size of the source.
_PYC_HEADER = 16
ENDLESS = "select count(*) from range(1000000000000) a, range(1000) b"


def ask(workers: Workers, sql: str, ending: Cancellation | None = None, **parameters: Any) -> pa.Table:
    """What a statement finds that no grammar looked at."""
    return workers.run(Task("acme", [], sql, parameters), ending or Cancellation())


def answers(workers: Workers) -> bool:
    return bool(ask(workers, "select 1 as one")["one"].to_pylist() == [1])


@pytest.fixture
def others() -> Iterable[psutil.Process]:
    """Workers that were there before the test."""
    return Watch().seen


@pytest.fixture
def workers(others: Iterable[psutil.Process]) -> Iterator[Workers]:
    """Workers one of which has run a statement."""
    found = Workers(BOUNDS)
    assert answers(found)
    yield found
    found.close()


@pytest.fixture
def process(others: Iterable[psutil.Process], workers: Workers) -> psutil.Process:
    """The one that has run a statement."""
    (found,) = set(Watch().seen).difference(others)
    return found


@pytest.fixture
def elsewhere() -> Iterator[Callable[..., Future[pa.Table]]]:
    """Asks in another thread."""
    with ThreadPoolExecutor() as threads:
        yield lambda *arguments: threads.submit(ask, *arguments)


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT, signal.SIGKILL])
def test_a_crash_in_the_middle_of_a_statement_is_no_fault_of_it_and_the_next_one_runs(
    workers: Workers, elsewhere: Callable[..., Future[pa.Table]], number: signal.Signals
) -> None:
    watch = Watch()
    with capture_logs() as logs:
        asked = elsewhere(workers, ENDLESS)
        until(watch.at_work, "the statement runs").send_signal(number)
        with pytest.raises(QueryCrashError):
            asked.result()
    assert [line["status"] for line in logs] == [-number]
    assert answers(workers)


def test_the_log_has_what_a_crashed_process_wrote(workers: Workers, elsewhere: Callable[..., Future[pa.Table]]) -> None:
    watch = Watch()
    with capture_logs() as logs:
        asked = elsewhere(workers, ENDLESS)
        until(watch.at_work, "the statement runs").send_signal(signal.SIGSEGV)
        with pytest.raises(QueryCrashError):
            asked.result()
    assert logs[0]["stderr"].startswith("Fatal Python error: Segmentation fault")
    assert len(logs[0]["stderr"]) < 5_000


def test_a_process_leaves_no_core_and_writes_little(process: psutil.Process) -> None:
    assert process.rlimit(resource.RLIMIT_CORE) == (0, 0)
    assert process.rlimit(resource.RLIMIT_FSIZE)[1] <= 1 << 16


def test_a_process_loads_nothing_for_data_frames(process: psutil.Process) -> None:
    loaded = {package for mapped in process.memory_maps() for package in Path(mapped.path).parts}
    assert find_spec("pandas") is not None
    assert loaded & {"pyarrow", "pandas"} == {"pyarrow"}


def test_a_process_leaves_no_compiled_module_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Right after an installation none is there yet, and what it wrote under its bound would be cut off there."""
    compiled, python = tmp_path / "compiled", tmp_path / "python"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} -X pycache_prefix={compiled} "$@"\n')
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    workers = Workers(BOUNDS)
    try:
        assert answers(workers)
    finally:
        workers.close()
    left = list(compiled.rglob("*.pyc"))
    assert left
    for file in left:
        assert marshal.loads(file.read_bytes()[_PYC_HEADER:])


def test_memory_that_the_system_does_not_give_is_too_much_memory(workers: Workers) -> None:
    with capture_logs() as logs, pytest.raises(QueryLimitError, match="more than 64 MB"):
        ask(workers, "select length($text)", text="x" * 200_000_000)
    assert logs == []
    assert answers(workers)


def test_memory_that_duckdb_does_not_give_is_too_much_memory(workers: Workers) -> None:
    with capture_logs() as logs, pytest.raises(QueryLimitError, match="more than 64 MB"):
        ask(workers, "select list(a.i) from range(100000) a(i), range(100000) b(i)")
    assert logs == []
    assert answers(workers)


def test_processor_time_that_the_system_does_not_give_is_too_much_time(
    workers: Workers, elsewhere: Callable[..., Future[pa.Table]]
) -> None:
    watch = Watch()
    asked = elsewhere(workers, ENDLESS)
    until(watch.at_work, "the statement runs").rlimit(resource.RLIMIT_CPU, (1, resource.RLIM_INFINITY))
    with pytest.raises(QueryLimitError, match="longer than 20 s"):
        asked.result()
    assert answers(workers)


def test_a_statement_that_nobody_waits_for_is_ended(workers: Workers, elsewhere: Callable[..., Future[pa.Table]]) -> None:
    watch, ending = Watch(), Cancellation()
    asked = elsewhere(workers, ENDLESS, ending)
    process = until(watch.at_work, "the statement runs")
    ending.cancel()
    with pytest.raises(SourceError):
        asked.result()
    assert is_gone(process)
    assert answers(workers)


def test_a_process_that_died_while_it_waited_is_not_asked(workers: Workers, process: psutil.Process) -> None:
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    with capture_logs() as logs:
        assert answers(workers)
    assert logs == []


def test_a_process_that_took_too_much_runs_no_other_statement(workers: Workers, process: psutil.Process) -> None:
    with pytest.raises(QueryLimitError):
        ask(workers, "select list(a.i) from range(100000) a(i), range(100000) b(i)")
    assert is_gone(process)
    assert answers(workers)
