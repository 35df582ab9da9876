"""A lake to follow, and records to send to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog.following import Writer
from faults.loads import shop
from rtlakehouse.observability.logging import configure
from rtlakehouse.settings import Settings
from rtlakehouse.storage.lake import Lake


@pytest.fixture(scope="session", autouse=True)
def plain_logs() -> None:
    """Logs as a server writes them; structlog's own way of showing an error takes a minute of them."""
    configure(Settings(log_format="json"), "test")


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake.create(tmp_path / "lake")


@pytest.fixture
def writer(lake: Lake) -> Writer:
    sent, _ = shop(seed=61, count=400)
    return Writer(lake, sent)
