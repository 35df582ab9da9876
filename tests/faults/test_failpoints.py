"""Killed at every failpoint, under load, and started again: nothing is lost, nothing doubled, every table as it must be."""

from __future__ import annotations

import json
import signal
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

import oracle
from api.test_anomalies import shop as flooded_shop
from faults.gateways import Gateway, post_one
from faults.loads import HURRIED, assert_right, commit, drain, lines, received, shop, start_engine
from faults.programs import Program, Programs, until
from mending.lakes import DAY, NOON, RULES, STRICT, refined
from mending.lakes import shop as mended_shop
from mending.test_retention_of_silver import happened
from rtlakehouse.assembly import make_pipeline
from rtlakehouse.clock import SystemClock
from rtlakehouse.failpoints import KNOWN
from rtlakehouse.ingest.files import open_file
from rtlakehouse.settings import Settings
from rtlakehouse.storage.erasures import Erasures
from rtlakehouse.storage.journal_status import read_statuses
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.maintenance import Limits, Maintenance
from running import broken, engine_on, lake_with
from running import drain as drain_engine
from shapes import found_in


@dataclass(frozen=True)
class Kill:
    """Where to kill: a failpoint at its N-th pass, and what passes it. chunk: events of a bronze commit."""

    failpoint: str
    passes: int = 3
    chunk: int = 8
    settings: dict[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.failpoint}:{self.passes}"

    @property
    def armed(self) -> dict[str, object]:
        return {**HURRIED, **self.settings, "failpoints": str(self)}


IN_ENGINE = [
    Kill("before_silver_commit"),
    Kill("after_one_silver_sibling", 4),
    Kill("after_one_silver_sibling", 5),
    Kill("after_silver_commit"),
    Kill("after_silver_seal", 1),
    Kill("before_gold_commit"),
    Kill("after_one_gold_table", 5),
    Kill("after_one_gold_table", 10),
    Kill("after_gold_commit"),
    Kill("before_ledger_commit"),
    Kill("after_ledger_commit"),
    Kill("before_compaction"),
    Kill("after_compaction", 1),
    Kill("after_compaction", 4),
    Kill("after_checkpoint"),
    Kill("before_snapshot_publish", 1, settings={"snapshot_every_s": 0.05}),
    Kill("after_snapshot_publish", 1, settings={"snapshot_every_s": 0.05}),
]
IN_BRONZE = [Kill("before_bronze_commit"), Kill("after_bronze_commit"), Kill("after_bronze_seal")]
IN_INGEST = [*IN_BRONZE, Kill("after_silver_commit"), Kill("after_one_gold_table", 6)]
IN_LOG_CLEANUP = [Kill("after_log_cleanup", 1)]
IN_BACKFILL = [Kill("after_rewrite_note", 1), Kill("after_one_rewritten_table", 4), Kill("after_rewrite", 1)]
IN_ERASURE = [
    *(Kill(name, 1) for name in ("after_rewrite_note", "after_rewrite", "before_erasure_rewrite", "after_erasure_rewrite")),
    *(Kill("after_one_rewritten_table", passes) for passes in (1, 2, 7)),
    *(Kill(name, passes) for name in ("after_erased_floor", "after_forgotten_table") for passes in (1, 9)),
    Kill("before_erasure_certificate", 1),
]
IN_RETENTION = [
    Kill("before_retention_rewrite", 1),
    Kill("after_rewrite_note", 1),
    Kill("after_one_rewritten_table", 1),
    Kill("after_rewrite", 1),
]
IN_JOURNAL = [Kill("before_journal_commit", 1), Kill("after_journal_commit", 1)]
IN_VACUUM = [Kill("after_vacuum", 1), Kill("after_vacuum", 4)]


def test_every_failpoint_is_killed_at_here() -> None:
    everywhere = (*IN_ENGINE, *IN_INGEST, *IN_LOG_CLEANUP, *IN_VACUUM, *IN_BACKFILL, *IN_ERASURE, *IN_RETENTION, *IN_JOURNAL)
    assert {kill.failpoint for kill in everywhere} == set(KNOWN)


@pytest.mark.parametrize("kill", IN_ENGINE, ids=str)
def test_an_engine_killed_there_goes_on_where_it_was(kill: Kill, programs: Programs, root: Path, tmp_path: Path) -> None:
    sent, _ = shop(seed=len(kill.failpoint), count=130)
    lake = Lake.create(root)
    engine = programs.start("run", lake=root, settings=kill.armed)
    source = open_file(lines(tmp_path / "sent.jsonl", sent), "default", None, received_now=False)
    for _ in source.replay(lake, SystemClock(), kill.chunk):
        pass
    assert killed(engine), engine.said
    drain(programs, lake)
    assert [record.raw for record in received(lake)] == sent
    assert_right(lake)


