"""What a job is made of: acts of upkeep, snapshots, checks, backfills, restores, erasures, undoings of repairs, retention."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import msgspec

from rtlakehouse.clock import Clock
from rtlakehouse.control import HeldPins, JobKind
from rtlakehouse.errors import UsageError
from rtlakehouse.jobs.erasing import Erasing
from rtlakehouse.medallion.graph import TABLES, table
from rtlakehouse.mending import Backfill, Erasure, Restore, Retention, Rules, Span, Target, Undo, batch_at, whole
from rtlakehouse.storage.durable import writing
from rtlakehouse.storage.erasures import Erasures, Wanted
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.maintenance import Maintenance, Outcome
from rtlakehouse.storage.reindex import ask_reindex
from rtlakehouse.storage.snapshots import Snapshots
from rtlakehouse.storage.verify import COUNT, Finding, verify

__all__ = ["Act", "Options", "Works", "options_of"]

# What one step of a job did, as rows of its result.
Act = Callable[[], list[dict[str, Any]]]
_OF_TABLES = {JobKind.OPTIMIZE, JobKind.VACUUM, JobKind.CHECKPOINT}
_OF_RANGES = {JobKind.BACKFILL, JobKind.RESTORE}


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """tables: which; all where none is named. retention_s: of vacuum, where not the setting.

    start, end: of a backfill; of a restore, where it is not of everything. version: of the one table of a restore, with the token
    of the dry run that showed what it would change. erasure: the id of one that was asked for; whom it is of is in the lake.
    repair: the one that is to be undone, with a token too.
    """

    tables: tuple[str, ...] = ()
    retention_s: float | None = None
    start: datetime | None = None
    end: datetime | None = None
    version: int | None = None
    token: str | None = None
    erasure: str | None = None
    repair: str | None = None


def options_of(kind: JobKind, given: Mapping[str, Any]) -> Options:
    """The options of a job. Raises NotFoundError for a table that is none, UsageError for one that this kind does not take."""
    options = msgspec.convert(given, Options)
    for name in options.tables:
        table(name)
    if options.tables and kind not in {*_OF_TABLES, JobKind.RESTORE}:
        raise UsageError(f"A {kind} is of the whole lake; name no tables.")
    if options.retention_s is not None and kind is not JobKind.VACUUM:
        raise UsageError(f"A {kind} has no `retention_s`; leave it out.")
    if (options.start or options.end) and kind not in _OF_RANGES:
        raise UsageError(f"A {kind} is of no range; leave `from` and `to` out.")
    if kind is JobKind.BACKFILL or options.start or options.end:
        _span(kind, options)
    if kind is JobKind.RESTORE and (len(options.tables) != 1 or options.version is None):
        raise UsageError("A restore is to a version of one table: name both.")
    if (options.erasure is None) is (kind is JobKind.ERASE):
        raise UsageError("An erasure is asked for by `rtl erase` or POST /api/v1/erasures.")
    if kind is JobKind.UNDO and options.repair is None:
        raise UsageError("To undo is to undo a repair: POST /api/v1/quarantine/repairs/{id}/undo names it.")
    return options


def _span(kind: JobKind, options: Options) -> Span:
    if options.start is None or options.end is None:
        raise UsageError(f"A {kind} of a range of time has two ends: give `from` and `to`.")
    if options.start.tzinfo is None or options.end.tzinfo is None:
        raise UsageError("The times of a range need an offset; write 2026-11-24T10:00:00Z for UTC.")
    return Span.of(options.start.astimezone(UTC), options.end.astimezone(UTC))


@dataclass(frozen=True)
class Works:
    """What does the work. by_hand: upkeep that gathers files sooner than it does by itself. rules: of backfills.

    retention: by the moment, and whether it is a dry run.
    """

    lake: Lake
    upkeep: Maintenance
    by_hand: Maintenance
    snapshots: Snapshots
    rules: Rules
    retention: Callable[..., Retention]
    pins: HeldPins
    clock: Clock

    def acts(self, kind: JobKind, options: Options, tenant_id: str, *, dry_run: bool = False) -> list[Act]:
        """The steps of a job, in order; each is small enough to be done between two batches of the engine.

        tenant_id: whose figures a backfill tells of. Raises RtlError for what cannot be done.
        """
        if kind in _OF_TABLES:
            return [partial(self._of_table, kind, name, options, dry_run) for name in options.tables or tuple(TABLES)]
        if kind is JobKind.SNAPSHOT:
            return [partial(self._snapshot, dry_run)]
        if kind is JobKind.BACKFILL:
            return Backfill(self.lake, self.rules, _span(kind, options), tenant_id=tenant_id, dry_run=dry_run).acts()
        if kind is JobKind.RESTORE:
            return self.restore(options, tenant_id, dry_run=dry_run).acts()
        if kind is JobKind.ERASE:
            return self._erasing(options.erasure or "")
        if kind is JobKind.UNDO:
            return self.undo(options, tenant_id, dry_run=dry_run).acts()
        if kind is JobKind.REINDEX:
            return [partial(self._reindex, dry_run)]
        if kind is JobKind.RETAIN:
            return [self.retention(self.clock.now(), dry_run=dry_run).run]
        return self._checks(dry_run)

    def restore(self, options: Options, tenant_id: str, *, dry_run: bool) -> Restore:
        """A restore, for its steps and the token of what they would change. Raises as `Restore`."""
        (name,), version = options.tables, options.version or 0
        then = batch_at(self.lake, name, version)
        span = _span(JobKind.RESTORE, options) if options.start else whole(self.lake, then)
        target = Target(name, version, then)
        return Restore(self.lake, self.rules, span, target, tenant_id=tenant_id, token=options.token, dry_run=dry_run)

    def erasure(self, wanted: Wanted) -> list[Act]:
        """The steps that say what an erasure would change. Raises as `Erasure`."""
        pinned = [{"action": "erase", "detail": f"{count} pins keep earlier versions"}] if (count := self.pins.count()) else []
        return [*Erasure(self.lake, self.rules, wanted).acts(), lambda: pinned]

    def _erasing(self, erasure_id: str) -> list[Act]:
        wanted = Erasures(self.lake).wanted(erasure_id)
        if wanted is None:
            return [lambda: [{"action": "erase", "detail": f"Erasure {erasure_id} was done before."}]]
        return Erasing(self.lake, self.rules, self.upkeep, self.snapshots, self.pins, self.clock, erasure_id, wanted).acts()

    def undo(self, options: Options, tenant_id: str, *, dry_run: bool) -> Undo:
        """The undoing of a repair, for its steps and the token of what they would change. Raises as `Undo`."""
        return Undo(self.lake, self.rules, options.repair or "", tenant_id=tenant_id, token=options.token, dry_run=dry_run)

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

    def _reindex(self, dry_run: bool) -> list[dict[str, Any]]:
        who = "what is searched from the beginning, in every API process of this lake"
        if dry_run:
            return [{"action": "reindex", "detail": f"would build {who}"}]
        with writing("the wish for a new index"):
            ask_reindex(self.lake, secrets.token_hex(8))
        return [{"action": "reindex", "detail": f"builds {who}; GET /api/v1/search/status tells how far"}]

    def _checks(self, dry_run: bool) -> list[Act]:
        if dry_run:
            return [lambda: [{"action": "verify", "detail": "would check every promise of the lake"}]]
        findings = verify(self.lake, self.rules.dedupe_window)
        return [partial(_checked, findings)] * COUNT


def _checked(findings: Iterator[Finding]) -> list[dict[str, Any]]:
    finding = next(findings)
    return [asdict(finding) | {"holds": finding.holds}]
