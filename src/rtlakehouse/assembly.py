"""Putting the parts together from settings: the one place that knows which class plays which part."""

from __future__ import annotations

from datetime import timedelta

from rtlakehouse.clock import Clock
from rtlakehouse.contract.refine import Limits
from rtlakehouse.engines.base import Engine
from rtlakehouse.engines.embedded.engine import EmbeddedEngine, EngineOptions
from rtlakehouse.pipeline import Observer, Pipeline
from rtlakehouse.settings import Settings
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.maintenance import Limits as MaintenanceLimits
from rtlakehouse.storage.maintenance import Maintenance
from rtlakehouse.storage.snapshots import Snapshots

__all__ = ["make_engine", "make_maintenance", "make_pipeline", "make_snapshots", "row_limits"]


def row_limits(settings: Settings) -> Limits:
    return Limits(
        watermark=timedelta(seconds=settings.watermark_s),
        future=timedelta(seconds=settings.future_limit_s),
        late=timedelta(seconds=settings.late_limit_s),
    )


def make_engine(settings: Settings, lake: Lake, clock: Clock) -> Engine:
    """The embedded engine; the caller holds the lake's engine lock."""
    options = EngineOptions(
        limits=row_limits(settings),
        dedupe_window=timedelta(seconds=settings.dedupe_window_s),
        max_batch_events=settings.max_batch_events,
        threads=settings.engine_threads,
        memory_mb=settings.engine_memory_mb,
        max_ids=settings.state_ids,
        max_members=settings.state_members,
    )
    return EmbeddedEngine(lake, clock, options)


def make_maintenance(settings: Settings, lake: Lake, clock: Clock) -> Maintenance:
    limits = MaintenanceLimits(
        compact_files=settings.compact_files,
        target_bytes=settings.target_file_mb << 20,
        log_commits=settings.log_commits,
        history_step=timedelta(seconds=settings.history_step_s),
        retention=timedelta(seconds=settings.vacuum_retention_s),
    )
    return Maintenance(lake, clock, limits)


def make_snapshots(settings: Settings, lake: Lake, clock: Clock) -> Snapshots:
    return Snapshots(lake, clock, timedelta(seconds=settings.snapshot_every_s), settings.snapshots_keep)


def make_pipeline(settings: Settings, lake: Lake, clock: Clock, observe: Observer = lambda result: None) -> Pipeline:
    """The pipeline on this lake; the caller holds the lake's engine lock and calls `recover` first."""
    maintenance = make_maintenance(settings, lake, clock) if settings.maintenance else None
    return Pipeline(lake, make_engine(settings, lake, clock), clock, maintenance, make_snapshots(settings, lake, clock), observe)
