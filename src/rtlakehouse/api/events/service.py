"""The fate of a posted record, and the dry run of one that was not."""

from __future__ import annotations

import time
from dataclasses import asdict
from datetime import datetime
from typing import Any

import msgspec

from rtlakehouse.api.events import queries
from rtlakehouse.api.events.gateway import TOPIC
from rtlakehouse.api.events.intake import Intake, Place, receipt_of
from rtlakehouse.api.events.schemas import Receipt, Validated, Validation
from rtlakehouse.api.formats import rows_of
from rtlakehouse.api.waiting import wait_for_change
from rtlakehouse.catalog import Catalog, Snapshot
from rtlakehouse.catalog.snapshot import Range, Relation
from rtlakehouse.contract.contract import load
from rtlakehouse.contract.refine import Limits, refine
from rtlakehouse.errors import ExpiredError, InvariantError, NotFoundError
from rtlakehouse.ingest.records import records

__all__ = ["RECEIPT_TABLES", "decided", "decision_on", "dry_run", "expired_at", "fate_of", "let_go", "require_stored"]

# What may have become of a record of which silver has nothing any more, and where the ledger counts that.
_LET_GO = {"accepted": "accepted_expired", "a duplicate": "duplicates_expired", "quarantined": "quarantined_expired"}
RECEIPT_TABLES = ("bronze.events", "ops.ledger", "silver.events", "silver.duplicates", "silver.quarantine")


async def decided(catalog: Catalog, tenant_id: str, place: Place, wait_ms: int) -> Snapshot:
    """The newest snapshot, as soon as it has decided about a record or after `wait_ms`. Many may wait at once."""
    deadline = time.monotonic() + wait_ms / 1000
    snapshot = catalog.latest
    while not _is_decided(snapshot, tenant_id, place) and (left := deadline - time.monotonic()) > 0:
        snapshot = await wait_for_change(catalog, snapshot, left)
    return snapshot


def require_stored(catalog: Catalog, tenant_id: str, place: Place, intake: Intake | None) -> None:
    """Raise NotFoundError for a place that no record of this tenant was given yet. intake: the one of this process, if any."""
    owner = intake.owner_of(place) if intake is not None else None
    if owner not in (None, tenant_id) or (owner is None and not _is_known(catalog, tenant_id, place)):
        raise _unknown(place)


def _is_known(catalog: Catalog, tenant_id: str, place: Place) -> bool:
    # Asked again at the end: what waited may have been taken in between.
    return (
        _is_decided(catalog.latest, tenant_id, place)
        or catalog.waits(tenant_id=tenant_id, **asdict(place))
        or _is_decided(catalog.latest, tenant_id, place)
    )


def fate_of(snapshot: Snapshot, tenant_id: str, place: Place) -> Receipt:
    """What became of a tenant's stored record by then, by its receipt."""
    fate = decision_on(snapshot, tenant_id, place)
    if fate is None:
        raise _unknown(place)
    return Receipt.model_validate({"id": receipt_of(place), "position": place.position, **fate})


def decision_on(snapshot: Snapshot, tenant_id: str, place: Place) -> dict[str, Any] | None:
    """What became of the tenant's record at a place by then; None where the ledger's batches have passed it by without one."""
    if not _is_decided(snapshot, tenant_id, place):
        return {"fate": "pending"}
    bound = {"tenant": tenant_id, **asdict(place)}
    batch = _batch(snapshot, bound)
    if batch is None:
        return None
    if (found := _found(snapshot, bound)) is None:
        if fates := [fate for fate, column in _LET_GO.items() if batch[column]]:
            raise ExpiredError(
                f"If {receipt_of(place)} was yours, it was {' or '.join(fates)}, and {let_go(batch['expired_at'])}"
            )
        return None
    return {"versions": msgspec.json.decode(batch["versions"], type=dict[str, int]), **found}


