"""What holds for every test: random, said and repeatable time zone and seeds; failing examples that are reported at once."""

from __future__ import annotations

import os
import random
import time
from pathlib import PurePosixPath
from typing import Any

import pytest
from hypothesis import Phase, settings
from xdist.scheduler import LoadScopeScheduling

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


def pytest_report_header() -> str:
    return f"time zone {_ZONE}; repeat this run's random choices with TEST_SEED={_SEED}"


class _ByFixtures(LoadScopeScheduling):
    """Keeps on one worker the tests that share fixtures: those of a file, or of a folder."""

    def _split_scope(self, nodeid: str) -> str:
        path = PurePosixPath(nodeid.partition("::")[0])
        return path.parts[1] if path.parts[1] in _ONE_WORKER_FOLDERS else str(path)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> _ByFixtures:
    return _ByFixtures(config, log)


@pytest.fixture
def chance(request: pytest.FixtureRequest) -> random.Random:
    """Randomness of this test's own, different from run to run, repeated with the seed in the report's header."""
    return random.Random(f"{_SEED} {request.node.nodeid}")
