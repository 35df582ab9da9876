"""The Spark engine from settings: what `engines/registry.py` calls, and all that needs pyspark behind it."""

from __future__ import annotations

from datetime import timedelta

from rtlakehouse.clock import Clock
from rtlakehouse.contract.refine import Limits
from rtlakehouse.engines.spark.engine import SparkEngine, SparkOptions
from rtlakehouse.engines.spark.java import find_java
from rtlakehouse.engines.spark.session import SessionOptions, start
from rtlakehouse.environment import child_environment, user_cache
from rtlakehouse.settings import Settings
from rtlakehouse.storage.lake import Lake

__all__ = ["make", "session_options"]


def make(settings: Settings, lake: Lake, clock: Clock, limits: Limits) -> SparkEngine:
    """A Spark engine on a session of its own; the caller holds the lake's engine lock."""
    options = SparkOptions(
        limits=limits, dedupe_window=timedelta(seconds=settings.dedupe_window_s), max_batch_events=settings.max_batch_events
    )
    return SparkEngine(lake, clock, start(session_options(settings)), options)


def session_options(settings: Settings) -> SessionOptions:
    """What of the settings a session needs. Raises UsageError where this machine has no Java that will do."""
    return SessionOptions(
        master=settings.spark_master,
        driver_mb=settings.spark_driver_mb,
        executor_mb=settings.spark_executor_mb,
        java_home=find_java(settings.java_home, child_environment().get("JAVA_HOME")),
        cache=user_cache(),
        jars=settings.spark_jars,
        conf=settings.spark_conf,
    )
