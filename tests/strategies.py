"""Small worlds of events in which everything collides: ids, users, minutes, days, late and early, dirt in between."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

import oracle
from corpus import CASES

NOON = datetime(2026, 11, 24, 23, 58, 30, tzinfo=UTC)
_DIRT = [case.raw for case in CASES if case.reasons and len(case.raw) < 1_000]
# Around a minute's, a day's and the dedupe window's edges, in milliseconds from NOON.
_MOMENTS = [
    0,
    1,
    29_999,
    30_000,
    89_999,
    90_000,
    90_001,
    -1,
    3_600_000,
    86_399_999,
    86_400_000,
    86_400_001,
    -86_400_000,
    108_000_000,
]

_EVENTS = st.fixed_dictionaries(
    {
        "event_id": st.sampled_from([f"e{i}" for i in range(12)]),
        "event_type": st.sampled_from(list(oracle.TYPES)),
        "user_id": st.sampled_from(["u1", "u2", "u3"]),
        "product_id": st.sampled_from(["p1", "p2"]),
        "price": st.sampled_from([0, 0.1, 12.5, 19.99, 99999999999999.9]),
        "quantity": st.sampled_from([1, 2, 1_000_000]),
        "currency": st.sampled_from(["EUR", "USD"]),
        "ts": st.sampled_from([int(NOON.timestamp() * 1000) + moment for moment in _MOMENTS]),
    },
    optional={
        "order_id": st.sampled_from(["o1", "o2", ""]),
        "session_id": st.sampled_from(["s1", "s2"]),
        "country": st.sampled_from(["DE", "", "FR"]),
        "device": st.sampled_from(["mobile", "desktop"]),
        "campaign": st.none(),
        "referrer": st.just("https://x.example/"),
        "extra": st.sampled_from([1, {"a": [None]}]),
    },
)


@st.composite
def records(draw: st.DrawFn, max_size: int = 40) -> list[oracle.Record]:
    """Records of a few partitions and tenants in their order of arrival, positions counting up in each partition."""
    found: list[oracle.Record] = []
    positions: dict[Any, int] = {}
    for _ in range(draw(st.integers(1, max_size))):
        raw = draw(st.sampled_from(_DIRT)) if draw(st.integers(0, 9)) == 0 else json.dumps(draw(_EVENTS)).encode()
        place = draw(st.sampled_from([("t", 0), ("t", 1), ("a", 0)]))
        received = draw(
            st.sampled_from([None, NOON, NOON + timedelta(days=1, hours=7), NOON + timedelta(seconds=45, milliseconds=1)])
        )
        positions[place] = positions.get(place, -1) + 1
        tenant = draw(st.sampled_from(["default", "default", "acme"]))
        found.append(oracle.Record(raw, positions[place], received, NOON, tenant, "memory", *place))
    return found


def cut(draw: Callable[[st.SearchStrategy[int]], int], found: list[oracle.Record]) -> list[list[oracle.Record]]:
    """The records as bronze commits of random size; within a commit by topic, partition and position, as writers keep it."""
    commits = []
    while found:
        size = draw(st.integers(1, len(found)))
        commits.append(sorted(found[:size], key=lambda record: (record.source, record.topic, record.partition, record.position)))
        found = found[size:]
    return commits
