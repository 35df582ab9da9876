"""What a job is made of: acts of upkeep, snapshots and checks, the same that the commands of `rtl` do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import msgspec

from rtlakehouse.control import JobKind
from rtlakehouse.errors import UsageError
from rtlakehouse.medallion.graph import TABLES, table
from rtlakehouse.storage.durable import writing
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.maintenance import Maintenance, Outcome
from rtlakehouse.storage.snapshots import Snapshots
from rtlakehouse.storage.verify import COUNT, Finding, verify

__all__ = ["Act", "Options", "Works", "options_of"]

# What one step of a job did, as rows of its result.
Act = Callable[[], list[dict[str, Any]]]
_OF_TABLES = {JobKind.OPTIMIZE, JobKind.VACUUM, JobKind.CHECKPOINT}


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """tables: which; all where none is named. retention_s: of vacuum, where not the setting."""

    tables: tuple[str, ...] = ()
    retention_s: float | None = None


def options_of(kind: JobKind, given: Mapping[str, Any]) -> Options:
    """The options of a job. Raises NotFoundError for a table that is none, UsageError for one that this kind does not take."""
    options = msgspec.convert(given, Options)
    for name in options.tables:
        table(name)
    if options.tables and kind not in _OF_TABLES:
        raise UsageError(f"A {kind} is of the whole lake; name no tables.")
    if options.retention_s is not None and kind is not JobKind.VACUUM:
        raise UsageError(f"A {kind} has no `retention_s`; leave it out.")
    return options


@dataclass(frozen=True)
class Works:
    """What does the work. by_hand: upkeep that gathers files sooner than it does by itself."""

    lake: Lake
    upkeep: Maintenance
    by_hand: Maintenance
    snapshots: Snapshots
    dedupe_window: timedelta

    def acts(self, kind: JobKind, options: Options, *, dry_run: bool = False) -> list[Act]:
        """The steps of a job, in order; each is small enough to be done between two batches of the engine."""
        if kind in _OF_TABLES:
            return [partial(self._of_table, kind, name, options, dry_run) for name in options.tables or tuple(TABLES)]
        if kind is JobKind.SNAPSHOT:
            return [partial(self._snapshot, dry_run)]
        return self._checks(dry_run)

    def _of_table(self, kind: JobKind, name: str, options: Options, dry_run: bool) -> list[dict[str, Any]]:
        with writing(name):
            return [asdict(outcome) for outcome in self._outcomes(kind, name, options, dry_run)]

    def _outcomes(self, kind: JobKind, name: str, options: Options, dry_run: bool) -> list[Outcome]:
        if kind is JobKind.OPTIMIZE:
            return self.by_hand.compact(name, dry_run=dry_run)
        if kind is JobKind.VACUUM:
            retention = None if options.retention_s is None else timedelta(seconds=options.retention_s)
            return self.upkeep.vacuum(name, dry_run=dry_run, retention=retention)
        return [*self.upkeep.checkpoint(name, dry_run=dry_run), *self.upkeep.clean_log(name, dry_run=dry_run)]

    def _snapshot(self, dry_run: bool) -> list[dict[str, Any]]:
        if dry_run:
            return [{"action": "snapshot", "detail": f"would write one beside {len(self.snapshots.manifests())} others"}]
        written = self.snapshots.write()
        return [{"action": "snapshot", "detail": f"wrote {written.folder.name}"}]

    def _checks(self, dry_run: bool) -> list[Act]:
        if dry_run:
            return [lambda: [{"action": "verify", "detail": "would check every promise of the lake"}]]
        findings = verify(self.lake, self.dedupe_window)
        return [partial(_checked, findings)] * COUNT


def _checked(findings: Iterator[Finding]) -> list[dict[str, Any]]:
    finding = next(findings)
    return [asdict(finding) | {"holds": finding.holds}]
