"""A hash of an event's id, by which the few that may be there more than once are found."""

from __future__ import annotations

from functools import cache

import pyarrow as pa

from rtlakehouse.contract.statement import Statement, connected

__all__ = ["HASH", "HASHED", "with_hashes"]

HASH = "hash"
HASHED = ("tenant_id", "event_id")


def with_hashes(events: pa.Table) -> pa.Table:
    """The events with the `HASH` of what is `HASHED`. Two ids may have the same."""
    return events.append_column(HASH, _hashing()(events=events.select(HASHED))[HASH])


@cache
def _hashing() -> Statement:
    """One for all tasks of a Python process, which has one at a time."""
    return Statement(connected(), f"select hash({', '.join(HASHED)}) as {HASH} from events")
