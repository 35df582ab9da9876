"""The row rules, in their one implementation: a DuckDB kernel that every engine calls.

`refine(records)` splits records into accepted events, typed by the contract, and rejected ones with all their reasons. It
is a pure function of its arguments: no clock, no state, the same answer whatever the batch.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rtlakehouse.contract.contract import MAX_BYTES, MAX_DEPTH, Contract
from rtlakehouse.contract.rules_sql import rules_sql

__all__ = ["COORDINATES", "Limits", "Refined", "connect", "refine"]

COORDINATES = ("tenant_id", "source", "topic", "partition", "position")
UTC_TIME = pa.timestamp("us", "UTC")
_LOCAL_TIME = pa.timestamp("us")


@dataclass(frozen=True)
class Limits:
    """The time limits of the row rules (SPEC section 1); all are settings."""

    watermark: timedelta = timedelta(seconds=15)
    future: timedelta = timedelta(minutes=5)
    late: timedelta = timedelta(days=7)

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


def connect(threads: int = 1) -> duckdb.DuckDBPyConnection:
    """A private in-memory DuckDB that reads nothing from outside: what the kernel runs on."""
    return duckdb.connect(config={"threads": threads, "enable_external_access": False})


def refine(records: pa.Table, contract: Contract, limits: Limits, connection: duckdb.DuckDBPyConnection | None = None) -> Refined:
    """Apply the contract to records of the bronze shape (`tenant_id` to `raw`; `ingested_at` for those without a time).

    `connection` may be given to save making one (see `connect`); it is used by this call alone while it runs.
    """
    con = connection if connection is not None else connect()
    documents = _documents(records)
    judged = _judge(con, contract, limits, documents)
    suspects = judged["i"].filter(judged["suspect"])
    if len(suspects):
        judged = _look_again(con, contract, limits, documents, judged, suspects)
    return _split(records, judged, contract)


def _documents(records: pa.Table) -> pa.Table:
    """The relation that the rules read: the text of each record, or the fault that keeps it from being parsed."""
    raw = records["raw"].combine_chunks()
    oversized = pc.greater(pc.binary_length(raw), MAX_BYTES)
    text, valid = _decode(pc.if_else(oversized, pa.scalar(None, raw.type), raw))
    faults = (pa.scalar("oversized"), pa.scalar("invalid_utf8"))
    count = len(raw)
    return pa.table(
        {
            "i": pa.array(np.arange(count)),
            "text": text,
            "fault": pc.case_when(pc.make_struct(oversized, pc.invert(valid)), *faults),
            "trusted": pa.repeat(False, count),
            "exact_price": pa.nulls(count, pa.string()),
            "received_at": records["received_at"].combine_chunks().cast(_LOCAL_TIME),
        }
    )


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


def _judge(con: duckdb.DuckDBPyConnection, contract: Contract, limits: Limits, documents: pa.Table) -> pa.Table:
    con.register("documents", documents)
    try:
        return con.sql(rules_sql(contract), params=limits.parameters()).to_arrow_table()
    finally:
        con.unregister("documents")


def _look_again(
    con: duckdb.DuckDBPyConnection,
    contract: Contract,
    limits: Limits,
    documents: pa.Table,
    judged: pa.Table,
    suspects: pa.ChunkedArray,
) -> pa.Table:
    """Judge the suspect rows a second time, with what a strict reader says of them."""
    texts = documents.take(suspects)
    strict = [_strict(text) for text in texts["text"].to_pylist()]
    texts = texts.set_column(2, "fault", pa.array([fault for fault, _ in strict], pa.string()))
    texts = texts.set_column(3, "trusted", pa.repeat(True, len(strict)))
    texts = texts.set_column(4, "exact_price", pa.array([price for _, price in strict], pa.string()))
    again = _judge(con, contract, limits, texts)
    sure = judged.filter(pc.invert(judged["suspect"]))
    both = pa.concat_tables([sure, again])
    return both.take(pc.sort_indices(both["i"]))


def _strict(text: str) -> tuple[str | None, str | None]:
    """The fault of a text, if it has one, and the exact price where the document has a number there."""
    if text.count("{") + text.count("[") > MAX_DEPTH and _depth(text) > MAX_DEPTH:
        return "too_deep", None
    try:
        document = json.loads(text, parse_int=_Number, parse_float=_Number, parse_constant=_refuse, object_pairs_hook=_first_wins)
    except ValueError:
        return "malformed_json", None
    price = document.get("price") if isinstance(document, dict) else None
    return None, _four_places(price) if isinstance(price, _Number) else None


class _Number(str):
    """The text of a JSON number, told apart from a JSON string."""


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")


def _first_wins(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        found.setdefault(key, value)
    return found


def _four_places(number: str) -> str:
    """The number rounded half up to the four places of a price, or as it is where it is far out of range."""
    value = Decimal(number)
    try:
        return str(value.quantize(Decimal("0.0001"), ROUND_HALF_UP)) if abs(value) < 10**18 else number
    except InvalidOperation:
        return number


def _split(records: pa.Table, judged: pa.Table, contract: Contract) -> Refined:
    clean = pc.is_null(judged["reasons"])
    rejected = pc.invert(clean)
    return Refined(
        _accepted(records.filter(clean), judged.filter(clean), contract),
        _rejected(records.filter(rejected), judged.filter(rejected), contract),
    )


def _accepted(records: pa.Table, judged: pa.Table, contract: Contract) -> pa.Table:
    columns = {name: records[name] for name in COORDINATES}
    columns |= {field.name: judged[field.name] for field in contract.fields if field.kind != "timestamp"}
    columns |= {name: judged[name].cast(UTC_TIME) for name in ("event_time", "received_at")}
    columns |= {name: judged[name] for name in ("lateness_ms", "is_late", "extras")}
    columns["contract_version"] = pa.repeat(pa.scalar(contract.version, pa.int32()), len(judged))
    columns["event_date"] = judged["event_time"].cast(pa.date32())
    return pa.table(columns)


def _rejected(records: pa.Table, judged: pa.Table, contract: Contract) -> pa.Table:
    columns = {name: records[name] for name in COORDINATES}
    columns |= {"raw": records["raw"], "reasons": judged["reasons"]}
    columns["contract_version"] = pa.repeat(pa.scalar(contract.version, pa.int32()), len(judged))
    columns["received_at"] = pc.coalesce(records["received_at"], records["ingested_at"])
    return pa.table(columns)
