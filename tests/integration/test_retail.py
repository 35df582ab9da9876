"""The first example of the README, as a user runs it, against books kept by other means."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from faults.programs import Program, until
from integration.installed import Installed
from integration.retail import COLUMNS, FILE, MAPPING, Books, Row, keep_books, of, rows
from rtlakehouse.medallion.graph import TABLES
from rtlakehouse.storage.lake import Lake

Figures = tuple[int, Decimal, Decimal, Decimal]


@pytest.fixture(scope="module")
def sold() -> list[Row]:
    return rows()


@pytest.fixture(scope="module")
def books(sold: list[Row]) -> Books:
    return keep_books(sold)


@pytest.fixture(scope="module")
def replayed(installed_on: Callable[[Path], Installed], tmp_path_factory: pytest.TempPathFactory) -> tuple[Installed, Any]:
    """The whole file in a lake, and what `rtl ingest` said of it."""
    rtl = installed_on(tmp_path_factory.mktemp("retail") / "lake")
    (said,) = rtl.json("ingest", FILE, "--mapping", MAPPING)
    return rtl, said


def figures_of(lake: Lake) -> dict[str, Figures]:
    """Orders, gross, refunded and net by minute, as gold has them."""
    found = {}
    for row in lake.read("gold.revenue_1m").to_pylist():
        assert (row["tenant_id"], row["currency"]) == ("default", "GBP")
        minute = row["window_start"].strftime("%Y-%m-%dT%H:%MZ")
        found[minute] = (row["orders"], row["gross"], row["refunded"], row["net"])
    return found


def assert_books(lake: Lake, books: Books) -> None:
    """Reasons and money of the lake are those of the books, to the penny."""
    reasons = Counter(reason for row in lake.read("silver.quarantine")["reasons"].to_pylist() for reason in row)
    assert reasons == books.reasons
    by_minute = figures_of(lake)
    assert by_minute == {minute: money.figures for minute, money in books.by_minute.items()}
    for place, total in enumerate(books.total.figures[1:], 1):
        assert sum(figures[place] for figures in by_minute.values()) == total


def test_every_row_of_the_year_is_accounted_for(replayed: tuple[Installed, Any], sold: Sequence[Row], books: Books) -> None:
    rtl, said = replayed
    assert said == {"file": str(FILE), "replayed_now": len(sold), **books.counts}
    assert books.received == books.accepted + books.duplicates + books.quarantined
    assert_books(Lake.open(rtl.lake), books)


def test_the_orders_of_the_year_are_all_there(replayed: tuple[Installed, Any], books: Books) -> None:
    silver = Lake.open(replayed[0].lake).read("silver.events").select(["event_type", "order_id"])
    purchases = silver.filter(pc.equal(silver["event_type"], "purchase"))
    assert set(pc.unique(purchases["order_id"]).to_pylist()) == books.total.orders


def test_every_promise_holds_after_the_replay(replayed: tuple[Installed, Any]) -> None:
    findings = replayed[0].json("verify")
    assert all(finding["holds"] for finding in findings)
    assert {finding["check"] for finding in findings} > {"ledger balances", "gold.revenue_1m"}


def test_a_second_replay_changes_nothing(replayed: tuple[Installed, Any]) -> None:
    rtl, said = replayed
    lake = Lake.open(rtl.lake)
    before = {name: lake.version(name) for name in TABLES}
    (again,) = rtl.json("ingest", FILE, "--mapping", MAPPING)
    assert again == said | {"replayed_now": 0}
    assert {name: lake.version(name) for name in TABLES} == before


def test_a_replay_that_is_killed_goes_on_where_it_stopped(rtl: Installed, sold: Sequence[Row], tmp_path: Path) -> None:
    """`kill -9` twice, at places that nobody chose."""
    part = of(sold, "2010-12-0")
    file = tmp_path / "week.parquet"
    pq.write_table(pa.table(dict(zip(COLUMNS, zip(*part, strict=True), strict=True))), file, row_group_size=1_000)
    for batches in (2, 5):
        _kill_after(batches, rtl.start("ingest", file, "--mapping", MAPPING, settings={"ingest_chunk_events": 700}))
    (said,) = rtl.json("ingest", file, "--mapping", MAPPING)
    assert 0 < said.pop("replayed_now") < len(part)
    books = keep_books(part)
    assert said == {"file": str(file), **books.counts}
    assert_books(Lake.open(rtl.lake), books)
    assert rtl.run("verify").code == 0


def _kill_after(batches: int, replay: Program) -> None:
    """Kill it once so many batches are in the ledger; its log begins with the commit that makes the table."""
    log = replay.lake / "ops" / "ledger" / "_delta_log"
    until(lambda: not replay.running or len(list(log.glob("*.json"))) > batches, "it does not get so far")
    assert replay.running, replay.said
    replay.kill()


def test_a_day_as_csv_comes_to_the_same_as_the_file_it_is_from(rtl: Installed, sold: Sequence[Row], tmp_path: Path) -> None:
    day = of(sold, "2010-12-01")
    file = tmp_path / "2010-12-01.csv"
    with file.open("w", newline="", encoding="utf-8") as opened:
        csv.writer(opened).writerows([COLUMNS, *day])
    (said,) = rtl.json("ingest", file, "--mapping", MAPPING)
    books = keep_books(day)
    assert said == {"file": str(file), "replayed_now": len(day), **books.counts}
    assert_books(Lake.open(rtl.lake), books)
