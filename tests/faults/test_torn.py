"""Files that a power cut tore, a disk altered, or somebody deleted; and programs that stand still for a while."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from faults.gateways import Gateway, post_one
from faults.loads import assert_right, commit, drain, is_refined, received, shop, start_engine
from faults.programs import Program, Programs, until
from rtlakehouse.clock import ManualClock, SystemClock
from rtlakehouse.medallion.graph import TABLES
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.log import commit_path, log_dir
from rtlakehouse.storage.maintenance import Limits, Maintenance
from running import drain as drain_engine
from running import engine_on

Damage = Callable[[Path], None]


def emptied(path: Path) -> None:
    os.truncate(path, 0)


def torn(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


DAMAGE = pytest.mark.parametrize("damage", [emptied, torn], ids=["empty", "torn"])

# Where an engine dies between a stage's commits and the moment that they are durable, and the layer a power cut may tear then.
NOT_DURABLE = {"after_silver_commit:2": "silver.", "after_gold_commit:2": "gold.", "after_ledger_commit:2": "ops."}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake with a few batches, made by an engine of this process."""
    sent, _ = shop(seed=20, count=60)
    lake = Lake.create(tmp_path_factory.mktemp("made") / "lake")
    commit(lake, sent)
    engine = engine_on(lake, max_batch_events=20)
    drain_engine(engine)
    engine.close()
    return lake.root


@pytest.fixture
def refined(made: Path, root: Path) -> Path:
    """A copy of that lake."""
    shutil.copytree(made, root)
    return root


def last_commit(lake: Lake, table: str) -> Path:
    return commit_path(lake.path(table), max(int(path.stem) for path in log_dir(lake.path(table)).glob("*.json")))


@pytest.mark.parametrize(
    ("where", "damage"), [(where, (emptied, torn)[i % 2]) for i, where in enumerate([*NOT_DURABLE, *list(NOT_DURABLE)[:2]])]
)
def test_commits_that_a_power_cut_tore_are_made_again(where: str, damage: Damage, programs: Programs, root: Path) -> None:
    sent, _ = shop(seed=21, count=80)
    lake = Lake.create(root)
    commit(lake, sent[:60])
    crashed = programs.run("run", lake=root, settings={"failpoints": where, "max_batch_events": 30})
    assert crashed.code == -signal.SIGKILL
    done = lake.vector()
    tables = [t for t in TABLES if t.startswith(NOT_DURABLE[where]) and (t == "ops.ledger" or lake.version(t) > done[t])]
    for table in tables:
        damage(last_commit(lake, table))
    engine = start_engine(programs, root)
    for table in tables:
        assert f'"table": "{table.partition(".")[2]}"' in engine.said
    assert engine.said.count("took back the last commit") == len(tables) > 0
    commit(lake, sent)
    until(lambda: is_refined(lake), f"the engine does not go on\n{engine.said}")
    engine.stop()
    assert [record.raw for record in received(lake)] == sent
    assert_right(lake)


@DAMAGE
def test_a_torn_bronze_commit_was_not_acknowledged_and_its_position_is_used_again(
    damage: Damage, programs: Programs, root: Path
) -> None:
    sent, _ = shop(seed=22, count=4)
    gateway = Gateway.start(programs, root, {"failpoints": "after_bronze_commit:3"})
    receipts = [post_one(gateway, record) for record in sent[:3]]
    assert receipts == ["http-0-0", "http-0-1", None]
    lake = Lake.open(root)
    damage(last_commit(lake, "bronze.events"))
    again = gateway.restart()
    assert post_one(again, sent[3]) == "http-0-2"
    assert [record.raw for record in received(lake)] == [*sent[:2], sent[3]]
    drain(programs, lake)
    assert_right(lake)


RELIED_UPON = [table for table in TABLES if table != "ops.ledger"]


