"""Each case, on each engine, is what the oracle makes of it."""

from __future__ import annotations

import pytest

import oracle
from contract.cases import CASES, Case, commits
from contract.conftest import Start
from rtlakehouse.storage.lake import Lake
from running import append, broken
from shapes import found_in

Found = oracle.Expected


@pytest.fixture(scope="module")
def refined(start: Start, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """All cases through one engine, one batch for each commit."""
    lake = Lake.create(tmp_path_factory.mktemp("cases") / "lake")
    engine = start(lake)
    for records in commits():
        append(lake, records)
        engine.step()
    return lake


@pytest.fixture(scope="module")
def found(refined: Lake) -> Found:
    return found_in(refined)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_engine_makes_of_it_what_the_oracle_makes(case: Case, found: Found) -> None:
    expected = oracle.run(case.records)
    assert of(case.name, found.silver) == expected.silver
    assert of(case.name, found.quarantine) == expected.quarantine
    assert of(case.name, found.duplicates) == expected.duplicates
    assert {table: of(case.name, rows) for table, rows in found.gold.items()} == expected.gold


def test_every_promise_holds(refined: Lake) -> None:
    assert broken(refined) == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_ledger_says_what_became_of_it_and_when_it_happened(case: Case, refined: Lake) -> None:
    expected = oracle.run(case.records)
    times = [event["event_us"] for event in expected.silver.values()]
    rows = [row for row in refined.read("ops.ledger").to_pylist() if row["tenant_id"] == case.name]
    assert sum(row["received"] for row in rows) == len(case.records)
    assert sum(row["accepted"] for row in rows) == len(expected.silver)
    assert sum(row["late"] for row in rows) == sum(event["is_late"] for event in expected.silver.values())
    said = [oracle.microseconds(row[name]) for row in rows for name in ("min_event_time", "max_event_time") if row[name]]
    assert (min(said, default=None), max(said, default=None)) == (min(times, default=None), max(times, default=None))


def of(tenant: str, rows: oracle.Rows) -> oracle.Rows:
    return {key: row for key, row in rows.items() if key[0] == tenant}
