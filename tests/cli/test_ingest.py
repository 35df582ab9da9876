"""`rtl ingest`: what is said of the files that were replayed."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

from cli.commands import Commands
from corpus import VALID
from faults.loads import lines, shop
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.pause import Pause, pause, resume

HEADER = "event_id,event_type,user_id,product_id,price,quantity,currency,ts\n"


def _counts(said: dict[str, Any]) -> tuple[int, ...]:
    return tuple(said[name] for name in ("replayed_now", "received", "accepted", "duplicates", "quarantined", "late"))


def test_each_file_is_told_apart_and_the_second_of_one_content_is_duplicates(on_nothing: Commands, tmp_path: Path) -> None:
    sent, report = shop(seed=3, count=200)
    one = lines(tmp_path / "one.jsonl", sent)
    two = tmp_path / "two.jsonl.gz"
    two.write_bytes(gzip.compress(one.read_bytes()))
    first, second = on_nothing.json("ingest", one, two)
    said = report.as_dict()
    assert _counts(first) == (200, 200, said["accepted"], said["duplicates"], said["quarantined"], 0)
    assert _counts(second) == (200, 200, 0, 200 - said["quarantined"], said["quarantined"], 0)
    assert [Path(outcome["file"]) for outcome in (first, second)] == [one, two]
    shown = on_nothing.ok("ingest", one, two)
    assert "one.jsonl" in shown
    assert "two.jsonl.gz" in shown


def test_a_csv_file_whose_columns_are_the_contract_s_needs_no_mapping(on_nothing: Commands, tmp_path: Path) -> None:
    file = tmp_path / "f.csv"
    rows = ["a,purchase,u,p,12.50,2,EUR,2026-11-24T10:00:00Z", "b,purchase,u,p,1,x,EUR,1795521600500", "c,purchase"]
    file.write_text(HEADER + "\n".join(rows))
    (said,) = on_nothing.json("ingest", file)
    assert _counts(said) == (3, 3, 1, 0, 2, 0)
    lake = Lake.open(on_nothing.lake)
    assert lake.read("silver.quarantine")["reasons"].to_pylist() == [["type:quantity"], ["not_an_object"]]
    assert str(lake.read("silver.events")["price"][0].as_py()) == "12.5000"


def test_tenants_are_apart_and_received_now_makes_old_events_late(on_nothing: Commands, tmp_path: Path) -> None:
    file = lines(tmp_path / "f.jsonl", [json.dumps(VALID).encode()])
    (first,) = on_nothing.json("ingest", file)
    (second,) = on_nothing.json("ingest", file, "--tenant", "acme", "--received", "now", settings={"late_limit_s": 10**9})
    assert _counts(first) == (1, 1, 1, 0, 0, 0)
    assert _counts(second) == (1, 1, 1, 0, 0, 1)
    assert set(Lake.open(on_nothing.lake).read("silver.events")["tenant_id"].to_pylist()) == {"default", "acme"}


def test_one_file_that_cannot_be_read_stops_it_before_anything_is_stored(on_nothing: Commands, tmp_path: Path) -> None:
    good = lines(tmp_path / "good.jsonl", [json.dumps(VALID).encode()])
    assert "There is no file" in on_nothing.refused(2, "ingest", good, tmp_path / "none.jsonl")
    assert not on_nothing.lake.exists()


def test_a_mapping_that_does_not_fit_leaves_bronze_as_it_was(on_nothing: Commands, tmp_path: Path) -> None:
    file = tmp_path / "f.csv"
    file.write_text(HEADER + "a,purchase,u,p,1,1,EUR,1795521600500\n")
    members = {name: name for name in HEADER.strip().split(",")} | {"country": "land"}
    (tmp_path / "m.yaml").write_text("event:\n" + "".join(f"  {name}: {text}\n" for name, text in members.items()))
    said = on_nothing.refused(2, "ingest", file, "--mapping", tmp_path / "m.yaml")
    assert "`country` does not fit the file" in said
    assert Lake.open(on_nothing.lake).read("bronze.events").num_rows == 0


def test_a_file_for_a_paused_lake_is_stored_and_waits(on_nothing: Commands, tmp_path: Path) -> None:
    file = lines(tmp_path / "f.jsonl", [json.dumps(VALID).encode()])
    lake = Lake.create(on_nothing.lake)
    pause(lake, Pause("2026-11-24T12:00:00Z", "default", "a reload"))
    on_nothing.ok("ingest", file)
    assert (lake.read("bronze.events").num_rows, lake.read("silver.events").num_rows) == (1, 0)
    resume(lake)
    on_nothing.ok("ingest", file)
    assert (lake.read("bronze.events").num_rows, lake.read("silver.events").num_rows) == (1, 1)
