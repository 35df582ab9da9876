"""The dirt of the simulator: as much as was asked for, and each record exactly what the report says it is."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

import oracle
from rtlakehouse.certificate.simulated import BREAKING
from rtlakehouse.simulate.dirt import MALFORMED, Dirt, Records
from rtlakehouse.simulate.model import ShopModel, Shoppers

COUNT = 20_000
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
NOW_MS = round(NOW.timestamp() * 1000)
CLEAN = Dirt(malformed=0, duplicates=0, late=0, out_of_order=0)


def _sent(dirt: Dirt, seed: int = 7, count: int = COUNT) -> tuple[list[bytes], Records]:
    """Records that are all sent at NOW."""
    records = Records(Shoppers(ShopModel(), seed, visitors=100), dirt, seed)
    return [records.next(NOW_MS) for _ in range(count)], records


def _judged(sent: Sequence[bytes]) -> list[Any]:
    """What the oracle says of each: its event or its reasons."""
    return [oracle.refine(oracle.Record(raw, i, NOW, NOW)) for i, raw in enumerate(sent)]


def _lateness(sent: Sequence[bytes]) -> list[int]:
    return [event["lateness_ms"] for event in _judged(sent)]


@pytest.mark.parametrize("share", [0.005, 0.1, 0.5, 1.0])
@pytest.mark.parametrize("kind", ["malformed", "duplicates", "late", "out_of_order"])
def test_of_each_kind_there_is_the_share_that_was_asked_for(kind: str, share: float) -> None:
    _, records = _sent(replace(CLEAN, **{kind: share}))
    said = records.report.as_dict()
    found = said["quarantined" if kind == "malformed" else kind]
    assert found == pytest.approx(share * COUNT, rel=0.25, abs=1)
    others = {"quarantined", "duplicates", "late", "out_of_order"} - {kind, "quarantined" if kind == "malformed" else kind}
    assert {said[other] for other in others} == {0}
    assert said["records"] == COUNT


def test_the_kinds_do_not_take_from_each_other() -> None:
    _, records = _sent(Dirt(malformed=0.1, duplicates=0.2, late=0.3, out_of_order=0.4))
    said = records.report.as_dict()
    for kind, share in {"quarantined": 0.1, "duplicates": 0.2, "late": 0.3, "out_of_order": 0.4}.items():
        assert said[kind] == pytest.approx(share * COUNT, rel=0.1)


def test_what_the_report_says_is_what_the_oracle_finds() -> None:
    """Also the money, to the penny."""
    sent, records = _sent(Dirt(malformed=0.1, duplicates=0.1, late=0.1, out_of_order=0.1))
    found = oracle.run([oracle.Record(raw, i, NOW, NOW) for i, raw in enumerate(sent)])
    said, events = records.report.as_dict(), list(found.silver.values())
    assert said["records"] == COUNT
    assert said["duplicates"] == len(found.duplicates)
    assert said["late"] == sum(event["is_late"] for event in events)
    assert said["by_type"] == Counter(event["event_type"] for event in events)
    assert said["by_reason"] == Counter(reason for row in found.quarantine.values() for reason in row["reasons"])
    for figure, kind in (("gross", "purchase"), ("refunded", "refund")):
        sums: Counter[str] = Counter()
        for event in events:
            if event["event_type"] == kind:
                sums[event["currency"]] += event["price"] * event["quantity"]
        assert {currency: Decimal(amount) for currency, amount in said[figure].items()} == sums


@pytest.mark.parametrize("reason", BREAKING)
def test_a_malformed_record_has_exactly_the_reason_it_was_made_for(reason: str) -> None:
    sent, _ = _sent(CLEAN, count=200)
    texts = [raw.decode() for raw in sent if b'"ts":"' not in raw]
    assert {tuple(found) for found in _judged([BREAKING[reason](text) for text in texts])} == {(reason,)}


def test_every_reason_takes_its_turn() -> None:
    _, records = _sent(replace(CLEAN, malformed=1.0), count=2_000)
    assert set(records.report.quarantined) == set(MALFORMED)


def test_a_duplicate_is_a_copy_of_an_earlier_record_byte_for_byte() -> None:
    sent, records = _sent(replace(CLEAN, duplicates=0.3), count=5_000)
    seen: set[bytes] = set()
    copies = 0
    for raw in sent:
        copies += raw in seen
        seen.add(raw)
    assert copies == records.report.duplicates


def test_late_events_are_clear_of_the_watermark_and_no_later_than_asked() -> None:
    lateness = _lateness(_sent(replace(CLEAN, late=1.0, late_by_s=60), count=2_000)[0])
    assert min(lateness) >= 16_000
    assert 50_000 < max(lateness) <= 60_000


def test_out_of_order_events_stay_within_the_watermark() -> None:
    lateness = _lateness(_sent(replace(CLEAN, out_of_order=1.0), count=2_000)[0])
    assert min(lateness) >= 0
    assert 9_000 < max(lateness) <= 10_000


def test_clean_events_are_of_the_moment_they_are_sent_in_both_ways_of_writing_a_time() -> None:
    sent, _ = _sent(CLEAN, count=2_000)
    assert set(_lateness(sent)) == {0}
    kinds = Counter(type(json.loads(raw)["ts"]) for raw in sent)
    assert kinds[int] > kinds[str] > 50


def test_some_events_have_members_that_the_contract_does_not_name() -> None:
    extras = [event["extras"] for event in _judged(_sent(CLEAN, count=2_000)[0]) if event["extras"]]
    assert 10 < len(extras) < 100


def test_the_same_seed_makes_the_same_bytes() -> None:
    dirt = Dirt(malformed=0.1, duplicates=0.1, late=0.1, out_of_order=0.1)
    assert _sent(dirt, count=1_000)[0] == _sent(dirt, count=1_000)[0]
    assert _sent(dirt, count=1_000)[0] != _sent(dirt, seed=8, count=1_000)[0]
