"""Where reading a topic goes on, by what bronze says, and whether the topic still has what comes there.

Each partition is an application of its own, `kafka:<cluster id>:<topic id>:<stream>:<partition>`, whose progress is the position
to read next. The stream is what bronze calls the topic: its name, or, for one that took the place of a topic of this name which
the lake had read before, its name and id, since positions begin again there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from rtlakehouse.errors import SourceError
from rtlakehouse.kafka.topics import Span

__all__ = ["Loss", "Reading", "begin", "stream_of", "was_read"]

_HOW = "`rtl consume --accept-loss` puts it on record and goes on"


@dataclass(frozen=True)
class Loss:
    """What a topic no longer has and the lake never got. partition: None where it is the whole rest of a topic that is gone."""

    stream: str
    topic_id: str
    partition: int | None
    expected: int
    found: int
    message: str

    def as_record(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Reading:
    """A topic as it is read: what bronze calls it, and the next position of each partition.

    committed: those that bronze says itself. losses: what lies between these and the first ones that there are.
    """

    cluster_id: str
    topic_id: str
    stream: str
    positions: Mapping[int, int]
    committed: Mapping[int, int]
    losses: tuple[Loss, ...] = ()

    def application(self, partition: int) -> str:
        return f"kafka:{self.cluster_id}:{self.topic_id}:{self.stream}:{partition}"


@dataclass(frozen=True)
class _Known:
    topic_id: str
    stream: str
    positions: Mapping[int, int]


def begin(topic: str, cluster_id: str, topic_id: str, spans: Mapping[int, Span], progress: Mapping[str, int]) -> Reading:
    """Where to go on in a topic with these spans, by the progress of the applications of bronze.

    A topic that was never read is read from its first records on; so is a partition that it got since. Raises SourceError where
    positions were taken back, for then two records would have one place.
    """
    read = [known for known in _known(progress) if known.stream.partition("@")[0] == topic]
    own = next((known for known in read if known.topic_id == topic_id), None)
    stream = stream_of(topic, topic_id, progress)
    expected = {p: own.positions.get(p, 0) if own else span.first for p, span in spans.items()}
    if back := [p for p, span in spans.items() if expected[p] > span.end]:
        raise SourceError(_taken_back(topic, back[0], expected[back[0]], spans[back[0]].end))
    gone = [
        _retention(topic, stream, topic_id, p, expected[p], span.first) for p, span in spans.items() if expected[p] < span.first
    ]
    losses = [_replaced(topic, read[-1], topic_id, stream)] if read and not own else gone
    positions = {p: max(expected[p], span.first) for p, span in spans.items()}
    committed = {p: own.positions[p] for p in spans if p in own.positions} if own else {}
    return Reading(cluster_id, topic_id, stream, positions, committed, tuple(losses))


def was_read(topic: str, progress: Mapping[str, int]) -> bool:
    """Whether the lake has anything of a topic of this name."""
    return any(known.stream.partition("@")[0] == topic for known in _known(progress))


def stream_of(topic: str, topic_id: str, progress: Mapping[str, int]) -> str:
    """What bronze calls this topic, or will once it has something of it."""
    read = [known for known in _known(progress) if known.stream.partition("@")[0] == topic]
    own = next((known.stream for known in read if known.topic_id == topic_id), None)
    return own or (f"{topic}@{topic_id}" if read else topic)


def _known(progress: Mapping[str, int]) -> list[_Known]:
    """The topics that were read, by the applications of bronze."""
    found: dict[tuple[str, str], dict[int, int]] = {}
    for application, position in progress.items():
        if application.startswith("kafka:"):
            _, _, topic_id, stream, partition = application.split(":")
            found.setdefault((topic_id, stream), {})[int(partition)] = position
    return [_Known(*topic, positions) for topic, positions in found.items()]


def _retention(topic: str, stream: str, topic_id: str, partition: int, expected: int, first: int) -> Loss:
    message = (
        f"Records of {topic} were removed before they were read: partition {partition} begins at {first:,}, and the lake has it "
        f"up to {expected:,}. {first - expected:,} positions are lost. {_HOW} after them."
    )
    return Loss(stream, topic_id, partition, expected, first, message)


def _replaced(topic: str, before: _Known, topic_id: str, stream: str) -> Loss:
    message = (
        f"{topic} is not the topic that the lake has read: its id was {before.topic_id} and is {topic_id}. It was deleted and "
        f"made anew, or this is another cluster. What was not read of the old one is lost. {_HOW} with this one, as {stream}; or "
        "name the right brokers with --kafka."
    )
    return Loss(stream, topic_id, None, sum(before.positions.values()), 0, message)


def _taken_back(topic: str, partition: int, expected: int, end: int) -> str:
    return (
        f"Partition {partition} of {topic} ends at {end:,}, but the lake has it up to {expected:,}: the brokers have lost "
        "records. Their places would be given twice. Produce to another topic (kafka_topic), or make this one anew."
    )
