"""Erasure: a user is in no file of the lake, and all tables are what the rules make of what is left."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import oracle
from mending.lakes import NOON, RULES, event, parts, refined, shop
from rtlakehouse.clock import SystemClock
from rtlakehouse.contract.refine import Limits
from rtlakehouse.control import JobKind
from rtlakehouse.errors import RebuildError, UsageError, VersionGoneError
from rtlakehouse.ingest.records import DEFAULT_TENANT
from rtlakehouse.jobs import make_works, options_of
from rtlakehouse.medallion.graph import TABLES
from rtlakehouse.mending import Erasure, Person, Search
from rtlakehouse.settings import Settings
from rtlakehouse.storage.erasures import Certificate, Erasures, Wanted, asked_for
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.snapshots import Snapshots
from running import append, broken, drain, engine_on
from shapes import found_in

BLANK = b"erased"


def wanted(user: str, **more: Any) -> Wanted:
    return Wanted(DEFAULT_TENANT, user, "2026-11-24T12:00:00Z", "user:test", **more)


def erase(lake: Lake, user: str, **more: Any) -> Certificate:
    """Erase a user as a job does."""
    works = make_works(Settings(lake=lake.root), lake, SystemClock())
    erasure_id = Erasures(lake).ask(wanted(user, **more))
    rows = [row for act in works.acts(JobKind.ERASE, options_of(JobKind.ERASE, {"erasure": erasure_id}), "") for row in act()]
    assert not any(row.get("is_fault") for row in rows), rows
    found = Erasures(lake).find(erasure_id)
    assert found is not None
    return found


def emptied(records: Sequence[oracle.Record], gone: set[int]) -> list[oracle.Record]:
    """The records as bronze has them once those at these positions are erased."""
    return [record if record.position not in gone else with_raw(record, BLANK) for record in records]


def with_raw(record: oracle.Record, raw: bytes) -> oracle.Record:
    return oracle.Record(raw, record.position, record.received_at, record.ingested_at)


def holding(lake: Lake, text: bytes) -> list[str]:
    """Every file below the lake that has these bytes, compressed or not."""
    found = []
    for path in lake.root.rglob("*"):
        if not path.is_file():
            continue
        content = path.read_bytes()
        if path.suffix == ".parquet":
            content = repr(rows_of(path)).encode()
        if text in content:
            found.append(str(path.relative_to(lake.root)))
    return found


def rows_of(path: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.read_table(path, partitioning=None).to_pylist()
    return rows


@pytest.fixture
def records() -> list[oracle.Record]:
    """A small shop, and a user of whom there are events, rejected ones among them, and one whose id another user's has too."""
    zoe: dict[str, Any] = {"user_id": "zoe-4711", "event_id": "z0"}
    own = [
        event(200, NOON, **zoe),
        event(201, NOON, **zoe | {"event_id": "z1", "quantity": "two"}),
        with_raw(event(202, NOON), b'{"event_id": "z2", "user_id": "zoe-4711", "price'),
        with_raw(event(203, NOON), b'{"event_id": "z3", "user": "zoe-4711"}'),
        event(204, NOON, **zoe | {"event_type": "page_view"}),
        event(205, NOON, user_id="bob", event_id="b0"),
        event(206, NOON, user_id="bob", event_id="z0"),
    ]
    return [*shop(200), *own]


ZOE = {200, 201, 202, 203, 204}


