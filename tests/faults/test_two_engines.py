"""Several programs on one lake: one engine and one gateway at a time; the others say who has it, or make use of it."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

import oracle
from faults.gateways import HOST, Gateway, post_one
from faults.loads import assert_right, commit, drain, is_refined, lines, received, shop, start_engine
from faults.programs import Programs, until
from rtlakehouse.stack.ports import free_port
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.lock import holder

# What must be refused is refused within this; starting takes a part of it.
SOON_S = 5.0


def test_a_second_engine_exits_and_names_the_first(programs: Programs, root: Path) -> None:
    first = start_engine(programs, root)
    second = programs.start("run", lake=root)
    assert second.wait(SOON_S) == 1
    assert f"the engine with pid {first.pid} on " in second.said
    assert "--lake" in second.said
    assert "Traceback" not in second.said
    assert first.running
    first.stop()


@pytest.mark.parametrize("command", ["optimize", "vacuum", "checkpoint", "snapshot"])
def test_upkeep_by_hand_leaves_a_running_engine_alone(command: str, programs: Programs, root: Path) -> None:
    engine = start_engine(programs, root)
    refused = programs.start(command, lake=root)
    assert refused.wait(SOON_S) == 1
    assert f"the engine with pid {engine.pid} on " in refused.said
    assert refused.printed == ""
    engine.stop()


def test_of_engines_that_start_at_once_one_runs(programs: Programs, root: Path) -> None:
    """On a lake that is not there yet, which each of them would make."""
    engines = [programs.start("run", lake=root) for _ in range(4)]
    gateway = Gateway.start(programs, root)
    until(lambda: sum(engine.running for engine in engines) == 1, "more than one engine runs")
    (one,) = (engine for engine in engines if engine.running)
    assert [engine.code for engine in engines if not engine.running] == [1, 1, 1]
    for other in engines:
        assert "Traceback" not in other.said, other.said
    until(lambda: "the engine runs" in one.said, "it does not start")
    sent, _ = shop(seed=1, count=5)
    assert all(post_one(gateway, record) for record in sent)
    until(lambda: is_refined(Lake.open(root)), "nothing is refined")
    one.stop()
    assert_right(Lake.open(root))


def test_the_lock_of_a_killed_engine_is_free_at_once(programs: Programs, root: Path) -> None:
    first = start_engine(programs, root)
    first.kill()
    assert holder(root / "_rtl" / "engine.lock") is None
    start_engine(programs, root).stop()


def test_asking_who_holds_the_lock_keeps_nobody_from_taking_it(programs: Programs, root: Path) -> None:
    """As the API's health does all the time."""
    Lake.create(root)
    for _ in range(3):
        engine = programs.start("run", lake=root)
        while engine.running and "the engine runs" not in engine.said:
            for _ in range(100):
                holder(root / "_rtl" / "engine.lock")
        engine.stop()


def test_a_second_api_answers_questions_and_takes_no_posts(programs: Programs, root: Path) -> None:
    sent, _ = shop(seed=2, count=3)
    first = Gateway.start(programs, root)
    receipt = post_one(first, sent[0])
    drain(programs, Lake.open(root))
    second = Gateway.start(programs, root, port=free_port(HOST, 0))
    assert second.get(f"/events/receipts/{receipt}").json()["fate"] == "accepted"
    assert second.get("/health/ready").status_code == 200
    refused = second.post(sent[1])
    assert refused.status_code == 503
    assert refused.headers["content-type"] == "application/problem+json"
    assert "post there" in refused.json()["detail"]
    parts = {part["name"]: part for part in second.get("/health").json()["parts"]}
    assert parts["gateway"]["status"] == "degraded"
    assert f"pid {first.program.pid}" in second.program.said
    assert post_one(first, sent[2]) == "http-0-1"
    assert [record.raw for record in received(Lake.open(root))] == [sent[0], sent[2]]


