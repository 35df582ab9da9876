"""The pipeline: source -> bronze -> silver -> gold -> ledger, batch by batch, with upkeep in between. The file to read first.

    bronze.events ──refine──▶ silver.events ──aggregate──▶ gold.*_1m ──▶ ops.ledger
                     └──────▶ silver.quarantine, silver.duplicates

Sources (ingest/) only ever append to bronze. This loop is the one writer of everything after it, under the lake's engine
lock. What a batch does is the engine's (engines/base.py says what an engine promises); what the tables are is medallion/'s.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from datetime import timedelta
from functools import partial
from typing import Protocol

import structlog
from structlog.contextvars import bind_contextvars

from rtlakehouse import tracing
from rtlakehouse.clock import Clock
from rtlakehouse.engines.base import Engine, StepResult
from rtlakehouse.stopping import Stop
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.maintenance import Act, Finish, Maintenance, Outcome
from rtlakehouse.storage.pause import is_paused
from rtlakehouse.storage.snapshots import Snapshots

__all__ = ["Lane", "Observer", "Pipeline", "Regular"]

log = structlog.get_logger(__name__)

Observer = Callable[[StepResult], None]
_VACUUM_EVERY = timedelta(hours=1)
_RETAIN_EVERY = timedelta(hours=1)
# One of at most so many records costs as much as its statements and commits do: two of them cost less as one.
_SMALL_BATCH = 10_000
# Upkeep that is of no single table.
_SNAPSHOTS, _RETENTION = "snapshots", "retention"


class Lane(Protocol):
    """What else is to be done, in steps that are small enough to be done between two batches."""

    def is_due(self) -> bool:
        """Whether there is a step to do."""

    def advance(self) -> None:
        """Do it. It may change any table."""


class Regular(Protocol):
    """Upkeep of a table that says itself when it is due."""

    @property
    def table(self) -> str: ...

    def due(self) -> Act | None:
        """What is to be done now; None while nothing is, or while it is being done."""


class Pipeline:
    """Runs an engine on a lake. The caller holds the engine lock.

    observe: told of every batch, for metrics and progress bars. lane: of the jobs that are asked for. retain: lets go of what is
    older than it is kept, where anything is; done again at once while it says that it did something. journals:
    what is told of gold is added to them.
    """

    def __init__(
        self,
        lake: Lake,
        engine: Engine,
        clock: Clock,
        maintenance: Maintenance | None,
        snapshots: Snapshots | None = None,
        observe: Observer = lambda result: None,
        lane: Lane | None = None,
        retain: Act | None = None,
        journals: Sequence[Regular] = (),
    ) -> None:
        self._lake = lake
        self._engine = engine
        self._clock = clock
        self._maintenance = maintenance
        self._snapshots = snapshots
        self._observe = observe
        self._lane = lane
        self._retain = retain
        self._journals = journals
        self._vacuum_at, self._snapshot_at, self._retain_at = clock.now() + _VACUUM_EVERY, clock.now(), clock.now()
        self._upkeep: deque[tuple[str, Act]] = deque()
        self._beside = ThreadPoolExecutor(1, thread_name_prefix="upkeep")
        self._at_work: tuple[str, Future[Finish]] | None = None

    def recover(self) -> None:
        """Finish what a predecessor left half done. Call it once, before anything else."""
        for healed in self._lake.healed:
            log.warning("healed", table=healed.table, what=healed.what)
        if (result := self._engine.recover()) is not None:
            log.info("recovered an interrupted batch", bronze_version=result.upto, events=result.received)
            self._observe(result)

    @property
    def engine(self) -> Engine:
        return self._engine

    @property
    def done(self) -> int:
        """The bronze version up to which everything is in the ledger."""
        return self._engine.done

    def drain(self) -> int:
        """Process all that bronze holds; the number of records."""
        total = 0
        while (result := self.step()) is not None:
            total += result.received
        self._settle()
        return total

    def run(self, stop: Stop, trigger: timedelta, rest: timedelta) -> None:
        """Process until `stop`, looking for new records every `trigger`. An error ends it: see engines/base.py.

        After a small batch it rests for half as long as that took, at most for `rest`; not while more waits than fits into one.
        """
        while not stop.is_set():
            started = self._clock.monotonic()
            result = self.turn()
            took = self._clock.monotonic() - started
            rests = result is not None and result.received <= _SMALL_BATCH and not result.waiting
            stop.wait(max(min(took / 2, rest.total_seconds()) if rests else 0.0, trigger.total_seconds() - took))
        self._settle()

    def turn(self) -> StepResult | None:
        """One batch, or what upkeep is due while there is none; and a step of a job."""
        result = self.step()
        if result is None:
            self._maintain()
        self._plan()
        if self._lane is not None and self._has_job():
            self._settle()
            self._lane.advance()
            self._engine.reopen()
        return result

    def step(self) -> StepResult | None:
        """One batch, and upkeep, act by act, of the table that needs it most; no batch while the lake is paused."""
        if is_paused(self._lake):
            return None
        result = self._engine.step()
        if result is not None:
            # What is logged from here on, of upkeep, of jobs and of the batch that follows, says after which one.
            bind_contextvars(batch=result.upto)
            self._observe(result)
            self._maintain()
        return result

    def _maintain(self) -> None:
        """Finish the act of upkeep that was done beside the batches, if one was, and begin the next one."""
        if self._at_work is not None and self._at_work[1].done():
            self._settle()
        if self._at_work is None:
            if not self._upkeep and self._maintenance is not None and (table := self._maintenance.due()) is not None:
                self._upkeep.extend((table, act) for act in self._maintenance.acts(table))
            if self._upkeep:
                what, act = self._upkeep.popleft()
                self._at_work = what, self._beside.submit(copy_context().run, _traced, what, act)

    def _plan(self) -> None:
        """Put what is done now and then among the acts of upkeep, when its time has come."""
        now = self._clock.now()
        # A job of hours has written files that no log names yet: vacuum waits until there is none.
        if self._maintenance is not None and now >= self._vacuum_at and not self._has_job():
            self._vacuum_at = now + _VACUUM_EVERY
            self._upkeep.extend((table, self._maintenance.vacuuming(table)) for table in self._maintenance.tables)
        if self._snapshots is not None and now >= self._snapshot_at:
            self._snapshot_at = now + self._snapshots.look_every
            self._upkeep.append((_SNAPSHOTS, partial(_snapshot, self._snapshots)))
        if self._retain is not None and now >= self._retain_at:
            self._retain_at = now + _RETAIN_EVERY
            self._upkeep.append((_RETENTION, self._retain))
        self._upkeep.extend((journal.table, act) for journal in self._journals if (act := journal.due()) is not None)

    def _has_job(self) -> bool:
        return self._lane is not None and self._lane.is_due()

    def _settle(self) -> None:
        """Wait for the act of upkeep that is under way, if one is, and finish it: from here on nothing is done beside."""
        if self._at_work is None:
            return
        what, beside = self._at_work
        self._at_work = None
        finish = beside.result()
        with tracing.span("upkeep", {"rtl.table": what}):
            outcomes = finish()
            _tell(outcomes)
        if what == _RETENTION and any(not outcome.is_fault for outcome in outcomes):
            self._retain_at = self._clock.now()
        self._engine.reopen(*() if what == _RETENTION else (what,))


def _traced(what: str, act: Act) -> Finish:
    with tracing.span("upkeep", {"rtl.table": what}):
        return act()


def _snapshot(snapshots: Snapshots) -> Finish:
    snapshots.write_if_due()
    return list


def _tell(outcomes: list[Outcome]) -> None:
    for outcome in outcomes:
        say = log.warning if outcome.is_fault else log.debug
        say("maintenance", table=outcome.table, action=outcome.action, detail=outcome.detail)