def test_a_user_is_in_no_file_and_the_tables_are_what_is_left(records: list[oracle.Record], tmp_path: Path) -> None:
    lake = refined(tmp_path / "lake", parts(records, 60), Limits())
    Snapshots(lake, SystemClock(), RULES.dedupe_window, 3).write()
    before = {name: lake.version(name) for name in TABLES}
    assert 206 in lake.read("silver.duplicates")["position"].to_pylist()
    assert len(holding(lake, b"zoe-4711")) > 3
    found = erase(lake, "zoe-4711", why="Request 4711.")
    assert broken(lake) == []
    # Bob's record with her event's id was a duplicate of it, and counts now: the first that is left.
    assert found_in(lake) == oracle.run(emptied(records, ZOE))
    assert (found.state, found.records) == (
        "done",
        {"bronze.events": 5, "silver.events": 1, "silver.quarantine": 3, "silver.duplicates": 1},
    )
    assert found.checked is not None
    assert (found.checked.records, found.checked.since, found.checked.mentions) == (0, 0, 0)
    assert holding(lake, b"zoe-4711") == []
    assert [each.table for each in found.tables] == list(TABLES)
    for each in found.tables:
        assert lake.versions(each.table)[0] == each.first_version == before[each.table] + (each.version is not None)
        if each.first_version:
            with pytest.raises(VersionGoneError):
                lake.read(each.table, each.first_version - 1)
    removed = next(each for each in found.tables if each.table == "bronze.events")
    assert removed.removed
    assert all(file.blake2b for file in (*removed.removed, *removed.added))
    assert found.snapshots == 1
    assert not list(lake.control.glob("erasures/*.wanted"))
    assert b"zoe" not in (lake.control / "erasures" / f"{found.id}.json").read_bytes()


@pytest.mark.long
def test_any_users_of_a_shop_go_one_after_the_other(tmp_path: Path) -> None:
    records = shop(300)
    lake = refined(tmp_path / "lake", parts(records, 50), Limits())
    gone: set[int] = set()
    for user in sorted({user_of(record) for record in records} - {""})[:3]:
        gone |= {record.position for record in records if f'"{user}"'.encode() in record.raw.replace(b"\xff", b"")}
        found = erase(lake, user)
        assert broken(lake) == []
        assert found_in(lake) == oracle.run(emptied(records, gone))
        assert holding(lake, user.encode()) == []
        assert (
            sum(found.records[f"silver.{name}"] for name in ("events", "duplicates", "quarantine"))
            == found.records["bronze.events"]
        )


def user_of(record: oracle.Record) -> str:
    event = oracle.refine(record)
    return str(event["user_id"]) if isinstance(event, dict) else ""


def test_an_engine_goes_on_and_what_comes_again_is_new(records: list[oracle.Record], tmp_path: Path) -> None:
    lake = refined(tmp_path / "lake", parts(records, 60), Limits())
    engine = engine_on(lake)
    append(lake, [event(207, NOON, user_id="bob", event_id="b1")])
    drain(engine)
    first = erase(lake, "zoe-4711")
    engine.reopen()
    again = [event(208, NOON, user_id="zoe-4711", event_id="z9")]
    append(lake, again)
    drain(engine)
    assert broken(lake) == []
    search = Search(lake, Person(DEFAULT_TENANT, "zoe-4711"), first.upto)
    search.part(0, 1)
    assert (search.found("").records, search.found("").since) == (0, 2)
    second = erase(lake, "zoe-4711")
    assert (second.id != first.id, second.records["bronze.events"]) == (True, 1)
    engine.reopen()
    drain(engine)
    engine.close()
    assert broken(lake) == []
    everything = [*records, event(207, NOON, user_id="bob", event_id="b1"), *again]
    assert found_in(lake) == oracle.run(emptied(everything, ZOE | {208}))


def test_a_dry_run_says_what_would_change_and_changes_nothing(records: list[oracle.Record], tmp_path: Path) -> None:
    lake = refined(tmp_path / "lake", parts(records, 60), Limits())
    before = {name: lake.version(name) for name in TABLES}
    rows = [row for act in Erasure(lake, RULES, wanted("zoe-4711")).acts() for row in act()]
    said = [row["detail"] for row in rows]
    assert said[:2] == ["would empty 5 records", "would put 1 rows in place of 1"]
    assert any(row.get("before") and row["after"] for row in rows)
    assert {name: lake.version(name) for name in TABLES} == before
    assert not (lake.control / "erasures").exists()


