"""Answers as bytes: JSON by default; CSV, NDJSON, Arrow or Parquet where a tabular read is asked for them by `Accept`."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
from pydantic import BaseModel

from rtlakehouse.clock import isoformat

__all__ = ["TABULAR", "Body", "json_body", "rows_of", "tabular_body"]

JSON = "application/json"


@dataclass(frozen=True)
class Body:
    """An answer's bytes and their type."""

    content: bytes
    media_type: str = JSON


def json_body(model: BaseModel) -> Body:
    return Body(model.model_dump_json().encode())


def tabular_body(accept: str, table: pa.Table, model: Callable[[list[dict[str, Any]]], BaseModel]) -> Body:
    """The table in the form that `accept` names first, or as the model of its rows."""
    for wanted in accept.split(","):
        if write := TABULAR.get(wanted.partition(";")[0].strip()):
            return Body(write(table), wanted.partition(";")[0].strip())
    return json_body(model(rows_of(table)))


def rows_of(table: pa.Table) -> list[dict[str, Any]]:
    """The rows with values as JSON has them: times in RFC 3339, decimals as exact text, bytes as UTF-8 or hexadecimal."""
    return [{name: _plain(value) for name, value in row.items()} for row in table.to_pylist()]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return isoformat(value if value.tzinfo else value.replace(tzinfo=UTC))
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    return _text(value) if isinstance(value, bytes) else value


def _text(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return "0x" + value.hex()


def _csv(table: pa.Table) -> bytes:
    out = io.BytesIO()
    pyarrow.csv.write_csv(pa.table({name: _flat(table[name]) for name in table.column_names}), out)
    return out.getvalue()


def _flat(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """CSV has no lists and no bytes: they are written as JSON text."""
    if not (pa.types.is_nested(column.type) or pa.types.is_binary(column.type)):
        return column
    texts = [None if v is None else msgspec.json.encode(_plain(v)).decode() for v in column.to_pylist()]
    return pa.chunked_array([pa.array(texts, pa.string())])


def _ndjson(table: pa.Table) -> bytes:
    return b"".join(msgspec.json.encode(row) + b"\n" for row in rows_of(table))


def _arrow(table: pa.Table) -> bytes:
    out = io.BytesIO()
    with pa.ipc.new_stream(out, table.schema) as writer:
        writer.write_table(table)
    return out.getvalue()


def _parquet(table: pa.Table) -> bytes:
    out = io.BytesIO()
    pq.write_table(table, out)
    return out.getvalue()


TABULAR: Mapping[str, Callable[[pa.Table], bytes]] = {
    "text/csv": _csv,
    "application/x-ndjson": _ndjson,
    "application/vnd.apache.arrow.stream": _arrow,
    "application/vnd.apache.parquet": _parquet,
}
