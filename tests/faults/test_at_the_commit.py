"""Exactly at a commit: killed before the log entry is there and right after, and a disk that refuses it."""

from __future__ import annotations

import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from faults.gateways import Gateway, post_one
from faults.loads import assert_right, commit, drain, received, shop, start_engine
from faults.programs import Programs, until
from faults.tracing import LINK, inject, next_commit, require_strace
from rtlakehouse.storage.lake import Lake

# At LINK the commit is not there yet; at the fsync of its log entry it is, and nobody knows of it yet.
MOMENTS = [LINK, "fsync"]
HELD = "error=EIO:delay_enter=500000"


@pytest.fixture(autouse=True)
def strace() -> None:
    require_strace()


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("table", ["silver.events", "silver.duplicates", "gold.revenue_1m", "ops.ledger"])
def test_an_engine_killed_at_its_commit_goes_on(table: str, moment: str, programs: Programs, root: Path) -> None:
    sent, _ = shop(seed=3, count=80)
    lake = Lake.create(root)
    engine = start_engine(programs, root)
    inject(programs, engine, next_commit(lake, table), moment, "signal=SIGKILL")
    version = lake.version(table)
    commit(lake, sent)
    assert engine.wait() == -signal.SIGKILL, engine.said
    assert lake.version(table) == version + (moment == "fsync")
    drain(programs, lake)
    assert [record.raw for record in received(lake)] == sent
    assert_right(lake)


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_gateway_killed_at_its_commit_has_not_acknowledged_it(moment: str, programs: Programs, root: Path) -> None:
    sent, _ = shop(seed=4, count=3)
    gateway = Gateway.start(programs, root)
    lake = Lake.open(root)
    assert post_one(gateway, sent[0])
    inject(programs, gateway.program, next_commit(lake, "bronze.events"), moment, "signal=SIGKILL")
    assert post_one(gateway, sent[1]) is None
    assert gateway.program.wait() == -signal.SIGKILL
    again = gateway.restart()
    assert post_one(again, sent[2])
    kept = [sent[0], sent[2]] if moment == LINK else sent
    assert [record.raw for record in received(lake)] == kept
    drain(programs, lake)
    assert_right(lake)


@pytest.mark.parametrize("code", ["EIO", "ENOSPC"])
def test_a_refused_commit_is_a_503_and_the_next_post_is_stored(code: str, programs: Programs, root: Path) -> None:
    sent, _ = shop(seed=5, count=3)
    gateway = Gateway.start(programs, root)
    lake = Lake.open(root)
    assert post_one(gateway, sent[0])
    disk = inject(programs, gateway.program, next_commit(lake, "bronze.events"), LINK, f"error={code}")
    refused = gateway.post(sent[1])
    assert refused.status_code == 503
    assert int(refused.headers["Retry-After"]) > 0
    assert "post it again" in refused.json()["detail"]
    assert [record.raw for record in received(lake)] == sent[:1]
    disk.signal(signal.SIGTERM)
    disk.wait()
    assert gateway.post(sent[1]).status_code == 202
    assert gateway.get("/health/ready").status_code == 200
    assert post_one(gateway, sent[2])
    assert [record.raw for record in received(lake)] == sent
    drain(programs, lake)
    assert_right(lake)


def test_a_gateway_that_cannot_sync_acknowledges_nothing_more(programs: Programs, root: Path) -> None:
    """The refused event is in bronze, perhaps not for good. Posts that waited meanwhile must not take its position."""
    sent, _ = shop(seed=6, count=6)
    gateway = Gateway.start(programs, root, {"linger_ms": 0})
    lake = Lake.open(root)
    assert post_one(gateway, sent[0])
    entry = next_commit(lake, "bronze.events")
    inject(programs, gateway.program, entry, "fsync", HELD)
    with ThreadPoolExecutor() as pool:
        first = pool.submit(gateway.post, sent[1])
        until(entry.exists, "the commit is not made")
        waiting = [pool.submit(gateway.post, record) for record in sent[2:4]]
        answers = [post.result() for post in (first, *waiting)]
    assert [answer.status_code for answer in answers] == [503, 503, 503]
    assert gateway.post(sent[4]).status_code == 503
    ready = gateway.get("/health/ready")
    assert ready.status_code == 503
    assert "Restart it" in ready.json()["detail"]
    assert gateway.get("/kpis/latest").status_code == 200
    assert [record.raw for record in received(lake)] == sent[:2]
    gateway.program.kill()
    again = gateway.restart()
    assert post_one(again, sent[5]) == "http-0-2"
    drain(programs, lake)
    assert [record.raw for record in received(lake)] == [*sent[:2], sent[5]]
    assert_right(lake)


@pytest.mark.parametrize(
    ("table", "call", "code", "fix"),
    [
        ("silver.events", "fsync", "EIO", "rtl doctor"),
        ("gold.kpis_1m", LINK, "ENOSPC", "Free some disk"),
        ("ops.ledger", "fsync", "ENOSPC", "Free some disk"),
    ],
)
def test_an_engine_whose_disk_refuses_stops_and_says_the_fix(
    table: str, call: str, code: str, fix: str, programs: Programs, root: Path
) -> None:
    sent, _ = shop(seed=7, count=60)
    lake = Lake.create(root)
    engine = start_engine(programs, root)
    inject(programs, engine, next_commit(lake, table), call, f"error={code}")
    commit(lake, sent)
    assert engine.wait() == 1
    assert f"{table} could not be written" in engine.said
    assert fix in engine.said
    assert "Traceback" not in engine.said
    drain(programs, lake)
    assert_right(lake)
