"""Quarantine: where a record is by its id, which rules it breaks, and sums over a range."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from rtlakehouse.api.answers import Reading
from rtlakehouse.api.events.intake import Place
from rtlakehouse.api.formats import rows_of
from rtlakehouse.api.parameters import minute_of
from rtlakehouse.api.quarantine import queries
from rtlakehouse.api.quarantine.schemas import BrokenRule, QuarantineSummary, SummaryParameters
from rtlakehouse.catalog.snapshot import Range
from rtlakehouse.clock import isoformat
from rtlakehouse.contract.contract import ERASED, EXPIRED, MAX_BYTES, MAX_DEPTH, load
from rtlakehouse.errors import NotFoundError, UsageError

__all__ = ["REPAIRS", "TABLE", "TABLES", "place_of", "received", "rules_of", "summary", "unknown"]

TABLE = "silver.quarantine"
TABLES = ("bronze.events", TABLE)
# Repaired records come in as a source of their own: only files that hold any are read.
REPAIRS = ("bronze.events", Range("source", "repair", "repair"))
_ID = re.compile(r"([a-z]{1,20})-([0-9]{1,9})-([0-9]{1,18})-(.+)", re.ASCII | re.DOTALL)
_DAY = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - naive UTC, as in the queries
# A range is shown in the shortest of these steps of which there are at most so many.
_STEPS = (60, 300, 900, 3_600, 21_600, 86_400, 7 * 86_400)
_MOST_STEPS = 200
_WHOLE = {
    "oversized": f"A record has at most {MAX_BYTES:,} bytes.",
    "invalid_utf8": "A record is UTF-8.",
    "too_deep": f"JSON is nested at most {MAX_DEPTH} deep.",
    "malformed_json": "A record is JSON as of RFC 8259.",
    "not_an_object": "A record is a JSON object.",
    ERASED: "What was received here was of a user who was erased.",
    EXPIRED: "An event happened when its tenant's are still kept: see the setting `retention_days`.",
}


def place_of(record_id: str) -> Place:
    """The coordinates that an id names. Raises NotFoundError for what is no id."""
    found = _ID.fullmatch(record_id)
    if found is None:
        raise unknown(record_id)
    return Place(found[1], found[4], int(found[2]), int(found[3]))


def unknown(record_id: str) -> NotFoundError:
    return NotFoundError(f"No record {record_id!r} is in quarantine; GET /api/v1/quarantine lists those that are.")


def received(start: datetime | None, end: datetime | None) -> Range:
    """The files of this range of receipt."""
    return Range("received_at", start, end)


def rules_of(reasons: list[str]) -> list[BrokenRule]:
    """The rule of the contract behind each reason."""
    by_reason = {reason: field for field in load().fields for reason in field.reasons()}
    return [
        BrokenRule(reason=reason, field=field.name, rule=field.rule)
        if (field := by_reason.get(reason))
        else BrokenRule(reason=reason, field=None, rule=_WHOLE[reason])
        for reason in reasons
    ]


def summary(reading: Reading, parameters: SummaryParameters) -> QuarantineSummary:
    """By reason and over time, of a range: the day up to the record received last where none is given."""
    start, end = _range(reading, parameters)
    step_s = next((step for step in _STEPS if (end - start).total_seconds() / step <= _MOST_STEPS), None)
    if step_s is None:
        raise UsageError(f"The range is longer than {_MOST_STEPS} weeks; ask for a shorter one.")
    bound = {"tenant": reading.tenant_id, "start": start, "end": end}
    only = (TABLE, received(start.replace(tzinfo=UTC), end.replace(tzinfo=UTC)))
    (total,) = rows_of(reading.snapshot.query(queries.TOTAL, bound, quarantine=only, bronze=REPAIRS))
    by_reason = rows_of(reading.snapshot.query(queries.BY_REASON, bound, quarantine=only, bronze=REPAIRS))
    over_time = reading.snapshot.query(queries.OVER_TIME, bound | {"step_s": step_s}, quarantine=only).to_pylist()
    return QuarantineSummary.model_validate(
        {
            "start": _text(start),
            "end": _text(end),
            **total,
            "by_reason": [row | {"share": f"{Decimal(row['records']) / total['records']:.4f}"} for row in by_reason],
            "step_s": step_s,
            "over_time": _steps(over_time, timedelta(seconds=step_s)),
        }
    )


def _steps(rows: list[dict[str, Any]], step: timedelta) -> list[dict[str, Any]]:
    steps: dict[datetime, dict[str, int]] = {}
    for row in rows:
        steps.setdefault(row["step_start"], {})[row["reason"]] = row["records"]
    return [{"step_start": _text(at), "step_end": _text(at + step), "reasons": counts} for at, counts in steps.items()]


def _range(reading: Reading, parameters: SummaryParameters) -> tuple[datetime, datetime]:
    """Naive UTC, in whole minutes."""
    end = minute_of(parameters.end) if parameters.end else _after_newest(reading)
    start = minute_of(parameters.start) if parameters.start else end - _DAY
    if start >= end:
        raise UsageError(f"The range from {_text(start)} to {_text(end)} is empty; `from` must be before `to`.")
    return start, end


def _after_newest(reading: Reading) -> datetime:
    found = reading.snapshot.query(queries.NEWEST, {"tenant": reading.tenant_id}, quarantine=TABLE).to_pylist()[0]["newest"]
    return (found or _EPOCH + _DAY).replace(second=0, microsecond=0) + timedelta(minutes=1)


def _text(instant: datetime) -> str:
    return isoformat(instant.replace(tzinfo=UTC))
