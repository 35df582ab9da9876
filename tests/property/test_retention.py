"""Any events, terms and moments: bronze has what is young enough, nothing else changes, and every promise holds."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import oracle
from rtlakehouse.mending import Retention, Terms
from rtlakehouse.storage.lake import Lake
from running import append, broken, drain, engine_on
from shapes import found_in
from strategies import NOON, cut, records

DAY = timedelta(days=1)
TERMS = st.one_of(st.none(), st.integers(1, 5))
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
                Retention(lake, Terms(of_all, {} if of_acme is None else {"acme": of_acme}), NOON).run()
                engine.reopen()
                present = {place: record for place, record in present.items() if kept(record, of_all, of_acme)}
        engine.close()
        left = lake.read("bronze.events").select(["tenant_id", "source", "topic", "partition", "position"]).to_pylist()
        assert sorted(tuple(row.values()) for row in left) == sorted(present)
        assert found_in(lake) == oracle.run([record for commit in taken for record in commit])
        assert broken(lake) == []
