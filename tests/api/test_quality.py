"""Quality over HTTP: nothing is wrong with a good lake, whatever is wrong is found, and figures are those of the oracle."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import pyarrow as pa
import pytest

import oracle
from api.conftest import NOW
from api.meaning import events_of, utc, within
from api.questions import EXPECTED
from api.serving import Site, records_of
from rtlakehouse.contract.contract import load
from rtlakehouse.medallion.expectations import Expectation, expectations
from rtlakehouse.quality import queries

LONG_AGO, LATER = NOW - timedelta(days=3), NOW + timedelta(hours=1)
ALWAYS: dict[str, Any] = {"from": LONG_AGO.isoformat(), "to": LATER.isoformat()}
OF_TABLES = [each for each in expectations() if each.kind != "contract"]
# A value of a column that breaks an expectation of its row; None for one that must be there.
FIELDS = {field.name: "x" * 2_000 if field.kind == "string" else "?" for field in load().fields}
BREAKS: dict[str, dict[str, Any]] = {
    **{f"silver.events.{name}": {name: value} for name, value in FIELDS.items()},
    "silver.events.price": {"price": Decimal(-1)},
    "silver.events.quantity": {"quantity": 0},
    "silver.events.lateness": {"lateness_ms": -1},
    "silver.events.partition": {"event_date": datetime(1970, 1, 1, tzinfo=UTC).date()},
    "silver.quarantine.reasons": {"reasons": ["missing:price", "ugly"]},
    "silver.duplicates.kept": {
        "kept_source": "http",
        "kept_topic": "events",
        "kept_partition": 0,
        "kept_position": 7,
        "position": 7,
    },
    "gold.kpis_1m.kinds": {"page_views": 9_999},
    "gold.kpis_1m.users": {"active_users": 0, "cart_users": 1},
    "gold.kpis_1m.conversion": {"viewing_users": 0, "conversion_rate": Decimal("0.5")},
    "gold.kpis_1m.late": {"late_events": 9_999},
    "gold.revenue_1m.net": {"net": Decimal("0.0001")},
    "gold.revenue_1m.average": {"orders": 0, "average_order_value": Decimal(1)},
    "gold.products_1m.units": {"units": 0, "purchases": 1},
    "gold.products_1m.gross": {"gross": Decimal(-1)},
    "gold.segments_1m.dimension": {"dimension": "colour"},
    "gold.segments_1m.kinds": {"events": 0, "page_views": 1},
    "ops.ledger.balance": {"received": 1, "accepted": 1, "duplicates": 1},
    "ops.ledger.late": {"late": 9_999},
    "ops.ledger.positions": {"first_position": 9_999_999},
    "gold.kpis_1m.total": {"events": 9_999},
    "gold.revenue_1m.total": {"gross": Decimal("0.0001")},
}
# Of every table.
BREAKS |= {each.name: {"tenant_id": None} for each in OF_TABLES if each.name.endswith(".complete")}
BREAKS |= {each.name: {"window_end": NOW.replace(tzinfo=None)} for each in OF_TABLES if each.name.endswith(".window")}
BREAKS |= {each.name: {"page_views": -1, "orders": -1} for each in OF_TABLES if each.name.endswith(".counts")}


def test_nothing_is_wrong_with_the_tables_of_a_good_lake(site: Site, expected: oracle.Expected) -> None:
    found = {row["name"]: row for row in site.get("/quality/results", **ALWAYS)["data"]}
    assert list(found) == [each["name"] for each in site.get("/quality/expectations")["data"]]
    of_tables = [found[each.name] for each in OF_TABLES]
    assert [row["name"] for row in of_tables if row["failed"] or not row["holds"]] == []
    assert all(row["examined"] for row in of_tables)
    assert found["silver.events.complete"]["examined"] == len(events_of(expected))


def test_what_broke_the_contract_is_counted_by_rule_and_can_be_looked_up(site: Site, expected: oracle.Expected) -> None:
    rejected = [row["reasons"] for place, row in expected.quarantine.items() if place[0] == "default"]
    rows = [row for row in site.get("/quality/results", **ALWAYS)["data"] if row["kind"] == "contract"]
    rules = {each["name"]: set(each["reasons"]) for each in site.get("/quality/expectations")["data"]}
    for row in rows:
        failed = sum(bool(rules[row["name"]] & set(reasons)) for reasons in rejected)
        assert (row["failed"], row["examined"]) == (failed, len(site.lake.read("bronze.events")) - 20)
        assert row["share"] == f"{Decimal(failed) / row['examined']:.6f}"
        assert row["holds"] == (Decimal(failed) / row["examined"] <= Decimal(row["tolerated_share"]))
        assert len(row["sample"]) == min(5, failed)
        for place in row["sample"][:1]:
            record = site.get(f"/quarantine/{place['source']}-{place['partition']}-{place['position']}-{place['topic']}")
            assert rules[row["name"]] & set(record["reasons"])
    assert sum(row["failed"] for row in rows) > 0


@pytest.fixture(scope="module")
def tables(site: Site) -> dict[str, pa.Table]:
    """Every table's rows, times as UTC without a zone."""
    return {name: _local(site.lake.read(name)) for name in EXPECTED}


