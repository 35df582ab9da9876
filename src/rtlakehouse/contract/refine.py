"""The row rules, in their one implementation: a DuckDB kernel that every engine calls.

`refine(records)` splits records into accepted events, typed by the contract, and rejected ones with all their reasons. It
is a pure function of its arguments: no clock, no state, the same answer whatever the batch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rtlakehouse.contract import strict_json
from rtlakehouse.contract.contract import ERASED, EXPIRED, MAX_BYTES, MAX_DEPTH, Contract
from rtlakehouse.contract.floors import Floors
from rtlakehouse.contract.rules_sql import rules_sql
from rtlakehouse.contract.statement import Statement, connected

if TYPE_CHECKING:
    from rtlakehouse.settings import Settings

__all__ = ["COORDINATES", "Limits", "Refined", "Refiner", "refine"]

COORDINATES = ("tenant_id", "source", "topic", "partition", "position")
UTC_TIME = pa.timestamp("us", "UTC")
_LOCAL_TIME = pa.timestamp("us")


@dataclass(frozen=True)
class Limits:
    """The time limits of the row rules (SPEC section 1); all are settings."""

    watermark: timedelta = timedelta(seconds=15)
    future: timedelta = timedelta(minutes=5)
    late: timedelta = timedelta(days=7)

    @classmethod
    def of(cls, settings: Settings) -> Limits:
        return cls(
            watermark=timedelta(seconds=settings.watermark_s),
            future=timedelta(seconds=settings.future_limit_s),
            late=timedelta(seconds=settings.late_limit_s),
        )

    def parameters(self) -> dict[str, int]:
        microsecond = timedelta(microseconds=1)
        return {
            "watermark_us": self.watermark // microsecond,
            "future_us": self.future // microsecond,
            "late_us": self.late // microsecond,
        }


@dataclass(frozen=True)
class Refined:
    """`accepted`: the contract's fields typed, and what is derived from them; `rejected`: raw bytes and reasons.

    Both carry the coordinates of their record and keep the order of the records.
    """

    accepted: pa.Table
    rejected: pa.Table


class Refiner:
    """The rules of one contract, ready for batch after batch. Used by one thread at a time."""

    def __init__(self, contract: Contract, limits: Limits, threads: int = 1) -> None:
        self._contract = contract
        self._judge = Statement(connected(threads), rules_sql(contract), **limits.parameters())

    def refine(self, records: pa.Table, carried: Sequence[str] = (), floors: Floors | None = None) -> Refined:
        """Apply the rules to records of the bronze shape (`tenant_id` to `raw`; `ingested_at` for those without a time).

        `carried` are further columns of the records that both results get as they are. floors: what happened before these is
        rejected as `expired`.
        """
        documents = _documents(records)
        judged = self._judge(documents=documents)
        again = judged.slice(0, 0)
        if len(suspects := judged["i"].filter(judged["suspect"])):
            again = self._judge(documents=_read_strictly(documents.take(suspects)))
        accepted = _both(*(some.filter(_is_decided(some, pc.is_null)) for some in (judged, again)))
        rejected = _both(*(some.filter(_is_decided(some, pc.is_valid)) for some in (judged, again)))
        if floors:
            accepted, expired = _expired_apart(records, accepted, floors)
            rejected = _both(rejected, expired)
        return Refined(
            _accepted(records, accepted, self._contract, carried), _rejected(records, rejected, self._contract, carried)
        )


def refine(records: pa.Table, contract: Contract, limits: Limits, floors: Floors | None = None) -> Refined:
    """Apply the contract to records once: see `Refiner`."""
    return Refiner(contract, limits).refine(records, floors=floors)


def _documents(records: pa.Table) -> pa.Table:
    """The relation that the rules read: the text of each record, or the fault that keeps it from being parsed."""
    text, fault = _texts(records["raw"])
    count = len(records)
    return pa.table(
        {
            "i": pa.array(np.arange(count)),
            "text": text,
            "fault": fault,
            "trusted": pa.repeat(False, count),
            "exact_price": pa.nulls(count, pa.string()),
            "received_at": records["received_at"].cast(_LOCAL_TIME),
        }
    )


def _texts(raw: pa.ChunkedArray) -> tuple[pa.ChunkedArray, pa.Array]:
    """The texts, null where there is a fault: bytes that are too many or no UTF-8."""
    kind = pa.large_string() if pa.types.is_large_binary(raw.type) else pa.string()
    oversized = pc.greater(pc.binary_length(raw), MAX_BYTES)
    if not pc.any(oversized).as_py():
        try:
            return raw.cast(kind), pa.nulls(len(raw), pa.string())
        except pa.ArrowInvalid:
            pass  # one of them is no UTF-8: looked at one by one
    text, valid = _decode(pc.if_else(oversized, pa.scalar(None, raw.type), raw).combine_chunks())
    faults = (pa.scalar("oversized"), pa.scalar("invalid_utf8"))
    return text, pc.case_when(pc.make_struct(oversized.combine_chunks(), pc.invert(valid)), *faults)


def _decode(raw: pa.Array) -> tuple[pa.Array, pa.Array]:
    """The texts, null where the bytes are not UTF-8, and which were."""
    kind = pa.large_string() if pa.types.is_large_binary(raw.type) else pa.string()
    try:
        return raw.cast(kind), pa.repeat(True, len(raw))
    except pa.ArrowInvalid:
        valid = pa.array([value.as_buffer() is None or _is_utf8(value.as_py()) for value in raw], pa.bool_())
        return pc.if_else(valid, raw, pa.scalar(None, raw.type)).cast(kind), valid


def _is_utf8(value: bytes) -> bool:
    try:
        value.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _depth(text: str) -> int:
    """The deepest nesting of brackets outside string literals; defined for any text, JSON or not."""
    depth = deepest = 0
    in_string = escaped = False
    for character in text:
        if in_string:
            in_string = escaped or character != '"'
            escaped = character == "\\" and not escaped
        elif character == '"':
            in_string = True
        elif character in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in "]}":
            depth -= 1
    return deepest


def _is_decided(judged: pa.Table, reasons: Callable[[pa.ChunkedArray], pa.ChunkedArray]) -> pa.ChunkedArray:
    return pc.and_not(reasons(judged["reasons"]), judged["suspect"])


def _both(some: pa.Table, others: pa.Table) -> pa.Table:
    """The rows of both in order of `i`. DuckDB keeps the order of what it reads; sorting that would cost more than the rules."""
    rows = pa.concat_tables([some, others])
    i = rows["i"].to_numpy()
    return rows if (i[1:] > i[:-1]).all() else rows.take(pa.array(np.argsort(i)))


def _expired_apart(records: pa.Table, accepted: pa.Table, floors: Floors) -> tuple[pa.Table, pa.Table]:
    """What is accepted of what happened since the floors; and the rest, rejected."""
    tenants = records["tenant_id"].take(accepted["i"])
    is_expired = floors.older(tenants, accepted["event_time"].cast(UTC_TIME))
    expired = accepted.filter(is_expired)
    column = expired.schema.get_field_index("reasons")
    reasons = pa.array([[EXPIRED]] * len(expired), expired.schema.field(column).type)
    return accepted.filter(pc.invert(is_expired)), expired.set_column(column, expired.schema.field(column), reasons)


def _read_strictly(documents: pa.Table) -> pa.Table:
    """The same documents with what a strict reader says of them."""
    strict = [_strict(text) for text in documents["text"].to_pylist()]
    documents = documents.set_column(2, "fault", pa.array([fault for fault, _ in strict], pa.string()))
    documents = documents.set_column(3, "trusted", pa.repeat(True, len(strict)))
    return documents.set_column(4, "exact_price", pa.array([price for _, price in strict], pa.string()))


def _strict(text: str) -> tuple[str | None, str | None]:
    """The fault of a text, if it has one, and the exact price where the document has a number there."""
    if text == ERASED:
        return ERASED, None
    if text.count("{") + text.count("[") > MAX_DEPTH and _depth(text) > MAX_DEPTH:
        return "too_deep", None
    try:
        document = strict_json.read(text)
    except ValueError:
        return "malformed_json", None
    price = document.get("price") if isinstance(document, dict) else None
    return None, _four_places(price) if isinstance(price, strict_json.Number) else None


def _four_places(number: str) -> str:
    """The number rounded half up to the four places of a price, or as it is where it is far out of range."""
    value = Decimal(number)
    try:
        return str(value.quantize(Decimal("0.0001"), ROUND_HALF_UP)) if abs(value) < 10**18 else number
    except InvalidOperation:
        return number


def _accepted(records: pa.Table, judged: pa.Table, contract: Contract, carried: Sequence[str]) -> pa.Table:
    columns = _of_records(records, judged, *COORDINATES, *carried)
    columns |= {field.name: judged[field.name] for field in contract.fields if field.kind != "timestamp"}
    columns |= {name: judged[name].cast(UTC_TIME) for name in ("event_time", "received_at")}
    columns |= {name: judged[name] for name in ("lateness_ms", "is_late", "extras")}
    columns["contract_version"] = pa.repeat(pa.scalar(contract.version, pa.int32()), len(judged))
    columns["event_date"] = judged["event_time"].cast(pa.date32())
    return pa.table(columns)


def _of_records(records: pa.Table, judged: pa.Table, *names: str) -> dict[str, pa.ChunkedArray]:
    wanted = records.select(names)
    found = wanted if len(judged) == len(records) else wanted.take(judged["i"])
    return dict(zip(names, found.columns, strict=True))


def _rejected(records: pa.Table, judged: pa.Table, contract: Contract, carried: Sequence[str]) -> pa.Table:
    columns = _of_records(records, judged, *COORDINATES, *carried, "raw", "received_at", "ingested_at")
    columns["received_at"] = pc.coalesce(columns["received_at"], columns.pop("ingested_at"))
    columns["reasons"] = judged["reasons"]
    columns["contract_version"] = pa.repeat(pa.scalar(contract.version, pa.int32()), len(judged))
    return pa.table(columns)