@pytest.mark.parametrize(("table", "damage"), [(table, (emptied, torn)[i % 2]) for i, table in enumerate(RELIED_UPON)])
def test_damage_to_what_others_rely_on_stops_the_engine_and_is_named(
    table: str, damage: Damage, programs: Programs, refined: Path
) -> None:
    """No power cut does this, but a disk or a person may: going on would lose rows without a word."""
    lake = Lake.open(refined)
    entry = last_commit(lake, table)
    damage(entry)
    engine = programs.run("run", lake=refined)
    assert engine.code == 1
    assert str(entry) in engine.said
    assert "backup" in engine.said
    assert "Traceback" not in engine.said
    assert entry.exists()
    doctor = programs.run("doctor", lake=refined)
    assert doctor.code == 1
    assert str(entry) in doctor.printed


@DAMAGE
def test_the_ledgers_last_entry_is_written_again(damage: Damage, programs: Programs, refined: Path) -> None:
    lake = Lake.open(refined)
    damage(last_commit(lake, "ops.ledger"))
    drain(programs, lake)
    assert_right(lake)


@DAMAGE
def test_a_damaged_checkpoint_is_set_aside(damage: Damage, programs: Programs, refined: Path) -> None:
    lake = Lake.open(refined)
    for checkpoint in checkpoints(lake):
        damage(checkpoint)
    drain(programs, lake)
    assert_right(lake)


def test_a_pointer_to_no_checkpoint_is_set_aside(programs: Programs, refined: Path) -> None:
    lake = Lake.open(refined)
    for checkpoint in checkpoints(lake):
        checkpoint.unlink()
    drain(programs, lake)
    assert_right(lake)


def checkpoints(lake: Lake) -> list[Path]:
    """One for each table that has commits, just written."""
    upkeep = Maintenance(lake, SystemClock(), Limits())
    for table in TABLES:
        upkeep.checkpoint(table)
    found = [path for table in TABLES for path in log_dir(lake.path(table)).glob("*.checkpoint.parquet")]
    assert len(found) == sum(lake.version(table) > 0 for table in TABLES)
    return found


@pytest.mark.parametrize("place", [6, 0.3, 0.6, -20, -5], ids=["page", "third", "middle", "footer", "length"])
def test_verify_names_a_file_in_which_one_bit_changed(place: float, programs: Programs, refined: Path) -> None:
    lake = Lake.open(refined)
    victim = lake.path("silver.events") / next(iter(lake.files("silver.events")))
    content = bytearray(victim.read_bytes())
    content[int(place * len(content)) if isinstance(place, float) else place] ^= 1
    victim.write_bytes(content)
    verified = programs.run("verify", "--json", lake=refined)
    assert verified.code == 1, verified.said
    (finding,) = (f for f in json.loads(verified.printed) if f["check"] == "files of silver.events")
    assert not finding["holds"]
    assert str(victim) in finding["example"]
    assert "Traceback" not in verified.said, verified.said


def test_verify_and_doctor_name_a_file_that_is_gone(programs: Programs, refined: Path) -> None:
    lake = Lake.open(refined)
    victim = next(iter(lake.files("gold.kpis_1m")))
    (lake.path("gold.kpis_1m") / victim).unlink()
    verified = programs.run("verify", lake=refined)
    assert verified.code == 1
    assert victim in verified.printed
    assert "Traceback" not in verified.said, verified.said
    doctor = programs.run("doctor", lake=refined)
    assert doctor.code == 1
    assert victim in doctor.printed
    assert "fix: " in doctor.printed


def test_an_engine_that_misses_a_file_stops_and_names_it(programs: Programs, refined: Path) -> None:
    """At start, and when it needs the file later."""
    lake = Lake.open(refined)
    engine = start_engine(programs, refined)
    victims = [lake.path("silver.events") / path for path in lake.files("silver.events")]
    for victim in victims:
        victim.unlink()
    sent, _ = shop(seed=30, count=61)
    commit(lake, sent)
    assert_names_one_of(victims, engine)
    assert_names_one_of(victims, programs.start("run", lake=refined))


