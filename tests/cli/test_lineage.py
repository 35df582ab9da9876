"""`rtl lineage`: needs no lake, says what the interface says."""

from __future__ import annotations

from cli.commands import Commands


def test_the_tables_and_who_reads_whom(on_nothing: Commands) -> None:
    edges = on_nothing.json("lineage")["edges"]
    assert {"source": "silver.events", "target": "gold.kpis_1m", "by": ["medallion/sql/kpis_1m.sql"]} in edges
    assert "medallion/sql/dedupe.sql" in on_nothing.ok("lineage")


def test_a_column_down_to_the_record(on_nothing: Commands) -> None:
    found = on_nothing.json("lineage", "gold.revenue_1m.net")
    assert found["data"][0]["column"] == "gold.revenue_1m.net"
    shown = on_nothing.ok("lineage", "gold.revenue_1m.net")
    assert "net = gross - refunded" in shown
    assert "bronze.events.raw (price)" in shown


def test_the_impact_of_a_column_and_of_a_member(on_nothing: Commands) -> None:
    shown = on_nothing.ok("lineage", "silver.events.price", "--impact")
    assert "gold.products_1m.gross" in shown
    assert "GET /api/v1/kpis/revenue" in shown
    made = on_nothing.json("lineage", "bronze.events.raw", "--impact", "--member", "campaign")["columns"]
    assert {"gold.segments_1m.value", "silver.events.campaign"} <= {each["column"] for each in made}


def test_a_column_that_is_none_is_refused_with_those_there_are(on_nothing: Commands) -> None:
    assert "It has tenant_id" in on_nothing.refused(1, "lineage", "gold.kpis_1m.revenue")
