"""The interface has every endpoint that it is to have, and its manual lists them."""

from __future__ import annotations

import re
from pathlib import Path

from markdown import pages
from rtlakehouse.api.app import create_app
from rtlakehouse.settings import Settings

_BASE = "/api/v1"
_METHODS = ("get", "post", "put", "patch", "delete")
_PARAMETER = re.compile(r"\{[^}]*\}")

PROMISED = {
    "health": "GET /health/live, GET /health/ready, GET /health, GET /version, GET /metrics",
    "events": "POST /events, POST /events/validate, GET /events, GET /events/{}, GET /events/receipts/{}",
    "contracts": "GET /contracts, GET /contracts/{}",
    "kpis": "GET /kpis/latest, GET /kpis/series, GET /kpis/compare, GET /kpis/funnel, GET /kpis/revenue, GET /kpis/products/top,"
    " GET /kpis/segments/{}, GET /kpis/users",
    "windows": "GET /windows, GET /windows/{}, GET /windows/{}/revisions, GET /windows/{}/explain",
    "tables": "GET /tables, GET /tables/{}, GET /tables/{}/schema, GET /tables/{}/rows, GET /tables/{}/files,"
    " GET /tables/{}/profile",
    "history": "GET /tables/{}/versions, GET /tables/{}/versions/{}, GET /tables/{}/diff, POST /tables/{}/restore,"
    " GET /history/timeline, GET /pins, POST /pins",
    "quarantine": "GET /quarantine, GET /quarantine/{}, GET /quarantine/summary, POST /quarantine/repair,"
    " POST /quarantine/readmit, GET /quarantine/repairs",
    "ledger": "GET /ledger, GET /ledger/balance, GET /ledger/offsets/{}/{}",
    "quality": "GET /quality, GET /quality/expectations, GET /quality/results, GET /quality/freshness, GET /quality/lateness",
    "lineage": "GET /lineage, GET /lineage/columns/{}, GET /lineage/impact/{}, POST /lineage/what-if",
    "metrics layer": "GET /metrics-catalog, GET /metrics-catalog/{}, POST /metrics-catalog/query",
    "query": "POST /query, POST /query/explain, POST /query/validate, POST /query/advice, GET /queries, POST /queries",
    "live": "GET /live/kpis, GET /live/events",
    "pipeline": "GET /pipeline, GET /pipeline/batches, GET /pipeline/latency, POST /pipeline/pause, POST /pipeline/resume",
    "jobs": "POST /jobs, GET /jobs, GET /jobs/{}, POST /jobs/{}/cancel",
    "maintenance": "GET /maintenance, GET /snapshots, GET /snapshots/{}, GET /snapshots/{}/{}",
    "alerts": "GET /alerts/rules, POST /alerts/rules, PUT /alerts/rules/{}, DELETE /alerts/rules/{}, GET /alerts,"
    " POST /alerts/{}/silence",
    "anomalies": "GET /anomalies, GET /anomalies/{}, GET /anomalies/expected, GET /anomalies/causes",
    "ml": "GET /ml/detectors, GET /ml/features",
    "forecasts": "GET /forecasts/{}, GET /forecasts/backtests",
    "search": "GET /search, GET /search/status, GET /search/moments, GET /search/products/{}/similar,"
    " GET /search/products/{}/together",
    "assistant": "POST /assistant/ask, POST /assistant/explain, GET /assistant/suggestions, GET /assistant/evaluation",
    "admin": "GET /whoami, GET /keys, POST /keys, DELETE /keys/{}, GET /tenants, GET /audit,"
    " POST /erasures, GET /erasures, GET /erasures/{}",
}


def _promised() -> set[str]:
    return {endpoint.strip() for row in PROMISED.values() for endpoint in row.split(",")}


def _there() -> set[str]:
    paths = create_app(Settings()).openapi()["paths"]
    return {f"{m.upper()} {_plain(path)}" for path, methods in paths.items() for m in methods if m in _METHODS}


def _plain(path: str) -> str:
    return _PARAMETER.sub("{}", path.removeprefix(_BASE))


def test_what_is_promised_is_there() -> None:
    assert sorted(_promised() - _there()) == []


def test_the_manual_lists_every_endpoint_and_no_other() -> None:
    listed = re.findall(rf"`({'|'.join(map(str.upper, _METHODS))}) (/[^`?]*)`", pages()[Path("docs/api.md")])
    assert {f"{method} {_plain(path)}" for method, path in listed} >= _there()
    assert sorted({f"{method} {_plain(path)}" for method, path in listed} - _there()) == []
