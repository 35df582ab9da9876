"""Spark 3.5.1 with Delta 3.2.0, the older pair, in an environment of its own: two versions of pyspark do not go into one."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from kafka.broker import Broker
from needing import missing
from rtlakehouse.certificate import CERTIFIED
from rtlakehouse.environment import child_environment
from rtlakehouse.medallion.graph import SIBLINGS

# A JVM has to start, and the machine may do something else as well.
pytestmark = [pytest.mark.timeout(900), pytest.mark.long]

ROOT = Path(__file__).parents[2]
UV = Path(sys.executable).with_name("uv")
ENVIRONMENT = ROOT / ".venv" / "spark35"


@pytest.fixture(scope="module")
def older(spark_options: Any) -> Path:
    """The directory of the programs of an environment with the extras `spark35` and `kafka`, as locked."""
    if not UV.exists():
        missing(f"There is no {UV}, which makes the environment of the older Spark: make test")
    extras = ("--extra", "spark35", "--extra", "kafka")
    command = [str(UV), "sync", "--frozen", "--no-dev", "--quiet", *extras, "--python", sys.executable]
    subprocess.run(command, cwd=ROOT, env=child_environment() | {"UV_PROJECT_ENVIRONMENT": str(ENVIRONMENT)}, check=True)
    return ENVIRONMENT / "bin"


def certified(older: Path, folder: Path, *flags: str) -> dict[str, int]:
    """The rows of each table by its `rtl certify`, of which every line is equal."""
    command = [str(older / "rtl"), "certify", "--events", "2000", "--json", *flags]
    done = subprocess.run(command, cwd=folder, env=child_environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    lines = json.loads(done.stdout)
    assert [line["table"] for line in lines] == list(CERTIFIED)
    assert all(line["equal"] and set(line["hashes"]) == {"embedded", "spark"} for line in lines), lines
    return {line["table"]: line["rows"] for line in lines}


def test_the_older_spark_is_certified_by_the_command(older: Path, tmp_path: Path) -> None:
    assert min(certified(older, tmp_path).values()) > 0


def test_the_older_spark_reads_a_topic_into_the_tables_of_the_embedded_engine(
    older: Path, broker: Broker, tmp_path: Path
) -> None:
    found = certified(older, tmp_path, "--kafka", broker.address)
    assert min(found.values()) > 0
    assert sum(found[table.name] for table in SIBLINGS) == 2_000


def test_the_older_spark_is_the_one_that_is_installed_there(older: Path) -> None:
    said = subprocess.check_output([older / "python", "-c", "import pyspark; print(pyspark.__version__)"], text=True)
    assert said.strip() == "3.5.1"
