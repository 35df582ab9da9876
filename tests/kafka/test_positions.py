"""Where reading a topic goes on, by what bronze says and by what the topic still has."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from rtlakehouse.errors import SourceError
from rtlakehouse.ingest.kafka_positions import Reading, begin, stream_of, was_read
from rtlakehouse.kafka.topics import Span

READ = {"kafka:cluster:one:events:0": 10, "kafka:cluster:one:events:1": 0, "http": 7, "file:kafka@1": 3}


def began(spans: Mapping[int, tuple[int, int]], progress: Mapping[str, int], topic_id: str = "one") -> Reading:
    return begin("events", "cluster", topic_id, {p: Span(*span) for p, span in spans.items()}, progress)


def test_a_topic_that_was_never_read_is_read_from_the_first_records_it_has() -> None:
    reading = began({0: (0, 5), 1: (3, 9)}, {"kafka:cluster:one:events2:0": 8})
    assert (reading.stream, reading.positions, reading.losses) == ("events", {0: 0, 1: 3}, ())


def test_each_partition_goes_on_at_its_own_position() -> None:
    reading = began({0: (4, 50), 1: (0, 9)}, READ)
    assert (reading.stream, reading.positions, reading.losses) == ("events", {0: 10, 1: 0}, ())
    assert reading.application(1) == "kafka:cluster:one:events:1"


def test_a_partition_that_was_added_is_read_from_its_beginning() -> None:
    assert began({0: (0, 10), 1: (0, 0), 2: (0, 6)}, READ).positions == {0: 10, 1: 0, 2: 0}


def test_the_first_record_of_an_added_partition_may_be_gone_too() -> None:
    (loss,) = began({0: (0, 10), 1: (0, 0), 2: (4, 6)}, READ).losses
    assert (loss.partition, loss.expected, loss.found) == (2, 0, 4)


def test_records_that_were_removed_unread_are_a_loss() -> None:
    reading = began({0: (1_200, 1_300), 1: (0, 0)}, READ)
    (loss,) = reading.losses
    assert (loss.stream, loss.partition, loss.expected, loss.found) == ("events", 0, 10, 1_200)
    assert "partition 0 begins at 1,200, and the lake has it up to 10. 1,190 positions are lost" in loss.message
    assert reading.positions == {0: 1_200, 1: 0}


def test_a_topic_whose_first_record_is_the_one_that_comes_next_has_lost_nothing() -> None:
    assert began({0: (10, 10), 1: (0, 0)}, READ).losses == ()


def test_another_topic_of_the_same_name_is_a_loss_and_a_stream_of_its_own() -> None:
    reading = began({0: (0, 50), 1: (0, 9)}, READ, "two")
    (loss,) = reading.losses
    assert (loss.partition, reading.stream, reading.positions) == (None, "events@two", {0: 0, 1: 0})
    assert "its id was one and is two" in loss.message


def test_an_accepted_successor_goes_on_as_the_stream_it_became() -> None:
    progress = READ | {"kafka:cluster:two:events@two:0": 30}
    reading = began({0: (0, 50), 1: (0, 9)}, progress, "two")
    assert (reading.stream, reading.positions, reading.losses) == ("events@two", {0: 30, 1: 0}, ())
    assert began({0: (0, 50), 1: (0, 9)}, progress).stream == "events"


def test_positions_that_would_be_given_twice_are_refused() -> None:
    with pytest.raises(SourceError, match=r"Partition 0 of events ends at 9, but the lake has it up to 10"):
        began({0: (0, 9), 1: (0, 0)}, READ)


def test_a_stream_is_known_before_anything_of_it_is_read() -> None:
    assert stream_of("events", "one", READ) == "events"
    assert stream_of("events", "two", READ) == "events@two"
    assert stream_of("orders", "two", READ) == "orders"
    assert (was_read("events", READ), was_read("orders", READ)) == (True, False)
