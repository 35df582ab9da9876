"""The runs of the engine: one a table and process, begun with it, told of now and then, and ended with it."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from rtlakehouse import __version__
from rtlakehouse.clock import Clock, isoformat
from rtlakehouse.engines.base import StepResult
from rtlakehouse.medallion.graph import TABLES
from rtlakehouse.openlineage.described import PRODUCER, dataset, facet, inputs_of, job, output

__all__ = ["Runs"]

_SCHEMA = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
_FILLED = [table for table in TABLES.values() if inputs_of(table)]
# Which of a batch's counts is of which table; how many rows of gold are new nobody counts.
_COUNTS = {"silver.events": "accepted", "silver.duplicates": "duplicates", "silver.quarantine": "quarantined"}

Send = Callable[[dict[str, Any]], None]


class Runs:
    """Tells of the work on a lake by events of OpenLineage's specification 2-0-2. `send` must not wait.

    every: how often it tells of batches. Those of the time in between are added up.
    """

    def __init__(self, lake: Path, engine: str, clock: Clock, namespace: str, every: timedelta, send: Send) -> None:
        self._lake = lake
        self._clock = clock
        self._namespace = namespace
        self._every = every
        self._send = send
        self._ids = {table.name: str(uuid.uuid4()) for table in _FILLED}
        self._engine = facet("ProcessingEngineRunFacet", "1-1-1", name=f"rtlakehouse {engine}", version=__version__)
        self._rows: Counter[str] = Counter()
        self._versions: dict[str, int] = {}
        self._told = clock.monotonic()

    @contextmanager
    def running(self) -> Iterator[None]:
        """The runs last as long as the block, and fail where it does."""
        self._tell("START")
        try:
            yield
        except BaseException as error:
            why = facet("ErrorMessageRunFacet", "1-0-1", message=str(error), programmingLanguage="PYTHON")
            self._tell("FAIL", errorMessage=why)
            raise
        self._tell("COMPLETE")

    def observe(self, result: StepResult) -> None:
        """Take note of a batch."""
        self._rows.update({table: getattr(result, count) for table, count in _COUNTS.items()})
        self._versions |= result.versions
        if self._clock.monotonic() - self._told >= self._every.total_seconds():
            self._tell("RUNNING")

    def _tell(self, kind: str, **facets: Any) -> None:
        for table in _FILLED:
            rows = self._rows[table.name] if table.name in _COUNTS and kind != "START" else None
            event = {
                "eventType": kind,
                "eventTime": isoformat(self._clock.now()),
                "producer": PRODUCER,
                "schemaURL": _SCHEMA,
                "run": {"runId": self._ids[table.name], "facets": {"processing_engine": self._engine, **facets}},
                "job": job(self._namespace, table),
                "inputs": [self._input(name) for name in inputs_of(table)],
                "outputs": [output(self._lake, table, self._versions.get(table.name), rows)],
            }
            self._send(event)
        self._rows.clear()
        self._told = self._clock.monotonic()

    def _input(self, table: str) -> dict[str, Any]:
        version = self._versions.get(table)
        said = {} if version is None else {"version": facet("DatasetVersionDatasetFacet", "1-0-1", datasetVersion=str(version))}
        return {**dataset(self._lake, table), "facets": said}
