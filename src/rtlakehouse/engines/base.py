"""What an engine is, and what it must do when something fails.

An engine takes bronze to silver, silver to gold and both to the ledger, batch by batch. Whatever happens, it keeps these rules:

- A batch is a range of whole bronze versions. Its limits are in the metadata of every silver commit it makes, so that an
  interrupted batch is finished with the same limits, by whoever runs next.
- Each table's commit carries the progress it makes (`SILVER_APPLICATION`: the bronze version, `GOLD_APPLICATION`: the version
  of silver.events). A table that has the progress already is left alone.
- A stage's inputs are durable before its own commit: a power cut never takes back what a later table was computed from.
- The ledger is written last. Only it says that a batch is done.
- After any error an engine is thrown away; a new one starts from the tables.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import pyarrow as pa

from rtlakehouse.stopping import Stop

__all__ = ["GOLD_APPLICATION", "LEDGER_APPLICATION", "SILVER_APPLICATION", "Batch", "Downstream", "Engine", "Feed", "StepResult"]

SILVER_APPLICATION = "rtl.silver"
GOLD_APPLICATION = "rtl.gold"
LEDGER_APPLICATION = "rtl.ledger"


@dataclass(frozen=True)
class Batch:
    """Records of the bronze versions above `after` up to `upto`, in their order of arrival.

    causes: the spans that they came from, see `tracing`.
    """

    after: int
    upto: int
    records: pa.Table
    causes: Sequence[str] = ()


@dataclass(frozen=True)
class StepResult:
    """What one batch came to: counts, the versions it led to, the time each stage took, and the records that wait after it."""

    upto: int
    received: int
    accepted: int
    duplicates: int
    quarantined: int
    late: int
    max_event_time: datetime | None
    versions: dict[str, int]
    stage_seconds: dict[str, float] = field(default_factory=dict)
    waiting: int = 0


class Engine(Protocol):
    """Takes a lake forward. One at a time, under the lake's engine lock."""

    @property
    def done(self) -> int:
        """The bronze version up to which everything is in the ledger."""

    def recover(self) -> StepResult | None:
        """Finish the batch that a predecessor left half done; None where there was none. Called once, first."""

    def step(self) -> StepResult | None:
        """Process the next batch; None where bronze has nothing new. After any exception the engine is unusable."""

    def reopen(self, *tables: str) -> None:
        """Look afresh at these tables (all where none is named), after maintenance has changed them between two batches."""


class Downstream(Protocol):
    """What takes bronze on to all that follows it."""

    def drain(self) -> int:
        """Process all that bronze holds; the number of records."""

    def turn(self) -> object:
        """Process what bronze has next, if it has anything, else do what upkeep is due."""


class Feed(Protocol):
    """Brings records into bronze in the engine's own process, batch by batch, and has each processed before the next."""

    def run(self, stop: Stop, downstream: Downstream) -> None:
        """Do so until `stop`. An error ends it: start again, it goes on where bronze is."""