def _local(rows: pa.Table) -> pa.Table:
    fields = [field.with_type(pa.timestamp("us")) if pa.types.is_timestamp(field.type) else field for field in rows.schema]
    return rows.cast(pa.schema(fields))


def changed(rows: pa.Table, values: dict[str, Any]) -> pa.Table:
    """The rows with these values in the first of them."""
    known = {name: value for name, value in values.items() if name in rows.column_names}
    first = pa.Table.from_pylist([rows.slice(0, 1).to_pylist()[0] | known], rows.schema)
    return pa.concat_tables([first, rows.slice(1)])


@pytest.mark.parametrize("expectation", OF_TABLES, ids=lambda each: each.name)
def test_a_row_that_breaks_an_expectation_is_found(tables: dict[str, pa.Table], expectation: Expectation) -> None:
    rows = tables[expectation.table]
    rows = changed(rows.filter(pa.compute.equal(rows["tenant_id"], "default")), BREAKS.get(expectation.name, {}))
    if expectation.kind == "key":
        rows = pa.concat_tables([rows, rows.slice(0, 1)])
    relations = ({"silver.events": tables["silver.events"]} if expectation.kind == "sum" else {}) | {expectation.table: rows}
    with duckdb.connect(config={"threads": 1}) as connection:
        for name, relation in relations.items():
            connection.register(queries.relation(name), relation)
        assert _failing(connection, expectation) == 1


def _failing(connection: duckdb.DuckDBPyConnection, expectation: Expectation) -> int:
    """Rows that are found to break it, of any tenant where that is what is missing."""
    bound = {"tenant": "default", "start": LONG_AGO.replace(tzinfo=None), "end": LATER.replace(tzinfo=None)}
    text = queries.BROKEN[expectation.name]
    if expectation.name.endswith(".complete"):
        text = text.replace("tenant_id = $tenant", "coalesce(tenant_id, $tenant) = $tenant")
    used = {name: value for name, value in bound.items() if f"${name}" in text}
    rows = connection.sql(text, params=used).to_arrow_table().to_pylist()
    return rows[0]["failed"] if rows else 0