def assert_names_one_of(victims: list[Path], engine: Program) -> None:
    """The engine stops, says which file it misses, and what to do."""
    assert engine.wait() == 1
    assert any(str(victim) in engine.said for victim in victims)
    assert "rtl doctor" in engine.said
    assert "Traceback" not in engine.said


@pytest.mark.parametrize("table", ["silver.events", "gold.products_1m"])
def test_the_api_goes_on_with_what_is_there(table: str, programs: Programs, refined: Path) -> None:
    """Also when it starts on a lake in which a file is missing: other tables are answered, and posts are stored."""
    lake = Lake.open(refined)
    for victim in lake.files(table):
        (lake.path(table) / victim).unlink()
    gateway = Gateway.start(programs, refined)
    assert gateway.get("/kpis/latest").status_code == 200
    assert gateway.get("/ledger/balance").status_code == 200
    refused = gateway.get(f"/tables/{table}/rows")
    assert refused.status_code == 503
    assert "rtl doctor" in refused.json()["detail"]
    sent, _ = shop(seed=32, count=1)
    assert post_one(gateway, sent[0])


def test_an_engine_that_stands_still_is_seen_and_catches_up(programs: Programs, root: Path) -> None:
    sent, _ = shop(seed=33, count=40)
    lake = Lake.create(root)
    gateway = Gateway.start(programs, root)
    engine = start_engine(programs, root)
    assert post_one(gateway, sent[0])
    until(lambda: is_refined(lake), "nothing is refined")
    engine.signal(signal.SIGSTOP)
    posted = [post_one(gateway, record) for record in sent[1:]]
    assert all(posted)
    assert gateway.get("/kpis/latest").status_code == 200
    assert gateway.get(f"/events/receipts/{posted[-1]}").json()["fate"] == "pending"
    stale = gateway.get("/kpis/latest", max_staleness_ms=1)
    assert stale.status_code == 503
    assert int(stale.headers["Retry-After"]) > 0
    until(lambda: behind_ms(gateway) > 1000, "health does not say that the data is behind")
    engine.signal(signal.SIGCONT)
    fate = gateway.get(f"/events/receipts/{posted[-1]}", timeout=40, wait="gold", timeout_ms=20_000).json()
    assert fate["fate"] != "pending"
    until(lambda: behind_ms(gateway) == 0, "health does not see that it has caught up")
    engine.stop()
    assert_right(lake)


def test_an_api_that_stood_still_while_logs_were_cleaned_catches_up(programs: Programs, refined: Path) -> None:
    """For longer than its lease, which keeps what it has not seen."""
    lake = Lake.open(refined)
    gateway = Gateway.start(programs, refined)
    seen = lake.version("ops.ledger")
    gateway.program.signal(signal.SIGSTOP)
    later = ManualClock(datetime.now(UTC) + timedelta(hours=1))
    engine, upkeep = engine_on(lake), Maintenance(lake, later, Limits(compact_files=2, log_commits=1))
    sent, _ = shop(seed=35, count=64)
    for end in range(61, 65):
        commit(lake, sent[:end])
        drain_engine(engine)
        for table in TABLES:
            upkeep.run(table)
        engine.reopen()
    engine.close()
    assert not commit_path(lake.path("ops.ledger"), seen + 1).exists()
    gateway.program.signal(signal.SIGCONT)
    until(lambda: shown(gateway) == len(sent), "the API does not show what came while it stood still")


def shown(gateway: Gateway) -> int:
    """The records that the API's ledger accounts for."""
    return sum(row["received"] for row in gateway.get("/ledger/balance").json()["data"])


def behind_ms(gateway: Gateway) -> int:
    (data,) = (part for part in gateway.get("/health").json()["parts"] if part["name"] == "data")
    found = re.search(r"is ([\d,]+) ms behind", data["why"])
    assert found is not None, data
    return int(found[1].replace(",", ""))