def test_a_replay_beside_a_running_engine_has_it_do_the_work(programs: Programs, root: Path, tmp_path: Path) -> None:
    sent, _ = shop(seed=3, count=200)
    engine = start_engine(programs, root, {"log_level": "debug"})
    replay = programs.run("ingest", lines(tmp_path / "f.jsonl", sent), "--json", lake=root, settings={"ingest_chunk_events": 30})
    assert replay.code == 0, replay.said
    (counts,) = json.loads(replay.printed)
    assert (counts["replayed_now"], counts["received"]) == (200, 200)
    batches = [entry for entry in map(json.loads, engine.said.splitlines()) if entry["event"] == "batch"]
    assert sum(batch["received"] for batch in batches) == 200
    engine.stop()
    assert_right(Lake.open(root))


def test_a_replay_whose_engine_dies_takes_its_place(programs: Programs, root: Path, tmp_path: Path) -> None:
    sent, _ = shop(seed=4, count=200)
    engine = start_engine(programs, root, {"failpoints": "after_silver_commit:2"})
    replay = programs.start("ingest", lines(tmp_path / "f.jsonl", sent), lake=root, settings={"ingest_chunk_events": 10})
    assert engine.wait() == -signal.SIGKILL
    assert replay.wait(60) == 0, replay.said
    assert [record.raw for record in received(Lake.open(root))] == sent
    assert_right(Lake.open(root))


def test_a_replay_waits_for_an_engine_that_is_started_again(programs: Programs, root: Path, tmp_path: Path) -> None:
    sent, _ = shop(seed=5, count=100)
    engine = start_engine(programs, root, {"failpoints": "after_gold_commit:2"})
    replay = programs.start("ingest", lines(tmp_path / "f.jsonl", sent), lake=root, settings={"ingest_chunk_events": 10})
    assert engine.wait() == -signal.SIGKILL
    again = start_engine(programs, root)
    assert replay.wait() == 0, replay.said
    again.stop()
    assert_right(Lake.open(root))


def test_two_replays_of_one_file_at_once_store_it_once(programs: Programs, root: Path, tmp_path: Path) -> None:
    sent, _ = shop(seed=6, count=100)
    Lake.create(root)
    file = lines(tmp_path / "f.jsonl", sent)
    both = [programs.start("ingest", file, lake=root, settings={"ingest_chunk_events": 5}) for _ in range(2)]
    codes = sorted(replay.wait() for replay in both)
    assert codes in ([0, 0], [0, 1])
    for replay in both:
        assert "Traceback" not in replay.said, replay.said
        assert replay.code == 0 or "another writer committed first" in replay.said
    assert [record.raw for record in received(Lake.open(root))] == sent
    assert_right(Lake.open(root))


def test_files_the_gateway_and_the_engine_share_bronze(programs: Programs, root: Path, tmp_path: Path) -> None:
    """Three processes commit to bronze at once, the engine's compaction among them."""
    sent, _ = shop(seed=7, count=150)
    settings = {"compact_files": 2, "ingest_chunk_events": 5, "linger_ms": 0}
    engine = start_engine(programs, root, settings)
    gateway = Gateway.start(programs, root, settings)
    replays = [
        programs.start("ingest", lines(tmp_path / f"{i}.jsonl", sent[i * 50 : i * 50 + 50]), lake=root, settings=settings)
        for i in range(2)
    ]
    posted = [post_one(gateway, record) for record in sent[100:]]
    assert all(posted)
    assert [replay.wait() for replay in replays] == [0, 0]
    lake = Lake.open(root)
    until(lambda: is_refined(lake), "nothing is refined")
    engine.stop()
    gateway.program.stop()
    assert sorted(record.raw for record in received(lake)) == sorted(sent)
    by_source: dict[str, list[oracle.Record]] = {}
    for record in received(lake):
        by_source.setdefault(record.topic, []).append(record)
    assert sorted(len(records) for records in by_source.values()) == [50, 50, 50]


def test_an_engine_takes_what_came_while_there_was_none(programs: Programs, root: Path) -> None:
    sent, _ = shop(seed=8, count=30)
    lake = Lake.create(root)
    commit(lake, sent)
    drain(programs, lake)
    assert_right(lake)
