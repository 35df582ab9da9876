"""Repairs: records of quarantine, patched and received again. What was repaired, by whom and how is in bronze, and nowhere else.

A repair is one commit to bronze: its records are a topic of the source `repair`, the key of each is the id of the record that it
is a repair of, and the headers say what was asked. All repairs are steps of one application, so that two at once cannot both take
a record.
"""

from __future__ import annotations

import hashlib
import time
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import structlog
from pydantic import BaseModel

from rtlakehouse.api.access import Caller
from rtlakehouse.api.answers import Reading
from rtlakehouse.api.deps import Parts
from rtlakehouse.api.parameters import NoParameters
from rtlakehouse.api.quarantine import queries
from rtlakehouse.api.quarantine.patching import patched
from rtlakehouse.api.quarantine.repair_schemas import Filter, Readmission, Repair, RepairBody, RepairOutcome
from rtlakehouse.api.quarantine.service import REPAIRS, TABLE, received
from rtlakehouse.api.quarantine.trial import EFFECT_TABLES, Trial, effect_of, tried
from rtlakehouse.catalog.snapshot import Range
from rtlakehouse.clock import isoformat
from rtlakehouse.control import Action, Audit
from rtlakehouse.errors import CommitConflictError, KeyReusedError, NotFoundError, OverloadedError
from rtlakehouse.ingest.appender import BronzeAppender
from rtlakehouse.medallion.bronze import REPAIR
from rtlakehouse.query.workers import Cancellation

__all__ = ["MADE", "TRIED", "listed", "outcome", "repair", "repair_of", "waiting_repair"]

log = structlog.get_logger(__name__)

_APPLICATION = REPAIR
_BRONZE, _LEDGER = "bronze.events", "ops.ledger"
MADE = (_BRONZE, _LEDGER)
TRIED = (_BRONZE, TABLE, "silver.events", *EFFECT_TABLES)
# Bytes of records that one repair takes.
_MAX_BYTES = 64 << 20
# How often a repair is worked out anew because another one came first, and how long the engine has to take that one in.
_TRIES = 3
_PATIENCE_S = 2.0


def outcome(parts: Parts, reading: Reading, body: Readmission) -> RepairOutcome:
    """What a repair would do, with its effect on gold. Nothing is stored."""
    trial, matched = _trial(parts, reading, body)
    return _told(trial, matched, effect=effect_of(reading, trial))


def repair(parts: Parts, caller: Caller, body: Readmission, key: str | None) -> RepairOutcome:
    """Take what the contract now accepts out of quarantine, durably. With a key that stands for it already: what it did then.

    Raises KeyReusedError where the key stands for another request, OverloadedError while an earlier repair is not refined yet.
    """
    for _ in range(_TRIES):
        appender = BronzeAppender(parts.lake, _APPLICATION)
        reading = _after_all_repairs(parts)
        if key is not None and (first := _of_key(reading, key, body)):
            return first
        trial, matched = _trial(parts, reading, body)
        rows = trial.admitted
        if not rows.num_rows:
            return _told(trial, matched)
        made = _made(reading.tenant_id, caller.key_id or caller.tenant_id, appender.progress + 1, body, key, parts.clock.now())
        told = _repair(made, {"records": rows.num_rows})
        try:
            said = {REPAIR: {**made, "records": rows.num_rows}}
            commit = appender.append(_addressed(rows, made), appender.progress + 1, said)
        except CommitConflictError as error:
            log.info("another repair came first", why=str(error))
            continue
        what = Action.QUARANTINE_REPAIR if isinstance(body, RepairBody) else Action.QUARANTINE_READMIT
        audit = Audit(parts.store, parts.clock)
        audit.record(
            caller.tenant_id,
            caller.who,
            what,
            made["id"],
            records=rows.num_rows,
            why=body.why,
            versions={_BRONZE: commit.version},
        )
        log.warning("records were taken out of quarantine", repair=made["id"], by=made["by"], records=rows.num_rows)
        return _told(trial, matched, repair=told)
    raise OverloadedError("Other repairs keep coming first; send this one again in a moment.", 1)


def listed(reading: Reading, limit: int, offset: int, repair_id: str | None = None) -> list[Repair]:
    """Repairs, the newest first."""
    bound = {"tenant": reading.tenant_id, "id": repair_id, "limit": limit, "offset": offset}
    ledger = (_LEDGER, Range("source", REPAIR, REPAIR))
    found = reading.snapshot.query(queries.REPAIRS, bound, bronze=REPAIRS, ledger=ledger).to_pylist()
    return [_repair(msgspec.json.decode(row["headers"]), row) for row in found]


def repair_of(reading: Reading, repair_id: str) -> Repair:
    """One repair. Raises NotFoundError."""
    found = listed(reading, 1, 0, repair_id)
    if not found:
        raise NotFoundError(f"There is no repair {repair_id!r}; GET /api/v1/quarantine/repairs lists those there are.")
    return found[0]


def waiting_repair(parts: Parts, tenant_id: str, repair_id: str) -> Repair | None:
    """The repair, where no snapshot shows it yet."""
    made = (commit.metadata.get(REPAIR) for commit in parts.catalog.waiting())
    found = (each for each in made if each and (each["id"], each["tenant_id"]) == (repair_id, tenant_id))
    return next((_repair(each, each) for each in found), None)