@pytest.mark.parametrize("kill", IN_LOG_CLEANUP, ids=str)
def test_an_engine_killed_after_cleaning_a_log_goes_on(kill: Kill, programs: Programs, root: Path) -> None:
    sent, _ = shop(seed=5, count=110)
    lake = Lake.create(root)
    commit(lake, sent[:5], size=1)
    refined_up_to_here(lake)
    commit(lake, sent, size=1)
    engine = programs.start("run", lake=root, settings=kill.armed)
    assert killed(engine), engine.said
    drain(programs, lake)
    assert [record.raw for record in received(lake)] == sent
    assert_right(lake)


def refined_up_to_here(lake: Lake) -> None:
    """All of bronze is in the ledger, and bronze has a checkpoint that a later clean-up goes back to."""
    engine = engine_on(lake)
    drain_engine(engine)
    engine.close()
    Maintenance(lake, SystemClock(), Limits()).checkpoint("bronze.events")


@pytest.mark.parametrize("kill", IN_INGEST, ids=str)
def test_a_replay_killed_there_goes_on_when_run_again(kill: Kill, programs: Programs, root: Path, tmp_path: Path) -> None:
    sent, _ = shop(seed=len(kill.failpoint), count=130)
    file = lines(tmp_path / "sent.jsonl", sent)
    settings = kill.armed | {"ingest_chunk_events": kill.chunk}
    assert killed(programs.start("ingest", file, lake=root, settings=settings))
    again = programs.run("ingest", file, "--json", lake=root)
    assert again.code == 0, again.said
    assert [record.raw for record in received(Lake.open(root))] == sent
    assert_right(Lake.open(root))
    (counts,) = json.loads(again.printed)
    expected = oracle.run(received(Lake.open(root)))
    found = (counts["received"], counts["accepted"], counts["duplicates"], counts["quarantined"])
    assert found == (len(sent), len(expected.silver), len(expected.duplicates), len(expected.quarantine))


@pytest.mark.parametrize("kill", IN_BRONZE, ids=str)
def test_a_gateway_killed_there_keeps_what_it_acknowledged(kill: Kill, programs: Programs, root: Path) -> None:
    sent, _ = shop(seed=len(kill.failpoint), count=6)
    gateway = Gateway.start(programs, root, kill.armed | {"linger_ms": 0})
    receipts = {record: receipt for record in sent if (receipt := post_one(gateway, record))}
    assert killed(gateway.program), gateway.program.said
    assert len(receipts) == kill.passes - 1
    again = gateway.restart()
    lake = Lake.open(root)
    stored = {f"http-0-{record.position}": record.raw for record in received(lake)}
    assert {receipt: stored[receipt] for receipt in receipts.values()} == {r: record for record, r in receipts.items()}
    # What was being stored when it died was committed or not, by the place where it died; nothing of it was promised.
    assert len(stored) == kill.passes - (kill.failpoint == "before_bronze_commit")
    assert all(post_one(again, record) for record in sent[kill.passes :])
    drain(programs, lake)
    assert max(Counter(record.position for record in received(lake)).values()) == 1
    assert_right(lake)


@pytest.mark.parametrize("kill", IN_VACUUM, ids=str)
def test_a_vacuum_killed_there_has_broken_nothing(kill: Kill, programs: Programs, root: Path, tmp_path: Path) -> None:
    sent, _ = shop(seed=7, count=100)
    file = lines(tmp_path / "sent.jsonl", sent)
    assert programs.run("ingest", file, lake=root, settings=HURRIED | {"ingest_chunk_events": 5}).code == 0
    arguments = ("vacuum", "--retention-hours", "0")
    assert killed(programs.start(*arguments, lake=root, settings={"failpoints": str(kill)}))
    assert_right(Lake.open(root))
    again = programs.run(*arguments, lake=root)
    assert again.code == 0, again.said
    assert_right(Lake.open(root))


@pytest.mark.parametrize("kill", IN_BACKFILL, ids=str)
def test_a_backfill_killed_there_is_made_whole_before_anything_else(kill: Kill, programs: Programs, root: Path) -> None:
    refined(root, [mended_shop(60)], STRICT)
    span = ("--from", DAY.start.isoformat(), "--to", DAY.end.isoformat())
    program = programs.start("backfill", *span, lake=root, settings={"failpoints": str(kill)})
    assert killed(program), program.said
    lake = Lake.create(root)
    make_pipeline(Settings(lake=root), lake, SystemClock()).recover()
    assert_right(lake)


