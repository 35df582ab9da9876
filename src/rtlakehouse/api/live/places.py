"""Where a client is in the stream of events: for each table the next version, and the next row within it, as text and back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from rtlakehouse.errors import UsageError

__all__ = ["EVENTS", "QUARANTINE", "Place", "Places", "parse", "spelled"]

EVENTS, QUARANTINE = "silver.events", "silver.quarantine"
_TEXT = re.compile(rf"{EVENTS}=([0-9]{{1,15}})\.([0-9]{{1,15}}),{QUARANTINE}=([0-9]{{1,15}})\.([0-9]{{1,15}})", re.ASCII)


@dataclass(frozen=True)
class Place:
    """All before this version was told, and of what it appended the first `row` rows."""

    version: int
    row: int = 0


Places: TypeAlias = Mapping[str, Place]


def spelled(places: Places) -> str:
    """The id of what leads to these places."""
    return ",".join(f"{table}={places[table].version}.{places[table].row}" for table in (EVENTS, QUARANTINE))


def parse(text: str) -> Places:
    """The places that an id leads to. Raises UsageError for what is no id."""
    found = _TEXT.fullmatch(text.strip())
    if found is None:
        raise UsageError(f"Last-Event-ID {text!r} is not one of ours; send the `id` of an event as it is, or none.")
    events, row, quarantine, other = map(int, found.groups())
    return {EVENTS: Place(events, row), QUARANTINE: Place(quarantine, other)}
