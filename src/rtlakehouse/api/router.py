"""The table of contents of the HTTP interface."""

from collections.abc import Callable
from functools import cache

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from rtlakehouse.api.access import requires
from rtlakehouse.api.admin.endpoints import router as admin
from rtlakehouse.api.alerts.endpoints import router as alerts
from rtlakehouse.api.anomalies.endpoints import router as anomalies
from rtlakehouse.api.assistant.endpoints import router as assistant
from rtlakehouse.api.contracts.endpoints import router as contracts
from rtlakehouse.api.erasures.endpoints import router as erasures
from rtlakehouse.api.events.endpoints import router as events
from rtlakehouse.api.forecasts.endpoints import router as forecasts
from rtlakehouse.api.health.endpoints import router as health
from rtlakehouse.api.history.endpoints import router as history
from rtlakehouse.api.history.restoring import router as restoring
from rtlakehouse.api.jobs.endpoints import router as jobs
from rtlakehouse.api.kpis.endpoints import router as kpis
from rtlakehouse.api.ledger.endpoints import router as ledger
from rtlakehouse.api.lineage.endpoints import router as lineage
from rtlakehouse.api.live.endpoints import router as live
from rtlakehouse.api.maintenance.endpoints import router as maintenance
from rtlakehouse.api.metrics_catalog.endpoints import router as metrics_catalog
from rtlakehouse.api.ml.endpoints import router as ml
from rtlakehouse.api.pins.endpoints import router as pins
from rtlakehouse.api.pipeline.endpoints import router as pipeline
from rtlakehouse.api.quality.endpoints import router as quality
from rtlakehouse.api.quarantine.endpoints import router as quarantine
from rtlakehouse.api.quarantine.repair_endpoints import router as repairs
from rtlakehouse.api.query.endpoints import router as query
from rtlakehouse.api.saved_queries.endpoints import router as saved_queries
from rtlakehouse.api.search.endpoints import router as search
from rtlakehouse.api.snapshots.endpoints import router as snapshots
from rtlakehouse.api.tables.endpoints import router as tables
from rtlakehouse.api.windows.endpoints import router as windows
from rtlakehouse.control import Role

__all__ = ["PREFIX", "include_routes"]

PREFIX = "/api/v1"
# The first are found first: posts of events come by the thousand. Health anybody may ask, with a key or without.
_FOR_READERS = (
    events,
    contracts,
    kpis,
    metrics_catalog,
    windows,
    anomalies,
    forecasts,
    ml,
    search,
    tables,
    history,
    restoring,
    pins,
    ledger,
    repairs,
    quarantine,
    quality,
    pipeline,
    maintenance,
    snapshots,
    jobs,
    erasures,
    alerts,
    live,
    query,
    saved_queries,
    lineage,
    assistant,
    admin,
)


def include_routes(app: FastAPI) -> None:
    """Add every route below /api/v1. What a route needs beyond a reader it says itself.

    Each resource is included in the application itself: for a router within a router FastAPI walks all of them at every request.
    """
    app.router.routes.extend(_included(app.router.generate_unique_id_function))


@cache
def _included(unique_id: Callable[[APIRoute], str]) -> list[BaseRoute]:
    """The routes as applications have them. FastAPI works out what each takes, half a second for all, where it is first asked."""
    routes = APIRouter(generate_unique_id_function=unique_id)
    routes.include_router(health, prefix=PREFIX)
    for resource in _FOR_READERS:
        routes.include_router(resource, prefix=PREFIX, dependencies=[requires(Role.READER)])
    return routes.routes
