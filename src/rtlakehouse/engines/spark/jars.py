"""The jars that Spark needs besides its own: resolved once by name, without Maven, and kept in the user's cache."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from pyspark import __version__ as spark_version
from pyspark.find_spark_home import _find_spark_home

from rtlakehouse.environment import user_cache
from rtlakehouse.errors import SourceError, UsageError
from rtlakehouse.jars import fetch_jars

__all__ = ["PAIRS", "Pair", "copy_into", "jars_in", "pair_of", "resolved"]


@dataclass(frozen=True)
class Pair:
    """A Spark version and the coordinates of the Delta and Kafka jars that fit it."""

    spark: str
    coordinates: tuple[str, ...]


# delta-spark 4.4.1 is on PyPI, but its jars were not to be had.
PAIRS = {
    pair.spark: pair
    for pair in (
        Pair("4.2.0", ("io.delta:delta-spark_4.2_2.13:4.4.0", "org.apache.spark:spark-sql-kafka-0-10_2.13:4.2.0")),
        Pair("3.5.1", ("io.delta:delta-spark_2.12:3.2.0", "org.apache.spark:spark-sql-kafka-0-10_2.12:3.5.1")),
    )
}


def pair_of(spark: str) -> Pair:
    """The pair of this Spark version. Raises UsageError for one that is not tested."""
    if spark in PAIRS:
        return PAIRS[spark]
    raise UsageError(
        f"pyspark {spark} is none of the tested versions ({', '.join(PAIRS)}): `pip install 'rtlakehouse[spark]'` brings one."
    )


def jars_in(folder: Path) -> list[Path]:
    """The jars of a folder that somebody has filled. Raises UsageError where there are none."""
    found = sorted(folder.glob("*.jar"))
    if not found:
        raise UsageError(
            f"There are no jars in {folder}. Correct the setting `spark_jars`, or leave it out to have them fetched."
        )
    return found


def resolved(pair: Pair, own: Path, cache: Path) -> list[Path]:
    """The jars of the pair and all they need that is not in `own`, the folder of pyspark's jars; fetched once into `cache`.

    Raises SourceError where they cannot be had.
    """
    try:
        return fetch_jars(pair.coordinates, cache, present={jar.name.rpartition("-")[0] for jar in own.glob("*.jar")})
    except SourceError as error:
        raise SourceError(f"{error} Or put the jars into a folder and name it with `spark_jars`.") from error


def copy_into(folder: Path, cache: Path) -> list[Path]:
    """Put the jars that the installed Spark needs into a folder for `spark_jars`, for machines that cannot fetch them."""
    folder.mkdir(parents=True, exist_ok=True)
    found = resolved(pair_of(spark_version), Path(_find_spark_home()) / "jars", cache)
    return [Path(shutil.copy(jar, folder)) for jar in found]


if __name__ == "__main__":
    copy_into(Path(sys.argv[1]), user_cache())
