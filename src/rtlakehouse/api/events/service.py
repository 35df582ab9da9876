"""The fate of a posted record, and the dry run of one that was not."""

from __future__ import annotations

import re
import time
from datetime import datetime
from typing import Any

import msgspec

from rtlakehouse.api.answers import DEFAULT_TENANT
from rtlakehouse.api.events import queries
from rtlakehouse.api.events.schemas import Receipt, Validated, Validation
from rtlakehouse.api.formats import rows_of
from rtlakehouse.catalog import Catalog, Snapshot
from rtlakehouse.catalog.snapshot import Range
from rtlakehouse.contract.contract import load
from rtlakehouse.contract.refine import Limits, refine
from rtlakehouse.errors import NotFoundError
from rtlakehouse.ingest.records import records

__all__ = ["dry_run", "fate_of", "receipt_id"]

_ID = re.compile(r"^http-(\d{1,9})-(\d{1,18})$")
_POLL_S = 0.25


def receipt_id(partition: int, position: int) -> str:
    return f"http-{partition}-{position}"


def fate_of(catalog: Catalog, receipt: str, wait_ms: int, stored_upto: int) -> Receipt:
    """What became of a receipt's record; waits up to `wait_ms` while it is pending. Raises NotFoundError for one never given."""
    match = _ID.match(receipt)
    if match is None or int(match[1]) != 0 or int(match[2]) >= stored_upto:
        raise NotFoundError(f"There is no receipt {receipt!r}; POST /api/v1/events gives them.")
    position = int(match[2])
    deadline = time.monotonic() + wait_ms / 1000
    snapshot = catalog.latest
    while (found := _look(snapshot, receipt, position)).fate == "pending" and (left := deadline - time.monotonic()) > 0:
        snapshot = catalog.wait_for_change(snapshot, min(left, _POLL_S))
    return found


def _look(snapshot: Snapshot, receipt: str, position: int) -> Receipt:
    place = {"tenant": DEFAULT_TENANT, "partition": 0, "position": position}
    batch = _first(snapshot, queries.BATCH, place, ledger=("ops.ledger", Range("last_position", position, None)))
    if batch is None:
        return Receipt(id=receipt, fate="pending", position=position)
    versions = msgspec.json.decode(batch["versions"], type=dict[str, int])
    only = Range("position", position, position)
    if row := _first(snapshot, queries.ACCEPTED, place, events=("silver.events", only)):
        known = {"fate": "accepted", "event_id": row["event_id"], "window": row["window_start"], "late": row["is_late"]}
    elif row := _first(snapshot, queries.DUPLICATE, place, duplicates=("silver.duplicates", only)):
        known = {"fate": "duplicate", "event_id": row["event_id"], "duplicate_of": row["duplicate_of"]}
    else:
        row = _first(snapshot, queries.QUARANTINED, place, quarantine=("silver.quarantine", only)) or {"reasons": []}
        known = {"fate": "quarantined", "reasons": row["reasons"]}
    return Receipt.model_validate({"id": receipt, "position": position, "versions": versions, **known})


def _first(snapshot: Snapshot, sql: str, parameters: dict[str, Any], **relations: tuple[str, Range]) -> dict[str, Any] | None:
    return next(iter(rows_of(snapshot.query(sql, parameters, **relations))), None)


def dry_run(payloads: list[bytes], now: datetime, limits: Limits) -> Validation:
    """What the contract would say of these records."""
    contract = load()
    rows = records(
        payloads,
        tenant_id=DEFAULT_TENANT,
        source="http",
        topic="events",
        partition=0,
        first_position=0,
        received_at=now,
        ingested_at=now,
    )
    refined = refine(rows, contract, limits)
    results: dict[int, Validated] = {}
    for row in rows_of(refined.accepted):
        results[row["position"]] = Validated(accepted=True, reasons=[], event=row)
    for row in rows_of(refined.rejected):
        results[row["position"]] = Validated(accepted=False, reasons=row["reasons"])
    return Validation(contract_version=contract.version, results=[results[i] for i in sorted(results)])
