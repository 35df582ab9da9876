"""The table of contents of the HTTP interface."""

from fastapi import APIRouter

from rtlakehouse.api.access import requires
from rtlakehouse.api.admin.endpoints import router as admin
from rtlakehouse.api.anomalies.endpoints import router as anomalies
from rtlakehouse.api.assistant.endpoints import router as assistant
from rtlakehouse.api.contracts.endpoints import router as contracts
from rtlakehouse.api.events.endpoints import router as events
from rtlakehouse.api.health.endpoints import router as health
from rtlakehouse.api.history.endpoints import router as history
from rtlakehouse.api.jobs.endpoints import router as jobs
from rtlakehouse.api.kpis.endpoints import router as kpis
from rtlakehouse.api.ledger.endpoints import router as ledger
from rtlakehouse.api.lineage.endpoints import router as lineage
from rtlakehouse.api.live.endpoints import router as live
from rtlakehouse.api.maintenance.endpoints import router as maintenance
from rtlakehouse.api.metrics_catalog.endpoints import router as metrics_catalog
from rtlakehouse.api.pins.endpoints import router as pins
from rtlakehouse.api.pipeline.endpoints import router as pipeline
from rtlakehouse.api.quality.endpoints import router as quality
from rtlakehouse.api.quarantine.endpoints import router as quarantine
from rtlakehouse.api.quarantine.repair_endpoints import router as repairs
from rtlakehouse.api.query.endpoints import router as query
from rtlakehouse.api.saved_queries.endpoints import router as saved_queries
from rtlakehouse.api.snapshots.endpoints import router as snapshots
from rtlakehouse.api.tables.endpoints import router as tables
from rtlakehouse.api.windows.endpoints import router as windows
from rtlakehouse.control import Role

__all__ = ["open_router", "router"]

# What anybody may ask, with a key or without.
open_router = APIRouter(prefix="/api/v1")
open_router.include_router(health)

# What a route needs beyond a reader it says itself.
router = APIRouter(prefix="/api/v1", dependencies=[requires(Role.READER)])
router.include_router(events)
router.include_router(contracts)
router.include_router(kpis)
router.include_router(metrics_catalog)
router.include_router(windows)
router.include_router(anomalies)
router.include_router(tables)
router.include_router(history)
router.include_router(pins)
router.include_router(ledger)
router.include_router(repairs)
router.include_router(quarantine)
router.include_router(quality)
router.include_router(pipeline)
router.include_router(maintenance)
router.include_router(snapshots)
router.include_router(jobs)
router.include_router(live)
router.include_router(query)
router.include_router(saved_queries)
router.include_router(lineage)
router.include_router(assistant)
router.include_router(admin)
