"""The row rules, against the corpus written by hand and against the oracle."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import oracle
from corpus import CASES, NOW, VALID, Case
from rtlakehouse.contract.contract import load, reasons
from rtlakehouse.contract.refine import Limits, Refiner
from shapes import bronze_rows, event_of

REFINER = Refiner(load(), Limits())


def _refined(raws: list[bytes], received: bool = True) -> list[Any]:
    """For each payload its reasons, or its event."""
    records = [oracle.Record(raw, i, NOW if received else None, NOW) for i, raw in enumerate(raws)]
    result = REFINER.refine(bronze_rows(records))
    found: dict[int, Any] = {row["position"]: row["reasons"] for row in result.rejected.to_pylist()}
    found |= {row["position"]: event_of(row) for row in result.accepted.to_pylist()}
    assert len(found) == len(raws)
    return [found[i] for i in range(len(raws))]


def _expected(raw: bytes, received: bool = True) -> Any:
    return oracle.refine(oracle.Record(raw, 0, NOW if received else None, NOW))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_payload_alone_gets_the_reasons_written_for_it(case: Case) -> None:
    (found,) = _refined([case.raw])
    assert (tuple(found) if isinstance(found, list) else ()) == case.reasons


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_oracle_agrees_with_the_corpus(case: Case) -> None:
    found = _expected(case.raw)
    assert (tuple(found) if isinstance(found, list) else ()) == case.reasons


@pytest.mark.parametrize("received", [True, False], ids=["with its own time", "without"])
def test_all_payloads_in_one_batch_get_what_the_oracle_says_in_their_order(received: bool) -> None:
    raws = [case.raw for case in CASES] * 2
    assert _refined(raws, received) == [_expected(raw, received) for raw in raws]


def test_every_reason_of_the_closed_list_is_in_the_corpus() -> None:
    given_reasons = {reason for case in CASES for reason in case.reasons}
    # Whether an event is expired is no matter of what it says.
    of_records = set(reasons(load())) - {"expired"}
    families = {reason for reason in of_records if ":" not in reason}
    kinds = {reason.partition(":")[0] for reason in of_records}
    assert families <= given_reasons
    assert kinds == {reason.partition(":")[0] for reason in given_reasons}
    assert given_reasons <= set(reasons(load()))


def test_an_empty_batch_is_refined_into_nothing() -> None:
    result = REFINER.refine(bronze_rows([]))
    assert (result.accepted.num_rows, result.rejected.num_rows) == (0, 0)


def test_a_price_keeps_all_18_digits() -> None:
    (event,) = _refined([json.dumps(VALID).replace("12.5", "12345678901234.5678").encode()])
    assert str(event["price"]) == "12345678901234.5678"


def test_limits_are_settings() -> None:
    record = oracle.Record(json.dumps(VALID).encode(), 0, NOW + timedelta(seconds=2), NOW)
    tight = Limits(watermark=timedelta(seconds=1), late=timedelta(seconds=1))
    assert Refiner(load(), tight).refine(bronze_rows([record])).rejected["reasons"].to_pylist() == [["too_late"]]


_SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=6),
    st.sampled_from(["purchase", "EUR", "2026-11-24T12:00:00Z", "1e5", ""]),
)
_VALUES = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3), max_leaves=6
)


@st.composite
def _documents(draw: st.DrawFn) -> bytes:
    document: dict[str, Any] = dict(VALID)
    document |= draw(st.dictionaries(st.sampled_from([*oracle.FIELDS, "x", "Ts"]), _VALUES, max_size=3))
    for name in draw(st.lists(st.sampled_from(list(document)), max_size=2)):
        document.pop(name, None)
    raw = json.dumps(document, ensure_ascii=draw(st.booleans())).encode("utf-8", "surrogatepass")
    if draw(st.integers(0, 4)) == 0:
        at = draw(st.integers(0, len(raw) - 1))
        raw = raw[:at] + draw(st.binary(max_size=3)) + raw[at + draw(st.integers(0, 3)) :]
    return raw


@settings(max_examples=150, deadline=None)
@given(st.lists(_documents(), min_size=1, max_size=20), st.booleans())
def test_any_payloads_get_what_the_oracle_says(raws: list[bytes], received: bool) -> None:
    assert _refined(raws, received) == [_expected(raw, received) for raw in raws]