# Two of them always, the others in `make long`.
@pytest.mark.parametrize(
    "kill",
    [
        kill
        if str(kill) in ("after_one_rewritten_table:2", "after_forgotten_table:1")
        else pytest.param(kill, marks=pytest.mark.long)
        for kill in IN_ERASURE
    ],
    ids=str,
)
def test_an_erasure_killed_there_is_done_by_the_next_start(kill: Kill, programs: Programs, root: Path) -> None:
    records = mended_shop(60)
    refined(root, [records[:30], records[30:]], RULES.limits)
    user = json.loads(records[0].raw)["user_id"]
    program = programs.start("erase", user, "--yes", lake=root, settings={"failpoints": str(kill)})
    assert killed(program), program.said
    lake = Lake.open(root)
    engine = start_engine(programs, root)
    until(lambda: not engine.running or is_erased(lake), f"the engine does not erase\n{engine.said[-2000:]}")
    engine.stop()
    assert_right(lake)
    (certificate,) = Erasures(lake).list("default")
    assert (certificate.state, certificate.checked is not None) == ("done", True)
    assert not any(f'"{user}"'.encode() in record.raw for record in received(lake))
    again = programs.run("erase", user, "--check", lake=root)
    assert again.code == 0, again.printed


# One of them always, the others in `make long`.
@pytest.mark.parametrize(
    "kill",
    [
        kill if kill.passes == 1 and kill.failpoint == "after_one_rewritten_table" else pytest.param(kill, marks=pytest.mark.long)
        for kill in IN_RETENTION
    ],
    ids=str,
)
def test_retention_killed_there_is_done_by_the_next_start(kill: Kill, programs: Programs, root: Path) -> None:
    records = [replace(record, ingested_at=record.ingested_at - timedelta(days=3_650)) for record in mended_shop(60)]
    before = found_in(refined(root, [records[:30], records[30:]], RULES.limits))
    terms = {"retention_days": '{"bronze": 1}'}
    program = programs.start("run", lake=root, settings=terms | {"failpoints": str(kill)})
    assert killed(program), program.said
    lake = Lake.open(root)
    engine = start_engine(programs, root, terms)
    until(lambda: not engine.running or not received(lake), f"the engine lets go of nothing\n{engine.said[-2000:]}")
    engine.stop()
    assert broken(lake) == []
    assert found_in(lake) == before
    assert sum(row["expired"] for row in lake.read("ops.ledger").to_pylist()) == 60


# In the rewrites of silver and of gold, which come after that of bronze; one of them always, the others in `make long`.
@pytest.mark.parametrize(
    "passes", [pytest.param(passes, marks=() if passes == 4 else pytest.mark.long) for passes in (3, 4, 5, 6, 8, 9)]
)
def test_retention_of_silver_and_gold_killed_there_is_done_by_the_next_start(passes: int, programs: Programs, root: Path) -> None:
    long_ago = NOON - timedelta(days=3_650)
    records = [happened(n, long_ago + timedelta(minutes=n), event_id=f"event-{n % 20}") for n in range(30)]
    refined(root, [records[:15], records[15:]], RULES.limits)
    terms = {"retention_days": '{"bronze": 1, "silver": 8, "gold": 9}'}
    kill = Kill("after_one_rewritten_table", passes)
    program = programs.start("run", lake=root, settings=terms | {"failpoints": str(kill)})
    assert killed(program), program.said
    lake = Lake.open(root)
    engine = start_engine(programs, root, terms)
    until(lambda: not engine.running or not lake.read("gold.kpis_1m").num_rows, f"gold stays\n{engine.said[-2000:]}")
    engine.stop()
    assert broken(lake) == []
    assert found_in(lake) == oracle.run([])
    ledger = lake.read("ops.ledger").to_pylist()
    counts = ("expired", "accepted_expired", "duplicates_expired", "late_expired")
    assert [sum(row[name] for row in ledger) for name in counts] == [30, 20, 10, 0]


# One of them always, the other in `make long`.
@pytest.mark.parametrize("kill", [pytest.param(IN_JOURNAL[0], marks=pytest.mark.long), IN_JOURNAL[1]], ids=str)
def test_what_an_engine_killed_there_was_to_tell_is_told_once(kill: Kill, programs: Programs, root: Path) -> None:
    lake_with(root, [flooded_shop(flooded=True)])
    program = programs.start("run", lake=root, settings={"failpoints": str(kill)})
    assert killed(program), program.said
    lake = Lake.open(root)
    engine = start_engine(programs, root)
    until(lambda: not engine.running or read_statuses(lake), f"the engine tells nothing\n{engine.said[-2000:]}")
    engine.stop()
    told = lake.read("gold.anomalies")["id"].to_pylist()
    assert told
    assert len(told) == len(set(told))
    assert broken(lake) == []


def is_erased(lake: Lake) -> bool:
    return any(certificate.state == "done" for certificate in Erasures(lake).list("default"))


def killed(program: Program) -> bool:
    """Whether it died of SIGKILL, as at a failpoint."""
    until(lambda: not program.running, f"`{program.command}` never passes the failpoint\n{program.said[-2000:]}", 20)
    return program.code == -signal.SIGKILL
