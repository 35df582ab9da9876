"""One figure for how good the data is, from 0 to 100, and where its points are lost.

score = 100 x sum(weight x share) / sum(weight), over the parts that there is something to judge by.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from rtlakehouse.catalog import Snapshot
from rtlakehouse.quality import queries
from rtlakehouse.quality.freshness import Freshness, freshness
from rtlakehouse.quality.lateness import Lateness, lateness
from rtlakehouse.quality.results import Result, Span, results

__all__ = ["Balance", "Measured", "Part", "Score", "Targets", "measure", "score"]

_HUNDREDTH = Decimal("0.01")
_WHOLE = Decimal(1)


@dataclass(frozen=True)
class Balance:
    """What the ledger says of all records that a tenant ever sent."""

    received: int
    difference: int


@dataclass(frozen=True)
class Targets:
    """watermark: within which events should arrive. freshness: the longest delay of a table that is fresh."""

    watermark: timedelta
    freshness: timedelta


@dataclass(frozen=True)
class Measured:
    """What a score is made of."""

    results: Sequence[Result]
    freshness: Sequence[Freshness]
    lateness: Lateness
    balance: Balance


@dataclass(frozen=True)
class Part:
    """share: from 0 to 1, None where there is nothing to judge by. lost: points of the score that it costs."""

    name: str
    weight: int
    share: Decimal | None
    lost: Decimal
    why: str


@dataclass(frozen=True)
class Score:
    """score: None where no part has anything to judge by."""

    score: Decimal | None
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class _Judged:
    name: str
    weight: int
    good: int
    of: int
    why: str


def measure(snapshot: Snapshot, span: Span, judged_at: datetime, targets: Targets) -> Measured:
    """Everything that a score is made of. judged_at: when freshness is."""
    return Measured(
        results=results(snapshot, span),
        freshness=freshness(snapshot, span.tenant_id, judged_at, targets.freshness),
        lateness=lateness(snapshot, span, targets.watermark),
        balance=_balance(snapshot, span.tenant_id),
    )


def _balance(snapshot: Snapshot, tenant_id: str) -> Balance:
    found = snapshot.query(queries.BALANCE, {"tenant": tenant_id}, sums=snapshot.ledger_sums).to_pylist()
    return Balance(**found[0])


def score(measured: Measured) -> Score:
    """The score of what was measured."""
    judged = list(_judged(measured))
    weights = sum(each.weight for each in judged if each.of)
    parts = tuple(_part(each, weights) for each in judged)
    found = _rounded(100 - sum((_lost(each, weights) for each in judged), Decimal(0))) if weights else None
    return Score(found, parts)


def _judged(measured: Measured) -> Iterator[_Judged]:
    tables = [each for each in measured.results if each.expectation.kind != "contract" and each.examined]
    broken = [each for each in tables if not each.holds]
    received = _examined(measured, "contract")
    quarantined = received - sum(_examined(measured, "row", table) for table in ("silver.events", "silver.duplicates"))
    duplicates = _examined(measured, "row", "silver.duplicates")
    late, events = measured.lateness.late, measured.lateness.events
    judged = [each for each in measured.freshness if each.is_fresh is not None]
    stale = [each for each in judged if not each.is_fresh]
    balance = measured.balance
    missing = min(abs(balance.difference), balance.received)
    yield _Judged(
        "completeness",
        3,
        balance.received - missing,
        balance.received,
        f"{missing:,} of {balance.received:,} records are unaccounted for.",
    )
    yield _Judged("validity", 3, received - quarantined, received, f"{quarantined:,} of {received:,} records are in quarantine.")
    yield _Judged(
        "consistency",
        3,
        len(tables) - len(broken),
        len(tables),
        f"{len(broken)} of {len(tables)} expectations of tables do not hold{_named([each.expectation.name for each in broken])}.",
    )
    yield _Judged("uniqueness", 1, received - duplicates, received, f"{duplicates:,} of {received:,} records are duplicates.")
    yield _Judged("timeliness", 2, events - late, events, f"{late:,} of {events:,} events were received late.")
    yield _Judged(
        "freshness",
        2,
        len(judged) - len(stale),
        len(judged),
        f"{len(stale)} of {len(judged)} tables are older than their target{_named([each.table for each in stale])}.",
    )


def _examined(measured: Measured, kind: str, table: str = "") -> int:
    """Rows looked at for expectations of a kind, of a table."""
    found = (
        each.examined
        for each in measured.results
        if each.expectation.kind == kind and (not table or each.expectation.table == table)
    )
    return next(found, 0)


def _named(names: list[str]) -> str:
    return f": {', '.join(names)}" if names else ""


def _lost(judged: _Judged, weights: int) -> Decimal:
    return 100 * judged.weight * (_WHOLE - Decimal(judged.good) / judged.of) / weights if judged.of else Decimal(0)


def _part(judged: _Judged, weights: int) -> Part:
    share = Decimal(judged.good) / judged.of if judged.of else None
    why = judged.why if judged.of else "There is nothing to judge by."
    return Part(judged.name, judged.weight, share, _rounded(_lost(judged, weights)), why)


def _rounded(points: Decimal) -> Decimal:
    return points.quantize(_HUNDREDTH, ROUND_HALF_UP)
