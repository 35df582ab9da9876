"""What brokers answer that passes, and what does not."""

from __future__ import annotations

import pytest
from confluent_kafka import KafkaError, KafkaException

from rtlakehouse.errors import SourceError
from rtlakehouse.kafka.client import asked

OF_A_BROKER_THAT_WAS_FROZEN = ["_NOENT", "FENCED_LEADER_EPOCH", "UNKNOWN_LEADER_EPOCH", "LEADER_NOT_AVAILABLE", "_TIMED_OUT"]


def answer(name: str) -> None:
    raise KafkaException(KafkaError(getattr(KafkaError, name), f"it is {name}"))


@pytest.mark.parametrize("name", OF_A_BROKER_THAT_WAS_FROZEN)
def test_what_a_broker_says_that_was_frozen_passes(name: str) -> None:
    assert asked("The ends", lambda: answer(name)) == (None, f"it is {name}")


def test_what_a_broker_refuses_does_not_pass() -> None:
    with pytest.raises(SourceError, match="The ends: it is TOPIC_AUTHORIZATION_FAILED"):
        asked("The ends", lambda: answer("TOPIC_AUTHORIZATION_FAILED"))
