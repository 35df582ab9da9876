"""A Spark engine that reads a topic in a thread of the test's own process, as `rtl run --engine spark --kafka` does."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

from contract.conftest import Start
from faults.loads import is_refined
from faults.programs import PATIENCE_S, until
from kafka.broker import Broker
from kafka.consuming import stored
from rtlakehouse.clock import SystemClock
from rtlakehouse.errors import SourceError
from rtlakehouse.pipeline import Pipeline
from rtlakehouse.settings import load_settings
from rtlakehouse.stopping import Stop
from rtlakehouse.storage.lake import Lake

TRIGGER_S = 0.2


@dataclass
class Reading:
    """Reads inside the block. At its end it has stopped between two batches; what ended it unexpectedly before is raised."""

    start: Start
    lake: Lake
    broker: Broker
    topic: str
    accept_loss: bool = False
    stop: Stop = field(default_factory=Stop)
    error: BaseException | None = None

    def __enter__(self) -> Reading:
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop.set()
        self._thread.join()
        if self.error is not None:
            raise self.error

    def wait_for(self, records: int, seconds: float = PATIENCE_S) -> None:
        """Return once so many are in bronze and in all that follows; or it has ended."""
        until(
            lambda: not self._thread.is_alive() or (stored(self.lake) >= records and is_refined(self.lake)),
            f"{stored(self.lake)} of {records} are stored",
            seconds,
        )
        assert self.error is not None or stored(self.lake) == records

    def refusal(self) -> str:
        """What it says is wrong with the topic, once it has ended for that."""
        until(lambda: not self._thread.is_alive(), "it does not end")
        error, self.error = self.error, None
        assert isinstance(error, SourceError), error
        return str(error)

    def _run(self) -> None:
        try:
            self._read()
        except BaseException as error:  # noqa: BLE001 - it is raised again at the end of the block
            self.error = error

    def _read(self) -> None:
        from rtlakehouse.engines.registry import make_feed
        from rtlakehouse.ingest.kafka_topic import ReadTopic

        settings = load_settings(kafka=self.broker.address, kafka_topic=self.topic, spark_trigger_s=TRIGGER_S)
        clock = SystemClock()
        engine: Any = self.start(self.lake, max_batch_events=100)
        topic = ReadTopic(self.lake, clock, settings, accept_loss=self.accept_loss)
        feed = make_feed("spark", settings, self.lake, clock, engine, topic)
        feed.run(self.stop, Pipeline(self.lake, engine, clock, None))
