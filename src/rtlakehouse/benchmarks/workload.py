"""Events to measure with, as JSON lines: made by DuckDB, a million in two seconds, the same ones for the same numbers.

They have the shape of the simulator's (simulate/model.py): popular products, users who come back, orders of several lines, and
some dirt. A benchmark that needs more events than the simulator makes in a minute has them from here.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path

import duckdb

__all__ = ["batches_of", "write_events"]

_DUPLICATES = 0.01
_MALFORMED = 0.002
# A visitor does something every 8 s and stays for a minute, as the simulator's do (seconds_between, views of ShopModel).
_SECONDS_BETWEEN = 8
_STAY_S = 60

# Uniform numbers in [0, 1) from numbers and a salt. No generator's state: rows may be made in any order.
_UNIFORM = "create temp macro u(i, salt) as (hash(i * 31 + salt) >> 11) / 9007199254740992.0"
_EVENTS = """
    with drawn as (
        select i, u(i, 1) as kind, (2000 * pow(u(i, 3), 2.5))::bigint as which, u(i, 5) as how,
            (i // {stay}) * {visitors} + (u(i, 2) * {visitors})::bigint as visit
        from range({events}) as numbers(i)
    ),
    visited as (
        select *, (50000 * u(visit, 10) * u(visit, 10))::bigint as who, u(visit, 4) as land, u(visit, 9) as came from drawn
    )
    select
        'e' || case when u(i, 6) < {duplicates} then greatest(0, i - 1 - (5000 * how)::bigint) else i end as event_id,
        case when kind < 0.80 then 'page_view' when kind < 0.92 then 'add_to_cart' when kind < 0.995 then 'purchase'
            else 'refund' end as event_type,
        'u' || who as user_id,
        'p' || which as product_id,
        (5 + 95 * u(which, 8))::decimal(18, 2) as price,
        case when u(i, 7) < {malformed} then 0 else 1 + (3 * how * how)::int end as quantity,
        case when land < 0.64 then 'EUR' when land < 0.84 then 'GBP' else 'USD' end as currency,
        {start_ms} + (i * 1000 / {rate})::bigint as ts,
        case when kind >= 0.92 then 'o' || visit end as order_id,
        's' || visit as session_id,
        case when land < 0.34 then 'DE' when land < 0.64 then 'FR' when land < 0.84 then 'GB' else 'US' end as country,
        case when came < 0.6 then 'mobile' else 'desktop' end as device,
        case when came > 0.7 then 'newsletter' end as campaign,
        case when came < 0.5 then 'https://search.example/' end as referrer
    from visited
"""


def write_events(path: Path, events: int, start: datetime, rate: float) -> None:
    """Write so many lines in the order of event time, `rate` events a second from `start`; some twice, some malformed."""
    connection = duckdb.connect(config={"threads": 2, "memory_limit": "4GB"})
    connection.execute("set enable_progress_bar = false")
    connection.execute(_UNIFORM)
    rows = _EVENTS.format(
        events=events,
        start_ms=int(start.timestamp() * 1000),
        rate=rate,
        visitors=int(rate * _SECONDS_BETWEEN),
        stay=int(rate * _STAY_S),
        duplicates=_DUPLICATES,
        malformed=_MALFORMED,
    )
    # Members without a value are left out, as the simulator leaves them out.
    lines = f"select json_merge_patch('{{}}', to_json(event)) from ({rows}) as event"
    connection.execute(f"copy ({lines}) to '{path}' (format csv, header false, quote '', delimiter '\t')")
    connection.close()


def batches_of(path: Path, size: int) -> Iterator[bytes]:
    """The lines of a file as bodies of `size` events each, the last one shorter."""
    with path.open("rb") as file:
        while lines := list(islice(file, size)):
            yield b"".join(lines)
