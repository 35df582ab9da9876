"""`gold.anomalies`: what GET /anomalies tells is in a table that anybody can read, and what is corrected is told anew."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from shutil import copytree, rmtree
from typing import Any

import duckdb
import pyarrow.compute as pc
import pytest
from deltalake import CommitProperties, DeltaTable, write_deltalake

import oracle
from api.serving import Site, site_on, until
from api.test_anomalies import FIRST, FLOOD, NOW, shop
from rtlakehouse.anomalies.watched import BY_SEGMENT, SegmentDimension
from rtlakehouse.assembly import make_journals
from rtlakehouse.clock import isoformat
from rtlakehouse.jobs import make_retention
from rtlakehouse.journals import Journal
from rtlakehouse.pipeline import Pipeline
from rtlakehouse.settings import Settings
from rtlakehouse.storage.journal_status import read_statuses
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.log import METADATA_KEY, read_commit
from running import append, broken, engine_on, lake_with

MINUTE = timedelta(minutes=1)
# The line of SQL that docs/anomalies.md gives.
HOLDS = """
    from gold_anomalies qualify row_number() over (partition by tenant_id, id order by revision desc) = 1 and not withdrawn
    order by id
"""


@contextmanager
def telling(site: Site, table: str = "gold.anomalies") -> Iterator[Pipeline]:
    """An engine as it runs, with a journal, that has just been started."""
    every = make_journals(Settings(lake=site.lake.root), site.lake, site.clock)
    journals = [journal for journal in every if journal.table == table]
    with closing(engine_on(site.lake, site.clock)) as engine:
        yield Pipeline(site.lake, engine, site.clock, None, journals=journals)


def tell(pipeline: Pipeline) -> None:
    """Take what is new, and have told what is due."""
    pipeline.turn()
    pipeline.turn()
    pipeline.drain()


def act(journal: Journal) -> None:
    """Have it told what is due."""
    due = journal.due()
    assert due is not None
    due()()


def rows(site: Site, sql: str = "from gold_anomalies order by told_at, window_start, metric") -> list[dict[str, Any]]:
    """As any reader of open tables has it, who knows nothing of this project."""
    gold_anomalies = DeltaTable(site.lake.path("gold.anomalies")).to_pyarrow_table()
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        connection.register("gold_anomalies", gold_anomalies)
        found: list[dict[str, Any]] = connection.sql(sql).to_arrow_table().to_pylist()
        return found


def shown(site: Site) -> None:
    """Wait until the API shows the newest of every table."""
    versions = site.lake.vector()
    until(lambda: dict(site.parts.catalog.latest.versions) == versions, "the catalog shows all that there is")


def told_over_http(site: Site) -> list[dict[str, Any]]:
    """Of all series, and of each that is of segments."""
    span: dict[str, Any] = {"from": isoformat(FIRST), "to": isoformat(site.clock.now())}
    asked: list[dict[str, Any]] = [{}, *({"metric": each, "dimension": of} for of in SegmentDimension for each in BY_SEGMENT)]
    found = [each for wanted in asked for each in site.get("/anomalies", **span, **wanted)["data"]]
    return sorted(found, key=lambda each: str(each["id"]))


def as_told(row: dict[str, Any]) -> dict[str, Any]:
    """A row in the words of GET /anomalies."""
    names = ("id", "metric", "currency", "dimension", "segment", "value", "judged", "expected", "low", "high", "score")
    return {name: row[name] for name in (*names, "severity", "reason")} | {"window_start": isoformat(row["window_start"])}


def late(number: int, at: datetime, received: datetime) -> oracle.Record:
    raw = (
        f'{{"event_id":"late{number}","event_type":"page_view","user_id":"u","product_id":"tea","price":2,"quantity":1,'
        f'"currency":"EUR","ts":{round(at.timestamp() * 1000)}}}'
    )
    return oracle.Record(raw.encode(), 1_000_000 + number, received, received)


@pytest.fixture(scope="module")
def lakes(tmp_path_factory: pytest.TempPathFactory) -> dict[bool, Path]:
    """Two days of a shop, with and without a flood."""
    root = tmp_path_factory.mktemp("journals")
    return {flooded: lake_with(root / str(flooded), [shop(flooded=flooded)]).root for flooded in (True, False)}


@pytest.fixture
def flooded(tmp_path: Path, lakes: dict[bool, Path]) -> Iterator[Site]:
    with site_on(copytree(lakes[True], tmp_path / "lake"), NOW) as site:
        yield site


def test_the_table_has_what_is_told_over_http_and_says_what_it_was_worked_out_from(flooded: Site) -> None:
    with telling(flooded) as pipeline:
        tell(pipeline)
    found = rows(flooded)
    assert [as_told(row) for row in rows(flooded, HOLDS)] == told_over_http(flooded) != []
    assert {(row["dimension"], row["segment"]) for row in found} >= {(None, None), ("country", "FR")}
    versions = flooded.lake.vector()
    assert {row["computed_from"] for row in found} == {
        json.dumps({name: versions[name] for name in ("gold.kpis_1m", "gold.revenue_1m", "gold.segments_1m")})
    }
    assert {(row["revision"], row["withdrawn"], row["told_at"], row["detector"]) for row in found} == {
        (1, False, NOW, "seasonal_baseline")
    }
    assert broken(flooded.lake) == []
    # No batch came since, and the API shows them all the same.
    shown(flooded)
    answer = flooded.client.post("/api/v1/query", json={"sql": "select count(*) as told from gold.anomalies"})
    assert answer.json()["data"] == [{"told": len(found)}]


def test_a_minute_more_is_judged_and_nothing_is_told_twice_also_by_the_next_process(flooded: Site) -> None:
    with telling(flooded) as pipeline:
        tell(pipeline)
        first = rows(flooded)
        flooded.clock.advance(MINUTE)
        tell(pipeline)
        assert read_statuses(flooded.lake)["gold.anomalies"].through == NOW.replace(second=0) + MINUTE
    with telling(flooded) as pipeline:
        tell(pipeline)
    assert rows(flooded) == first


def test_in_a_table_of_an_older_release_what_was_told_stays_and_segments_are_told_too(flooded: Site) -> None:
    with telling(flooded) as pipeline:
        tell(pipeline)
    path, told = flooded.lake.path("gold.anomalies"), flooded.lake.read("gold.anomalies")
    commit = read_commit(path, flooded.lake.version("gold.anomalies"))
    assert commit is not None
    then = {name: version for name, version in commit.metadata["computed_from"].items() if name != "gold.segments_1m"}
    rmtree(path)
    older = told.filter(pc.is_null(told["dimension"])).drop_columns(["dimension", "segment"])
    said = CommitProperties(custom_metadata={METADATA_KEY: json.dumps({**commit.metadata, "computed_from": then})})
    DeltaTable.create(path, older.schema)
    write_deltalake(path, older, mode="append", commit_properties=said)
    Lake.create(flooded.lake.root)
    flooded.clock.advance(MINUTE)
    with telling(flooded) as pipeline:
        tell(pipeline)
    found = rows(flooded)
    assert 0 < older.num_rows < len(found) == told.num_rows
    assert {(row["id"], row["revision"]) for row in found} == {(row["id"], row["revision"]) for row in told.to_pylist()}


def test_a_late_event_tells_the_next_revision_of_what_it_corrects_and_withdraws_what_is_none(
    tmp_path: Path, lakes: dict[bool, Path]
) -> None:
    with site_on(copytree(lakes[False], tmp_path / "lake"), NOW) as site, telling(site) as pipeline:
        append(site.lake, [late(number, FLOOD, NOW) for number in range(200)])
        tell(pipeline)
        (first,) = [row for row in rows(site) if row["metric"] == "events" and row["dimension"] is None]
        site.clock.advance(MINUTE)
        append(site.lake, [late(number, FLOOD, NOW + MINUTE) for number in range(200, 300)])
        tell(pipeline)
        (_, second) = [row for row in rows(site) if row["metric"] == "events" and row["dimension"] is None]
        assert (second["id"], second["revision"], second["value"]) == (first["id"], 2, first["value"] + 100)
        assert second["told_at"] == site.clock.now()
        # As much just before: the anomaly begins there now, and there alone.
        site.clock.advance(MINUTE)
        append(site.lake, [late(number, FLOOD - 2 * MINUTE, NOW + 2 * MINUTE) for number in range(300, 800)])
        tell(pipeline)
        earlier, third = [row for row in rows(site) if row["metric"] == "events" and row["dimension"] is None][2:]
        assert (third["id"], third["revision"], third["withdrawn"]) == (first["id"], 3, True)
        assert (earlier["window_start"], earlier["revision"], earlier["withdrawn"]) == (FLOOD - 2 * MINUTE, 1, False)
        shown(site)
        assert [as_told(row) for row in rows(site, HOLDS)] == told_over_http(site)


def test_what_cannot_be_read_is_told_in_health_and_does_not_stop_the_engine(flooded: Site) -> None:
    (file, *_) = flooded.lake.files("gold.revenue_1m")
    path = flooded.lake.path("gold.revenue_1m") / file
    whole = path.read_bytes()
    path.write_bytes(b"")
    with telling(flooded) as pipeline:
        tell(pipeline)
        assert "cannot be worked out" in read_statuses(flooded.lake)["gold.anomalies"].trouble
        part = next(part for part in flooded.get("/health")["parts"] if part["name"] == "journals")
        assert part["status"] == "degraded"
        path.write_bytes(whole)
        flooded.clock.advance(MINUTE)
        tell(pipeline)
    assert read_statuses(flooded.lake)["gold.anomalies"].trouble == ""
    assert rows(flooded) != []


@pytest.mark.parametrize("is_another", [True, False])
def test_of_a_time_that_gold_has_let_go_of_stays_what_was_told(is_another: bool, flooded: Site) -> None:
    """By the process that told it, and by the next."""
    first, another = (make_journals(Settings(lake=flooded.lake.root), flooded.lake, flooded.clock)[0] for _ in range(2))
    act(first)
    told = rows(flooded)
    assert told
    flooded.clock.advance(timedelta(days=30))
    keeping = Settings(lake=flooded.lake.root, retention_days={"bronze": 1, "silver": 8, "gold": 9})
    make_retention(keeping, flooded.lake, flooded.clock.now()).run()
    assert flooded.lake.read("gold.kpis_1m").num_rows == 0
    act(another if is_another else first)
    assert rows(flooded) == told
    assert read_statuses(flooded.lake)["gold.anomalies"].trouble == ""