def _trial(parts: Parts, reading: Reading, body: Readmission) -> tuple[Trial, int]:
    selected, matched = _selected(reading, body.filter, body.limit)
    patch = body.patch if isinstance(body, RepairBody) else None

    def run(task: Any) -> pa.Table:
        return parts.workers.run(task, Cancellation())

    raws = selected["raw"].to_pylist()
    window = timedelta(seconds=parts.settings.dedupe_window_s)
    new = patched(raws, patch, reading.tenant_id, run) if raws else []
    return tried(reading, selected, new, parts.clock.now(), parts.limits, window), matched


def _selected(reading: Reading, wanted: Filter, limit: int) -> tuple[pa.Table, int]:
    """The records that no repair has taken, with the time that their source gave them; and how many the filter matches."""
    bound = {
        "tenant": reading.tenant_id,
        **wanted.model_dump(include={"ids", "reason", "source", "topic"}),
        "start": _naive(wanted.start),
        "end": _naive(wanted.end),
        "limit": limit,
        "max_bytes": _MAX_BYTES,
    }
    quarantine = (TABLE, received(wanted.start, wanted.end))
    found = reading.snapshot.query(queries.SELECTED, bound, quarantine=quarantine, bronze=REPAIRS)
    places = pc.min_max(found["position"]).as_py()
    records = found.append_column("ordinal", pa.array(range(len(found)), pa.int64()))
    only = Range("position", places["min"], places["max"])
    matched = found["matched"][0].as_py() if len(found) else 0
    return reading.snapshot.query(queries.ORIGINALS, records=records, bronze=(_BRONZE, only)), matched


def _after_all_repairs(parts: Parts) -> Reading:
    """The newest snapshot, once it shows every repair that was made. Raises OverloadedError where that takes too long."""
    # Waiting is real time, whatever clock the data is judged by.
    deadline = time.monotonic() + _PATIENCE_S
    while any(_APPLICATION in commit.transactions for commit in parts.catalog.waiting()):
        if time.monotonic() > deadline:
            raise OverloadedError(
                "An earlier repair waits for the engine, so what is left to repair is not known; send this again later. "
                "GET /api/v1/pipeline says whether the engine is paused or down.",
                _PATIENCE_S,
            )
        parts.catalog.wait_for_change(parts.catalog.latest, 0.1)
    return parts.answers.reading_of(parts.catalog.latest, NoParameters())


def _made(tenant_id: str, by: str, step: int, body: Readmission, key: str | None, now: datetime) -> dict[str, Any]:
    """What the headers of a repair's records say of it."""
    asked = body.model_dump(mode="json", by_alias=True, exclude_none=True)
    digest = _digest(body)
    return {
        "id": hashlib.blake2b(f"{tenant_id}|{step}|{now}|{digest}".encode(), digest_size=6).hexdigest(),
        "kind": "repair" if isinstance(body, RepairBody) else "readmit",
        "created_at": isoformat(now),
        "by": by,
        "tenant_id": tenant_id,
        "why": body.why,
        "filter": asked["filter"],
        "patch": asked.get("patch"),
        "key": key,
        "digest": digest,
    }


def _addressed(rows: pa.Table, made: dict[str, Any]) -> pa.Table:
    """The rows at their own places: the repair's topic, positions from 0 without a hole."""
    count = len(rows)
    columns = {
        "topic": pa.repeat(made["id"], count),
        "position": pa.array(range(count), pa.int64()),
        "headers": pa.repeat(msgspec.json.encode(made).decode(), count),
    }
    for name, values in columns.items():
        rows = rows.set_column(rows.column_names.index(name), name, values)
    return rows


def _of_key(reading: Reading, key: str, body: Readmission) -> RepairOutcome | None:
    """What the repair of this key did; records that stayed then are not told again."""
    bound = {"tenant": reading.tenant_id, "key": key}
    row = next(iter(reading.snapshot.query(queries.OF_KEY, bound, bronze=REPAIRS).to_pylist()), None)
    if row is None:
        return None
    if msgspec.json.decode(row["headers"])["digest"] != _digest(body):
        raise KeyReusedError(f"The Idempotency-Key {key!r} stands for another request; use another key. Nothing was repaired.")
    found = repair_of(reading, row["id"])
    took = {"matched": found.records, "looked_at": found.records, **found.model_dump(include={"accepted", "duplicates", "late"})}
    stayed = {"still_rejected": 0, "reasons": [], "samples": [], "effect": None}
    return RepairOutcome.model_validate({"dry_run": False, **took, **stayed, "repair": found})


def _told(trial: Trial, matched: int, *, effect: dict[str, Any] | None = None, repair: BaseModel | None = None) -> RepairOutcome:
    kept = trial.kept
    return RepairOutcome.model_validate(
        {
            "dry_run": effect is not None,
            "matched": matched,
            "looked_at": len(trial.selected),
            "accepted": len(kept),
            "duplicates": len(trial.duplicates),
            "late": pc.sum(kept["is_late"]).as_py() or 0,
            "still_rejected": trial.still_rejected,
            "reasons": [{"reason": reason, "records": count} for reason, count in trial.reasons.most_common()],
            "samples": trial.samples(),
            "effect": effect,
            "repair": repair,
        }
    )


def _repair(made: dict[str, Any], row: dict[str, Any]) -> Repair:
    """made: what the headers say. row: how many records it has, and what the ledger says of them, once it does."""
    fates = {name: row.get(name) for name in ("accepted", "duplicates", "quarantined", "late")}
    state = "pending" if fates["accepted"] is None else "done"
    return Repair.model_validate({**made, "state": state, "records": row["records"], **fates})


def _digest(body: Readmission) -> str:
    return hashlib.blake2b(body.model_dump_json(by_alias=True).encode(), digest_size=16).hexdigest()


def _naive(instant: datetime | None) -> datetime | None:
    return instant.replace(tzinfo=None) if instant else None
