"""Any order, batching, duplication and restarts of events give the tables that the oracle gives."""

from __future__ import annotations

import tempfile
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import oracle
from rtlakehouse.clock import SystemClock
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.maintenance import Limits, Maintenance
from running import append, broken, drain, engine_on, lake_with
from shapes import found_in
from strategies import cut, records

SETTINGS = settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@SETTINGS
@given(st.data())
def test_any_batches_and_restarts_give_what_the_oracle_gives(data: st.DataObject) -> None:
    commits = cut(data.draw, data.draw(records()))
    with tempfile.TemporaryDirectory() as folder:
        lake = Lake.create(Path(folder) / "lake")
        engine = engine_on(lake)
        for commit in commits:
            append(lake, commit)
            what = data.draw(st.sampled_from(["step", "drain", "wait", "restart", "forget", "maintain"]))
            if what == "restart":
                engine.close()
                engine = engine_on(lake, max_batch_events=data.draw(st.sampled_from([1, 7, 1000])))
            elif what == "forget":
                # A cache too small for anything: all of it is read again from silver.
                engine.close()
                engine = engine_on(lake, max_ids=1, max_members=1)
            elif what == "maintain":
                drain(engine)
                upkeep = Maintenance(lake, SystemClock(), Limits(compact_files=2, log_commits=3))
                for table in upkeep.tables:
                    upkeep.run(table)
                    upkeep.vacuum(table, retention=timedelta(0))
                engine.reopen()
            elif what != "wait":
                engine.step() if what == "step" else drain(engine)
        drain(engine)
        engine.close()
        assert found_in(lake) == oracle.run([record for commit in commits for record in commit])
        assert broken(lake) == []


@SETTINGS
@given(st.data())
def test_replaying_bronze_into_an_empty_lake_gives_the_same_tables(data: st.DataObject) -> None:
    found = data.draw(records())
    with tempfile.TemporaryDirectory() as folder:
        commits = cut(data.draw, found)
        live = lake_with(Path(folder) / "live", commits)
        replay = lake_with(Path(folder) / "replay", [[record] for commit in commits for record in commit])
        assert found_in(live) == found_in(replay)


@SETTINGS
@given(st.data())
def test_the_order_of_exact_copies_does_not_matter(data: st.DataObject) -> None:
    """Events of distinct ids, each sent once or several times, in any order: the same events count, in the same windows."""
    found = {record.raw: record for record in data.draw(records())}
    distinct: dict[object, oracle.Record] = {}
    for record in found.values():
        event = oracle.refine(record)
        if isinstance(event, dict):
            distinct.setdefault((record.tenant_id, event["event_id"]), record)
    sent = list(distinct.values())
    copies = data.draw(st.lists(st.sampled_from(sent), max_size=8)) if sent else []
    shuffled = data.draw(st.permutations(sent + copies))
    with tempfile.TemporaryDirectory() as folder:
        once = lake_with(Path(folder) / "once", [_numbered(sent)])
        often = lake_with(Path(folder) / "often", cut(data.draw, _numbered(list(shuffled))))
        assert found_in(once).gold == found_in(often).gold
        assert found_in(often).duplicates.keys().__len__() == len(copies)


def _numbered(found: list[oracle.Record]) -> list[oracle.Record]:
    """In one partition, positions in the order given."""
    return [oracle.Record(r.raw, i, r.received_at, r.ingested_at, r.tenant_id) for i, r in enumerate(found)]
