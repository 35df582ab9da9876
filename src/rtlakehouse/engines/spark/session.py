"""A Spark session with Delta, as the engine needs it."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pyspark import SparkConf, SparkContext
from pyspark import __version__ as spark_version
from pyspark.find_spark_home import _find_spark_home
from pyspark.java_gateway import launch_gateway
from pyspark.sql import SparkSession

from rtlakehouse.engines.spark.jars import jars_in, pair_of, resolved
from rtlakehouse.environment import child_environment, set_environment

__all__ = ["SessionOptions", "is_local", "start"]

# The sizes of driver and executor of the usual small cluster; a batch on one machine needs much less.
_CLUSTER_MB = 4096
_LOCAL_MB = 1024

_CORRECTED = ("datetimeRebaseModeInRead", "int96RebaseModeInRead")

# What it depends on that the tables are read right in this session. The engine itself leaves no rows to Spark.
_FIXED = {
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    "spark.sql.session.timeZone": "UTC",
    **{f"spark.sql.parquet.{name}": "CORRECTED" for name in _CORRECTED},
    # Without checksum files beside each file: they would outlive a file that another engine writes anew.
    "spark.hadoop.fs.file.impl": "org.apache.hadoop.fs.RawLocalFileSystem",
    "spark.hadoop.fs.AbstractFileSystem.file.impl": "org.apache.hadoop.fs.local.RawLocalFs",
}

_JAVA_OPTIONS = f"-Duser.timezone=UTC -Dlog4j2.configurationFile={Path(__file__).with_name('log4j2.properties').as_uri()}"

_DEFAULTS = {
    "spark.driver.extraJavaOptions": _JAVA_OPTIONS,
    "spark.executor.extraJavaOptions": "-Duser.timezone=UTC",
    "spark.app.name": "rtlakehouse",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    # What of Kafka's records is in memory twice at a time; one may have megabytes.
    "spark.sql.execution.arrow.maxRecordsPerBatch": "10000",
    "spark.databricks.delta.snapshotPartitions": "2",
}

# Java runs little of a batch: its full compiler costs more than it gives (2.5 instead of 2.1 s for 200,000 events). With the
# quick one alone it has 48 MB for what it compiles, which may be full after some minutes; from then on it compiles nothing more.
_ON_ONE_MACHINE = {
    "spark.driver.extraJavaOptions": f"{_JAVA_OPTIONS} -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=240m",
}


@dataclass(frozen=True)
class SessionOptions:
    """What of the settings a session needs.

    java_home: the Java to run. driver_mb, executor_mb: heaps; 0: as usual on a cluster, less where `master` is local.
    jars: a folder with Delta's and Kafka's jars; None: fetched into `cache`.
    conf: more of Spark's own settings, which go before the defaults here, not before what the tables depend on.
    """

    master: str
    driver_mb: int
    executor_mb: int
    java_home: Path
    cache: Path
    jars: Path | None = None
    conf: Mapping[str, str] = field(default_factory=dict)


def start(options: SessionOptions) -> SparkSession:
    """Start Spark's JVM and a session on it.

    The JVM is given what of this process's open files may be inherited. The lake's lock is one: it is then held until both are
    gone, so that nobody begins to write while the JVM of a process that was killed still commits.
    """
    conf = _conf(options)
    python = child_environment().get("PYSPARK_PYTHON", sys.executable)
    set_environment(JAVA_HOME=str(options.java_home), PYSPARK_PYTHON=python)
    gateway = launch_gateway(conf, {"close_fds": False})  # type: ignore[no-untyped-call] # pyspark says nothing of its types
    return SparkSession(SparkContext(conf=conf, gateway=gateway))


def _conf(options: SessionOptions) -> SparkConf:
    found = {**_DEFAULTS, **_sized(options), **options.conf, **_FIXED, "spark.master": options.master}
    found["spark.jars"] = ",".join(map(str, _jars(options)))
    return SparkConf(loadDefaults=False).setAll(list(found.items()))


def _sized(options: SessionOptions) -> dict[str, str]:
    sizes = {
        "spark.driver.memory": f"{options.driver_mb or (_LOCAL_MB if is_local(options.master) else _CLUSTER_MB)}m",
        "spark.executor.memory": f"{options.executor_mb or _CLUSTER_MB}m",
    }
    if not is_local(options.master):
        return sizes
    # Nobody else has to reach this driver; and a shuffle into more parts than there are cores only costs here.
    here = {f"spark.driver.{name}": "127.0.0.1" for name in ("host", "bindAddress")}
    return sizes | here | _ON_ONE_MACHINE | {"spark.sql.shuffle.partitions": str(_cores(options.master))}


def is_local(master: str) -> bool:
    """Whether Spark runs in one process, without a cluster."""
    return master.startswith("local")


def _cores(master: str) -> int:
    wanted = master.removeprefix("local").strip("[]").partition(",")[0]
    return int(wanted) if wanted.isdigit() else (os.cpu_count() or 1) if wanted == "*" else 1


def _jars(options: SessionOptions) -> list[Path]:
    if options.jars is not None:
        return jars_in(options.jars)
    return resolved(pair_of(spark_version), Path(_find_spark_home()) / "jars", options.cache)
