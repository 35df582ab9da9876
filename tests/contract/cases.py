"""What every engine must get right: each case is records in the commits they come in, and what is special about them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import oracle
from corpus import CASES as HOSTILE
from corpus import NOW
from strategies import NOON

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True)
class Case:
    """A tenant of the case's name sends these records, a list for each bronze commit."""

    name: str
    commits: tuple[tuple[oracle.Record, ...], ...]

    @property
    def records(self) -> list[oracle.Record]:
        return [record for commit in self.commits for record in commit]


@dataclass(frozen=True)
class Sent:
    """What is sent: a record's bytes, when it was received, and by which partition."""

    raw: bytes
    received_at: datetime | None = None
    partition: int = 0


def event(
    event_id: str, after: timedelta = timedelta(0), partition: int = 0, received: timedelta | None = None, **members: Any
) -> Sent:
    """An event that happened so long after noon, received at once or that long after noon."""
    happened = NOON + after
    document = {
        "event_id": event_id,
        "event_type": "purchase",
        "user_id": "u1",
        "product_id": "p1",
        "price": 19.99,
        "quantity": 1,
        "currency": "EUR",
        "ts": round(happened.timestamp() * 1000),
    }
    received_at = happened if received is None else NOON + received
    return Sent(json.dumps(document | members).encode(), received_at, partition)


def case(name: str, *commits: Sequence[Sent]) -> Case:
    """A case, its records numbered in each partition in the order they are sent."""
    positions: dict[int, int] = {}

    def record(sent: Sent) -> oracle.Record:
        position = positions[sent.partition] = positions.get(sent.partition, -1) + 1
        return oracle.Record(sent.raw, position, sent.received_at, NOON, name, "memory", name, sent.partition)

    return Case(name, tuple(tuple(sorted(map(record, commit), key=lambda r: (r.partition, r.position))) for commit in commits))


def hostile() -> Iterator[Sent]:
    """Every record of the corpus."""
    yield from (Sent(found.raw, NOW) for found in HOSTILE)


CASES = (
    case("hostile", list(hostile())),
    case(
        "types",
        [
            event(f"{kind}{i}", event_type=kind, user_id=f"u{i % 3}", session_id=f"s{i}")
            for kind in oracle.TYPES
            for i in range(4)
        ],
    ),
    case("copies_in_one_batch", [event("a"), event("a"), event("b"), event("a", price=5), event("b")]),
    case("copies_in_later_batches", [event("a"), event("b")], [event("a"), event("c")], [event("b"), event("c"), event("a")]),
    case("copies_across_partitions", [event("a", partition=1), event("a", partition=0)], [event("a", partition=2)]),
    case(
        "at_the_edge_of_the_window",
        [event("a"), event("b")],
        [event("a", DAY), event("b", DAY + timedelta(milliseconds=1)), event("a", -DAY)],
    ),
    case(
        "one_id_over_many_windows",
        [event("a", n * DAY + n * MINUTE) for n in (0, 2, 1, 4, 3)],
        [event("a", n * DAY + n * MINUTE) for n in (5, 2, 7, 6, 1)],
    ),
    # The last happened within a day of both, and the first of its own batch is the earlier.
    case("a_copy_of_two", [event("a", DAY + MINUTE)], [event("a"), event("a", HOUR)]),
    case("only_copies", [event("a"), event("b")], [event("a"), event("b"), event("a")]),
    case("only_dirt", [Sent(b"{"), Sent(b"\xff"), Sent(b"[]")], [Sent(b"null")]),
    case(
        "late_corrections",
        [event("a"), event("b", MINUTE), event("c", 2 * MINUTE)],
        [event("d", received=HOUR, price=7), event("e", MINUTE, received=HOUR, event_type="refund", quantity=3)],
        [event("f", received=HOUR, user_id="u9")],
    ),
    case(
        "across_midnight",
        [event("a"), event("b", 2 * MINUTE)],
        [event("c", timedelta(seconds=89)), event("d", timedelta(seconds=90))],
    ),
    case(
        "rounding",
        [event(f"half{i}", order_id=f"o{i % 3}", price=price) for i, price in enumerate((0.0001, 0.00005, 0.0003, 1.00005))],
        [event("back", event_type="refund", order_id="o1", price=0.0007, quantity=7)],
    ),
    case("large_money", [event(f"e{i}", price=99999999999999.9, quantity=1_000_000) for i in range(5)]),
    case(
        "currencies_and_segments",
        [
            event("a", currency="USD", country="DE", device="mobile"),
            event("b", currency="EUR", country="", campaign="sale", referrer="https://x.example/"),
            event("c", currency="EUR", country="DE", extra={"a": [None]}),
        ],
    ),
    case(
        "first_and_last_years",
        [Sent(event("a", ts="0001-01-01T00:00:30Z").raw), Sent(event("b", ts="9999-12-31T23:58:59.999999Z").raw)],
    ),
    case(
        "microseconds", [Sent(event(f"e{i}", ts=f"2026-11-24T23:59:59.{i:06d}Z").raw, NOON + 2 * MINUTE) for i in (0, 1, 999_999)]
    ),
)


def commits() -> list[list[oracle.Record]]:
    """All cases at once, each as a tenant: the first commits of all of them, the second, and so on."""
    longest = max(len(found.commits) for found in CASES)
    return [[record for found in CASES if n < len(found.commits) for record in found.commits[n]] for n in range(longest)]