def expired_at(snapshot: Snapshot, tenant_id: str, place: Place) -> str | None:
    """When bronze last let go of records of the batch that took a place; None where it has all of them."""
    batch = _batch(snapshot, {"tenant": tenant_id, **asdict(place)})
    return None if batch is None else batch["expired_at"]


def let_go(at: str) -> str:
    """Why bytes that were received are no longer there."""
    return (
        f"what was received was let go by {at}: it is kept as long as the setting `retention_days` says for all or for its "
        "tenant."
    )


def _batch(snapshot: Snapshot, bound: dict[str, Any]) -> dict[str, Any] | None:
    """The ledger's row of the batch that took a place."""
    position = bound["position"]
    batches = ("ops.ledger", Range("last_position", position, None), Range("first_position", None, position))
    return _first(snapshot, queries.BATCH, bound, ledger=batches)


def _unknown(place: Place) -> NotFoundError:
    return NotFoundError(f"There is no receipt {receipt_of(place)!r}; POST /api/v1/events gives them.")


def _is_decided(snapshot: Snapshot, tenant_id: str, place: Place) -> bool:
    return place.position <= snapshot.last_position(tenant_id, place.source, place.topic, place.partition)


def _found(snapshot: Snapshot, bound: dict[str, Any]) -> dict[str, Any] | None:
    """What silver says; None where the record between two of this tenant is another's."""
    only = Range("position", bound["position"], bound["position"])
    if row := _first(snapshot, queries.ACCEPTED, bound, events=("silver.events", only)):
        return {"fate": "accepted", "event_id": row["event_id"], "window": row["window_start"], "late": row["is_late"]}
    if row := _first(snapshot, queries.DUPLICATE, bound, duplicates=("silver.duplicates", only)):
        return {"fate": "duplicate", "event_id": row["event_id"], "duplicate_of": row["duplicate_of"]}
    if row := _first(snapshot, queries.QUARANTINED, bound, quarantine=("silver.quarantine", only)):
        return {"fate": "quarantined", "reasons": row["reasons"], "repair": _repair(snapshot, bound)}
    if _first(snapshot, queries.STORED, bound, bronze=("bronze.events", only)) is None:
        return None
    raise InvariantError(
        f"The ledger accounts for position {bound['position']}, but silver has no record of it. Run `rtl verify`."
    )


def _repair(snapshot: Snapshot, bound: dict[str, Any]) -> dict[str, Any] | None:
    """What became of a record in quarantine since, if it was repaired: of one that was repaired again, by the last repair."""
    row = _first(snapshot, queries.REPAIRED, bound, bronze=("bronze.events", Range("source", "repair", "repair")))
    if row is None:
        return None
    decision = decision_on(snapshot, bound["tenant"], Place("repair", row["topic"], 0, row["position"])) or {"fate": "pending"}
    return decision.get("repair") or {"id": row["topic"], **decision}


def _first(snapshot: Snapshot, sql: str, parameters: dict[str, Any], **relations: Relation) -> dict[str, Any] | None:
    return next(iter(rows_of(snapshot.query(sql, parameters, **relations))), None)


def dry_run(payloads: list[bytes], tenant_id: str, now: datetime, limits: Limits) -> Validation:
    """What the contract would say of these records."""
    contract = load()
    rows = records(
        payloads,
        tenant_id=tenant_id,
        source="http",
        topic=TOPIC,
        partition=0,
        first_position=0,
        received_at=now,
        ingested_at=now,
    )
    refined = refine(rows, contract, limits)
    results: dict[int, Validated] = {}
    for row in rows_of(refined.accepted):
        results[row["position"]] = Validated.model_validate({"accepted": True, "reasons": [], "event": row})
    for row in rows_of(refined.rejected):
        results[row["position"]] = Validated(accepted=False, reasons=row["reasons"])
    return Validation(contract_version=contract.version, results=[results[i] for i in sorted(results)])
