"""How late events arrive, as measured: what each watermark would have caught."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from rtlakehouse.catalog import Snapshot
from rtlakehouse.quality import queries
from rtlakehouse.quality.results import Span

__all__ = ["Caught", "Lateness", "Waited", "lateness"]

_S, _M, _H = 1_000, 60_000, 3_600_000
_MARKS = (
    *(0, 100, 250, 500, _S, 2 * _S, 5 * _S, 10 * _S, 15 * _S, 30 * _S, _M, 2 * _M, 5 * _M, 15 * _M, 30 * _M),
    *(_H, 3 * _H, 6 * _H, 12 * _H, 24 * _H, 48 * _H, 7 * 24 * _H),
)
_SHARES = tuple(map(Decimal, ("0.5", "0.9", "0.95", "0.99", "0.999", "1")))


@dataclass(frozen=True)
class Caught:
    """A watermark, and the events that it would not have called late."""

    watermark_ms: int
    in_time: int
    in_force: bool


@dataclass(frozen=True)
class Waited:
    """The shortest watermark that would have caught this share of the events."""

    share: Decimal
    watermark_ms: int | None


@dataclass(frozen=True)
class Lateness:
    """events: of the range. late: of them by the watermark that they were refined under."""

    events: int
    late: int
    curve: tuple[Caught, ...]
    quantiles: tuple[Waited, ...]


def lateness(snapshot: Snapshot, span: Span, watermark: timedelta) -> Lateness:
    """The curve over the events of a range, the watermark in force among its points."""
    in_force = watermark // timedelta(milliseconds=1)
    marks = sorted({*_MARKS, in_force})
    events = {"events": span.of("silver.events")}
    curve = snapshot.query(queries.LATENESS, span.bound | {"marks": marks}, **events).to_pylist()
    waits = snapshot.query(queries.WAITS, span.bound | {"shares": list(_SHARES)}, **events).to_pylist()
    return Lateness(
        events=waits[0]["events"] or 0,
        late=waits[0]["late"],
        curve=tuple(Caught(row["watermark_ms"], row["in_time"], row["watermark_ms"] == in_force) for row in curve),
        quantiles=tuple(Waited(share, row["waited_ms"]) for share, row in zip(_SHARES, waits, strict=True)),
    )
