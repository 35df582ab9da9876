"""Every page of the dashboard, by its address: what has to hold on each of them is looked at on all."""

from __future__ import annotations

from urllib.parse import quote

from e2e.stack import Stack

__all__ = ["EMPTY", "places"]

_ANSWERED = "select currency, sum(net) as net from gold.revenue_1m group by currency"
# What there is to look at before the first event, too; the rest is about a minute, a product or a version.
EMPTY = {
    "overview": "/",
    "explore": "/explore?by=country",
    "history": "/history",
    "pipeline": "/pipeline",
    "lineage": "/pipeline/lineage",
    "quality": "/quality",
    "quality-figures": "/quality/figures?over=time",
    "quality-repair": "/quality/repair",
    "alerts": "/alerts",
    "tables": "/tables",
    "table-rows": "/tables/gold.kpis_1m/rows",
    "upkeep": "/tables/upkeep",
    "snapshots": "/tables/snapshots",
    "query": "/query",
    "admin": "/admin",
    "nowhere": "/nowhere",
}


def places(stack: Stack) -> dict[str, str]:
    """The addresses by the pages' names, once something has come in: with the last minute and the last record."""
    (minute,) = stack.gateway.get("/windows", limit=1).json()["data"]
    rejected = stack.gateway.get("/quarantine", limit=1).json()["data"]
    (product,) = stack.gateway.get("/kpis/products/top", limit=1).json()["data"]
    record = f"&record={rejected[0]['id']}" if rejected else ""
    return EMPTY | {
        "explain": f"/explain/{minute['window_start']}",
        "explain-fails": "/explain/2001-01-01T00:00:00Z",
        "history-version": "/history?table=gold.kpis_1m&version=1",
        "lineage-column": "/pipeline/lineage?column=silver.events.price",
        "quality": f"/quality?range=1d{record}",
        "table-schema": "/tables/gold.kpis_1m",
        "table-files": "/tables/gold.kpis_1m/files",
        "table-profile": "/tables/gold.kpis_1m/profile",
        "table-upkeep": "/tables/gold.kpis_1m/upkeep",
        "product": f"/products/{quote(product['product_id'], safe='')}",
        "query-answer": f"/query?sql={quote(_ANSWERED)}",
    }