def test_who_is_not_there_leaves_everything_as_it_is(tmp_path: Path) -> None:
    lake = refined(tmp_path / "lake", [shop(40)], Limits())
    before = {name: lake.version(name) for name in TABLES}
    works = make_works(Settings(lake=lake.root), lake, SystemClock())
    erasure_id = Erasures(lake).ask(wanted("nobody"))
    options = options_of(JobKind.ERASE, {"erasure": erasure_id})
    rows = [row for act in works.acts(JobKind.ERASE, options, "") for row in act()]
    assert [row["detail"] for row in rows] == ["Nothing is of this user: 40 records were looked at."]
    assert {name: lake.version(name) for name in TABLES} == before
    assert Erasures(lake).find(erasure_id) is None
    assert Erasures(lake).wanted(erasure_id) is None
    (again,) = [row for act in works.acts(JobKind.ERASE, options, "") for row in act()]
    assert "was done before" in again["detail"]


def test_a_record_of_another_that_names_the_user_is_told_of_and_stays(tmp_path: Path) -> None:
    lake = refined(tmp_path / "lake", [[event(0, NOON), event(1, NOON, user_id="bob", invited_by="ada")]], Limits())
    said = [row["detail"] for act in Erasure(lake, RULES, wanted("ada")).acts() for row in act()]
    assert said[-1] == "1 records of others hold the id in another member; they stay"
    found = erase(lake, "ada")
    assert found.checked is not None
    assert (found.checked.mentions, found.checked.records) == (1, 0)
    assert lake.read("silver.events")["extras"].to_pylist() == ['{"invited_by":"ada"}']


def test_another_tenants_user_of_the_same_id_stays(tmp_path: Path) -> None:
    theirs = [oracle.Record(event(0, NOON).raw, 0, NOON, NOON, tenant_id="acme")]
    ours = [event(1, NOON)]
    lake = refined(tmp_path / "lake", [[*theirs, *ours]], Limits())
    erase(lake, "ada")
    assert lake.read("silver.events")["tenant_id"].to_pylist() == ["acme"]
    assert broken(lake) == []


def test_records_that_wait_to_be_refined_are_waited_for(tmp_path: Path) -> None:
    lake = refined(tmp_path / "lake", [[event(0, NOON)]], Limits())
    append(lake, [event(1, NOON)])
    works = make_works(Settings(lake=lake.root), lake, SystemClock())
    erasure_id = Erasures(lake).ask(wanted("ada"))
    acts = works.acts(JobKind.ERASE, options_of(JobKind.ERASE, {"erasure": erasure_id}), "")
    with pytest.raises(RebuildError, match="wait to be refined"):
        [act() for act in acts]
    assert Erasures(lake).find(erasure_id) is None
    assert Erasures(lake).ask(wanted("ada")) == erasure_id
    engine = engine_on(lake)
    drain(engine)
    engine.close()
    assert erase(lake, "ada").records["bronze.events"] == 2


def test_ids_that_json_spells_otherwise_are_found(tmp_path: Path) -> None:
    user = 'jos\u00e9 "x"/y'
    plain = event(0, NOON, user_id=user)
    utf8 = with_raw(event(1, NOON), json.dumps({**json.loads(event(1, NOON).raw), "user_id": user}, ensure_ascii=False).encode())
    escaped = with_raw(event(2, NOON), utf8.raw.replace(b"/y", b"\\/\\u0079"))
    lake = refined(tmp_path / "lake", [[plain, utf8, escaped, event(3, NOON)]], Limits())
    assert erase(lake, user).records["bronze.events"] == 3
    assert lake.read("silver.events")["position"].to_pylist() == [3]


@pytest.mark.parametrize(("user", "why"), [("", ""), ("x" * 129, ""), ("ada", "Ask of ada today")])
def test_what_cannot_be_asked_for_is_refused(user: str, why: str) -> None:
    with pytest.raises(UsageError):
        asked_for(wanted(user, why=why))
