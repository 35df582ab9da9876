"""What the consumer says of itself to other processes: `<lake>/_rtl/source.json`, about once a second."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from rtlakehouse.storage.durable import write_atomically
from rtlakehouse.storage.lake import Lake

__all__ = ["PartitionStatus", "SourceStatus", "read_status", "write_status"]


@dataclass(frozen=True)
class PartitionStatus:
    """Positions of a partition: the next to be read, and the end as the broker last told it."""

    partition: int
    position: int
    end: int

    @property
    def lag(self) -> int:
        return max(0, self.end - self.position)


@dataclass(frozen=True)
class SourceStatus:
    """The consumer as of an instant. trouble: why it cannot read, or why it has stopped; empty while all is well."""

    at: datetime
    topic: str
    partitions: tuple[PartitionStatus, ...] = ()
    trouble: str = ""

    @property
    def lag(self) -> int:
        """Records of the topic that are not in bronze."""
        return sum(partition.lag for partition in self.partitions)


def write_status(lake: Lake, status: SourceStatus) -> None:
    write_atomically(_path(lake), msgspec.json.encode(status))


def read_status(lake: Lake) -> SourceStatus | None:
    """What the consumer said last; None where there never was one."""
    try:
        return msgspec.json.decode(_path(lake).read_bytes(), type=SourceStatus)
    except FileNotFoundError:
        return None


def _path(lake: Lake) -> Path:
    return lake.control / "source.json"
