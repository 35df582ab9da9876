"""Workers: processes that run statements, few at once, warm, each for one tenant all its life, killed when they take too long."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa
import structlog

from rtlakehouse import tracing
from rtlakehouse.errors import OverloadedError, QueryCrashError, QueryLimitError, RtlError, SourceError, SqlError
from rtlakehouse.query.process import Bounds, Ending, WorkerProcess
from rtlakehouse.query.wire import Failure, Task, unpacked

__all__ = ["Cancellation", "Workers"]

_RETRY_AFTER_S = 1
# A worker starts in a second; what takes this long hangs.
_START_S = 60.0

log = structlog.get_logger(__name__)


class Cancellation:
    """A wish that a statement end, from whoever asked for it. Thread-safe; it may come before the statement begins."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: WorkerProcess | None = None
        self.wanted = False

    def cancel(self) -> None:
        with self._lock:
            self.wanted = True
            if self._running is not None:
                self._running.kill()

    @contextmanager
    def of(self, process: WorkerProcess) -> Iterator[None]:
        """While inside, the process is killed as soon as that is wanted."""
        with self._lock:
            self._running = process
            if self.wanted:
                process.kill()
        try:
            yield
        finally:
            with self._lock:
                self._running = None


class Workers:
    """Runs statements. A worker that answers waits for the next of its tenant; one that does not is gone. Thread-safe."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._slots = threading.BoundedSemaphore(bounds.concurrent)
        self._lock = threading.Lock()
        self._idle: list[tuple[str, WorkerProcess]] = []
        self._spare: WorkerProcess | None = None

    def start(self) -> None:
        """Have a worker ready for the first who asks."""
        self._spare = WorkerProcess(self._bounds)

    def close(self) -> None:
        with self._lock:
            gone = [process for _, process in self._idle] + ([self._spare] if self._spare else [])
            self._idle, self._spare = [], None
        for process in gone:
            process.close()

    def run(self, task: Task, cancellation: Cancellation) -> pa.Table:
        """The rows that a task's statement finds.

        Raises SqlError for what DuckDB refuses, QueryLimitError for one that takes too much, OverloadedError while as many run
        as may, FileNotFoundError where a file of its tables is gone, QueryCrashError where its process ends by a fault.
        """
        if not self._slots.acquire(blocking=False):
            raise OverloadedError(f"{self._bounds.concurrent} statements are running already; send it again.", _RETRY_AFTER_S)
        try:
            # Not its text: that is the user's, and may hold what nobody else should see.
            with tracing.span("statement", {"db.system.name": "duckdb"}):
                return self._run(task, cancellation)
        finally:
            self._slots.release()

    def _run(self, task: Task, cancellation: Cancellation) -> pa.Table:
        process = self._taken(task.tenant_id)
        is_whole = False
        overdue = threading.Event()
        try:
            with cancellation.of(process):
                with _deadline(process, _START_S, threading.Event()):
                    process.wait_until_ready()
                with _deadline(process, self._bounds.deadline_s, overdue):
                    found = process.ask(task)
            is_whole = not (overdue.is_set() or cancellation.wanted or _took_too_much(found))
        except (EOFError, BrokenPipeError) as error:
            raise self._why_it_ended(process, overdue.is_set(), cancellation.wanted) from error
        finally:
            self._keep(task.tenant_id, process, is_whole=is_whole)
        if isinstance(found, Failure):
            raise self._error(found)
        return unpacked(found)

    def _error(self, failure: Failure) -> Exception:
        if failure.kind == "memory":
            return self._too_much_memory()
        if failure.kind == "size":
            return QueryLimitError(f"{failure.message}; {self._bounds.max_bytes:,} are sent. Ask for fewer rows or columns.")
        if failure.kind == "file":
            return FileNotFoundError(failure.message)
        return SqlError(_refusal(failure.message))

    def _too_much_memory(self) -> QueryLimitError:
        return QueryLimitError(f"The statement used more than {self._bounds.memory_mb} MB; read less, or group by less.")

    def _too_much_time(self) -> QueryLimitError:
        return QueryLimitError(f"The statement took longer than {self._bounds.deadline_s:g} s; read less, or filter by time.")

    def _why_it_ended(self, process: WorkerProcess, overdue: bool, cancelled: bool) -> RtlError:
        if cancelled:
            return SourceError("Whoever asked is gone, so the statement was ended.")
        ending = process.ending()
        if overdue or ending is Ending.PROCESSOR_TIME:
            return self._too_much_time()
        if ending is Ending.MEMORY:
            return self._too_much_memory()
        log.error("the process of a statement crashed", status=process.end(), stderr=process.written())
        return QueryCrashError(
            "The process that ran the statement ended by a fault of its own; the server's log has what it said."
        )

    def _taken(self, tenant_id: str) -> WorkerProcess:
        """A worker of this tenant that waits, else one that was nobody's yet."""
        with self._lock:
            self._forget_the_dead()
            mine = next((entry for entry in self._idle if entry[0] == tenant_id), None)
            if mine is not None:
                self._idle.remove(mine)
                return mine[1]
            process, self._spare = self._spare, None
        process = process or WorkerProcess(self._bounds)
        with self._lock:
            self._spare = self._spare or WorkerProcess(self._bounds)
        return process

    def _forget_the_dead(self) -> None:
        for entry in [entry for entry in self._idle if not entry[1].is_alive]:
            self._idle.remove(entry)
            entry[1].close()
        if self._spare is not None and not self._spare.is_alive:
            self._spare.close()
            self._spare = None

    def _keep(self, tenant_id: str, process: WorkerProcess, *, is_whole: bool) -> None:
        if not is_whole:
            process.close()
            return
        with self._lock:
            self._idle.append((tenant_id, process))
            dropped = self._idle.pop(0)[1] if len(self._idle) > self._bounds.concurrent else None
        if dropped is not None:
            dropped.close()


@contextmanager
def _deadline(process: WorkerProcess, seconds: float, overdue: threading.Event) -> Iterator[None]:
    """Inside, the process is killed when the time is over; the event says then that it was."""

    def end_it() -> None:
        overdue.set()
        process.kill()

    timer = threading.Timer(seconds, end_it)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()


def _took_too_much(found: bytes | Failure) -> bool:
    """Whether the process has less for the next statement: what one took too much of is not given back in full."""
    return isinstance(found, Failure) and found.kind in ("memory", "size")


def _refusal(message: str) -> str:
    """What DuckDB says, without the text that it was given and with the names it would have known."""
    first, *more = message.splitlines()
    return " ".join([first, *(line for line in more if line.startswith(("Candidate", "Did you mean")))])
