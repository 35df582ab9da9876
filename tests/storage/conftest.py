"""Lakes for the tests of the storage: an empty one, and copies of one that an engine filled."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from faults.loads import commit, shop
from rtlakehouse.storage.lake import Lake
from running import drain, engine_on
from shapes import as_json


def event(event_id: str, event_type: str) -> bytes:
    """An event of now, in euros."""
    now_ms = round(datetime.now(UTC).timestamp() * 1000)
    known = {"event_id": event_id, "event_type": event_type, "price": 2.5, "quantity": 2, "currency": "EUR", "ts": now_ms}
    return as_json(**known, user_id="u", product_id="p", country="DE", device="mobile")


# One of each fate, and a row for every table of gold, whatever the simulated shoppers do.
BY_HAND = [*(event(f"view {i}", "page_view") for i in range(3)), *[event("purchase", "purchase")] * 2, b"broken"]


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """A lake without a record."""
    return Lake.create(tmp_path / "lake")


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake with rows in every table, made in a few batches; not to be changed."""
    sent, _ = shop(seed=41, count=100)
    lake = Lake.create(tmp_path_factory.mktemp("made") / "lake")
    commit(lake, sent + BY_HAND)
    engine = engine_on(lake, max_batch_events=20)
    drain(engine)
    engine.close()
    return lake.root


@pytest.fixture
def refined(made: Path, tmp_path: Path) -> Lake:
    """A copy of it, to be changed."""
    shutil.copytree(made, tmp_path / "refined")
    return Lake.open(tmp_path / "refined")
