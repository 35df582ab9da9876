"""What does the work of jobs, from settings."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial

from rtlakehouse.clock import Clock
from rtlakehouse.contract.refine import Limits
from rtlakehouse.control import HeldPins, pinned_versions
from rtlakehouse.jobs.kinds import Works
from rtlakehouse.mending import Keeping, Retention, Rules, Terms
from rtlakehouse.retained import RETAINED
from rtlakehouse.settings import Settings
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.maintenance import Limits as Upkeep
from rtlakehouse.storage.maintenance import Maintenance
from rtlakehouse.storage.snapshots import Snapshots

__all__ = ["BY_HAND_FILES", "make_maintenance", "make_retention", "make_snapshots", "make_works", "terms_by_name"]

# Upkeep that is asked for gathers whatever can be gathered.
BY_HAND_FILES = 2


def make_maintenance(settings: Settings, lake: Lake, clock: Clock) -> Maintenance:
    return Maintenance(lake, clock, Upkeep.of(settings), pinned_versions(settings, clock))


def make_snapshots(settings: Settings, lake: Lake, clock: Clock) -> Snapshots:
    return Snapshots(lake, clock, timedelta(seconds=settings.snapshot_every_s), settings.snapshots_keep)


def make_retention(settings: Settings, lake: Lake, now: datetime, *, dry_run: bool = False) -> Retention:
    """What lets go of what is older than it is kept by now. Raises as `Retention`."""
    keeping = Keeping(**terms_by_name(settings, RETAINED))
    return Retention(lake, keeping, now, _rules(settings), dry_run=dry_run)


def _terms(settings: Settings, table: str) -> Terms:
    """That of all, and of each tenant that has one of its own."""
    own = {key.partition(".")[0]: days for key, days in settings.retention_days.items() if key.endswith(f".{table}")}
    return Terms(settings.retention_days.get(table), own)


def _rules(settings: Settings) -> Rules:
    return Rules(Limits.of(settings), timedelta(seconds=settings.dedupe_window_s))


def make_works(settings: Settings, lake: Lake, clock: Clock) -> Works:
    """What does the jobs of a lake. Dry runs need no lock."""
    return Works(
        lake=lake,
        upkeep=make_maintenance(settings, lake, clock),
        by_hand=make_maintenance(settings.model_copy(update={"compact_files": BY_HAND_FILES}), lake, clock),
        snapshots=make_snapshots(settings, lake, clock),
        rules=_rules(settings),
        retention=partial(make_retention, settings, lake),
        pins=HeldPins(settings, clock),
        clock=clock,
    )


def terms_by_name(settings: Settings, names: Iterable[str]) -> dict[str, Terms]:
    """For how long is kept what `retention_days` has by these names."""
    return {name: _terms(settings, name) for name in names}
