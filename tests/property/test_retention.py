"""Any events, terms and moments: what is too old goes, the figures stay, nothing else changes, and every promise holds."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import oracle
from mending.lakes import RULES
from rtlakehouse.mending import Keeping, Retention, Terms
from rtlakehouse.storage.lake import Lake
from running import append, broken, drain, engine_on
from shapes import found_in
from strategies import NOON, cut, records

DAY = timedelta(days=1)
TERMS = st.one_of(st.none(), st.integers(1, 5))
# So much later than NOON, terms of silver cut the days of the events apart.
LATER = timedelta(days=8, hours=12)
DAYS = st.integers(8, 10)
AGO = st.sampled_from([timedelta(), timedelta(hours=23, minutes=59), DAY, 2 * DAY, 3 * DAY + timedelta(microseconds=1), 9 * DAY])


def kept(record: oracle.Record, of_all: int | None, of_acme: int | None) -> bool:
    """Whether a record is young enough at NOON."""
    days = of_acme if of_acme is not None and record.tenant_id == "acme" else of_all
    return days is None or record.ingested_at >= NOON.replace(hour=0, minute=0, second=0) - days * DAY


@settings(max_examples=3, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.data())
def test_bronze_has_what_is_young_enough_and_nothing_else_changes(data: st.DataObject) -> None:
    commits = cut(data.draw, data.draw(records(20)))
    taken = [[replace(record, ingested_at=NOON - ago) for record in commit] for commit in commits for ago in [data.draw(AGO)]]
    with tempfile.TemporaryDirectory() as folder:
        lake = Lake.create(Path(folder) / "lake")
        engine = engine_on(lake)
        present: dict[oracle.Key, oracle.Record] = {}
        for commit in taken:
            append(lake, commit)
            drain(engine)
            present |= {record.place: record for record in commit}
            if data.draw(st.booleans()):
                of_all, of_acme = data.draw(TERMS), data.draw(TERMS)
                Retention(lake, Keeping(Terms(of_all, {} if of_acme is None else {"acme": of_acme})), NOON, RULES).run()
                engine.reopen()
                present = {place: record for place, record in present.items() if kept(record, of_all, of_acme)}
        engine.close()
        left = lake.read("bronze.events").select(["tenant_id", "source", "topic", "partition", "position"]).to_pylist()
        assert sorted(tuple(row.values()) for row in left) == sorted(present)
        assert found_in(lake) == oracle.run([record for commit in taken for record in commit])
        assert broken(lake) == []


@settings(max_examples=5, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.data())
def test_silver_has_what_is_young_enough_and_gold_what_ever_counted(data: st.DataObject) -> None:
    taken = [[replace(record, ingested_at=NOON) for record in commit] for commit in cut(data.draw, data.draw(records(30)))]
    with tempfile.TemporaryDirectory() as folder:
        lake = Lake.create(Path(folder) / "lake")
        engine = engine_on(lake)
        floors: dict[str, datetime] = {}
        expired: set[oracle.Key] = set()
        for commit in taken:
            append(lake, commit)
            drain(engine)
            accepting = {tenant: floor + oracle.DEDUPE_WINDOW for tenant, floor in floors.items()}
            expired |= {record.place for record in commit if is_older(record, accepting)}
            if data.draw(st.booleans()):
                keeping = Keeping(Terms(1), silver=Terms(data.draw(DAYS), {"acme": data.draw(DAYS)}))
                gone = set(found_in(lake).silver)
                Retention(lake, keeping, NOON + LATER, RULES).run()
                engine.reopen()
                gone -= set(found_in(lake).silver)
                if gone:
                    floors = {t: max(floors.get(t, floor), floor) for t, floor in floors_of(keeping).items()}
        engine.close()
        expected = oracle.run([record for commit in taken for record in commit if record.place not in expired])
        found = found_in(lake)
        assert {place for place, row in found.quarantine.items() if row["reasons"] == ["expired"]} == expired
        assert found.gold == expected.gold
        young = {place: row for place, row in expected.silver.items() if row["event_us"] >= us_of(floors.get(place[0]))}
        assert young.items() <= found.silver.items() <= expected.silver.items()
        assert broken(lake) == []


def floors_of(keeping: Keeping) -> dict[str, datetime]:
    floors = keeping.silver.floors(NOON + LATER)
    return {tenant: floor for tenant in ("default", "acme") if (floor := floors.of(tenant)) is not None}


def us_of(floor: datetime | None) -> int:
    return -(10**18) if floor is None else oracle.microseconds(floor)


def is_older(record: oracle.Record, floors: Mapping[str, datetime]) -> bool:
    """Whether it is an event of before its tenant's floor."""
    found = oracle.refine(record)
    return isinstance(found, dict) and found["event_us"] < us_of(floors.get(record.tenant_id))
