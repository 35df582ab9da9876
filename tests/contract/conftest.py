"""Every engine there is, under the same tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from importlib.util import find_spec
from typing import Any

import pytest

from faults.conftest import programs, root
from kafka.conftest import broker, lake, name, topic
from needing import missing
from rtlakehouse.clock import SystemClock
from rtlakehouse.contract.refine import Limits
from rtlakehouse.engines.base import Engine
from rtlakehouse.errors import SourceError, UsageError
from rtlakehouse.settings import load_settings
from rtlakehouse.storage.lake import Lake
from running import engine_on

__all__ = ["broker", "lake", "name", "programs", "root", "topic"]

ENGINES = ("embedded", "spark")

# An engine of that name on a lake, recovered; `max_batch_events` may be given.
Start = Callable[..., Engine]


@pytest.fixture(scope="session")
def spark_options() -> Any:
    """What a Spark session is started with; without Java or pyspark the test is skipped, or fails, as everywhere."""
    if find_spec("pyspark") is None:
        missing("There is no pyspark; install it: make spark")
    from rtlakehouse.engines.spark.making import session_options

    try:
        return session_options(load_settings(spark_master="local[2]"))
    except UsageError as error:
        missing(str(error))


@pytest.fixture(scope="session")
def spark(spark_options: Any) -> Iterator[Any]:
    """A Spark session, for as long as the tests run."""
    from rtlakehouse.engines.spark.session import start

    try:
        session = start(spark_options)
    except SourceError as error:
        missing(str(error))
    yield session
    session.stop()


@pytest.fixture(scope="session")
def start_spark(spark: Any) -> Start:
    """Starts Spark engines on the one session."""
    from rtlakehouse.engines.spark.engine import SparkEngine, SparkOptions

    def started(lake: Lake, max_batch_events: int = 1_000, **options_of_spark: int) -> Engine:
        options = SparkOptions(Limits(), timedelta(hours=24), max_batch_events, **options_of_spark)
        engine = SparkEngine(lake, SystemClock(), spark, options)
        engine.recover()
        return engine

    return started


@pytest.fixture(scope="session", params=ENGINES)
def start(request: pytest.FixtureRequest) -> Start:
    """Starts engines of each kind in turn."""
    found: Start = engine_on if request.param == "embedded" else request.getfixturevalue("start_spark")
    return found