def test_the_curve_says_what_each_watermark_would_have_caught(site: Site, expected: oracle.Expected) -> None:
    span: dict[str, Any] = {"from": (NOW - timedelta(hours=20)).isoformat(), "to": (NOW - timedelta(hours=3)).isoformat()}
    found = site.get("/quality/lateness", **span)
    events = within(events_of(expected), utc(found["start"]), utc(found["end"]))
    received = {row.place: oracle.microseconds(row.received_at) for row in records_of(site.lake) if row.received_at}
    by_event = {row["event_id"]: place for place, row in expected.silver.items()}
    waited = sorted(received[by_event[event["event_id"]]] - event["event_us"] for event in events)
    assert (found["events"], found["late"]) == (len(events), sum(event["is_late"] for event in events))
    for point in found["curve"]:
        assert point["in_time"] == sum(us <= point["watermark_ms"] * 1_000 for us in waited)
        assert point["share"] == f"{Decimal(point['in_time']) / len(events):.6f}"
    (in_force,) = [point for point in found["curve"] if point["in_force"]]
    assert (in_force["watermark_ms"], in_force["in_time"]) == (15_000, found["events"] - found["late"])
    for quantile in found["quantiles"]:
        share, mark = Decimal(quantile["share"]), quantile["watermark_ms"]
        assert sum(us <= mark * 1_000 for us in waited) >= share * len(events)
        assert sum(us <= (mark - 1) * 1_000 for us in waited) < share * len(events)


def test_the_newest_of_each_table_says_how_fresh_it_is(site: Site, expected: oracle.Expected) -> None:
    found = {row["table"]: row for row in site.get("/quality/freshness")["data"]}
    newest = max(event["event_us"] for event in events_of(expected))
    told = oracle.microseconds(utc(found["silver.events"]["newest_at"]))
    assert told == newest
    judged_at = oracle.microseconds(utc(site.get("/quality/freshness")["judged_at"]))
    assert found["silver.events"]["delay_ms"] == (judged_at - newest) // 1_000
    assert found["silver.events"]["fresh"] is False
    assert found["silver.quarantine"]["fresh"] is None
    assert {name: row["version"] for name, row in found.items()} == dict(site.parts.catalog.latest.versions)


def test_a_table_is_fresh_until_its_target_has_passed(fresh: Site) -> None:
    at = round(fresh.clock.now().timestamp() * 1000)
    fresh.post(
        f'{{"event_id":"e","event_type":"purchase","user_id":"u","product_id":"p","price":2,"quantity":1,"currency":"EUR","ts":{at}}}'.encode()
    )
    fresh.refine()
    expecting = [row["fresh"] for row in fresh.get("/quality/freshness")["data"] if row["target_ms"]]
    assert expecting == [True] * 5
    fresh.clock.advance(timedelta(seconds=61))
    later = {row["table"]: row["fresh"] for row in fresh.get("/quality/freshness")["data"]}
    assert (later["silver.events"], later["gold.kpis_1m"]) == (False, True)
    only = fresh.get("/quality/freshness", as_of="silver.events=1,gold.kpis_1m=1")["data"]
    assert [row["table"] for row in only] == ["silver.events", "gold.kpis_1m"]


def test_the_score_is_the_weighted_mean_of_its_parts(site: Site) -> None:
    found = site.get("/quality", **ALWAYS)
    weights = Counter({part["name"]: part["weight"] for part in found["parts"]})
    mean = sum(part["weight"] * Decimal(part["share"]) for part in found["parts"]) / weights.total()
    assert abs(Decimal(found["score"]) - 100 * mean) < Decimal("0.01")
    lost = sum(Decimal(part["lost"]) for part in found["parts"])
    assert abs(100 - lost - Decimal(found["score"])) < Decimal("0.05")
    shares = {part["name"]: Decimal(part["share"]) for part in found["parts"]}
    assert shares["completeness"] == shares["consistency"] == 1
    quarantined = site.get("/quarantine/summary", **ALWAYS)["records"]
    assert f"{quarantined:,} of" in next(part["why"] for part in found["parts"] if part["name"] == "validity")


def test_an_empty_lake_has_no_score(fresh: Site) -> None:
    found = fresh.get("/quality")
    assert found["score"] is None
    assert {part["share"] for part in found["parts"]} == {None}
    assert fresh.get("/quality/lateness")["quantiles"][0]["watermark_ms"] is None
    assert fresh.get("/quality/results")["broken"] == 0
