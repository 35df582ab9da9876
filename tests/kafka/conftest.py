"""One broker for all tests of Kafka, a topic for each, and the programs."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from faults.conftest import programs, root, seed
from kafka.broker import Broker
from rtlakehouse.storage.lake import Lake

__all__ = ["programs", "root", "seed"]


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    started = Broker.started(tmp_path_factory.mktemp("kafka"))
    yield started
    started.stop()


@pytest.fixture
def name() -> str:
    """A topic that does not exist yet."""
    return f"t{uuid.uuid4().hex[:12]}"


@pytest.fixture
def topic(broker: Broker, name: str) -> str:
    """A topic of three partitions."""
    broker.make(name)
    return name


@pytest.fixture
def lake(root: Path) -> Lake:
    return Lake.create(root)
