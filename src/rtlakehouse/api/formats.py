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

__all__ = ["JSON", "TABULAR", "Body", "Tabular", "flat", "ndjson", "plain", "render", "rows_of", "zoned"]

JSON = "application/json"
_ZONED = pa.timestamp("us", "UTC")


@dataclass(frozen=True)
class Body:
    """An answer's bytes, their type, and the cursor of the next page where there is one."""

    content: bytes
    media_type: str = JSON
    next_cursor: str | None = None


@dataclass(frozen=True)
class Tabular:
    """An answer that is a table: `model` makes the JSON document of its rows."""

    rows: pa.Table
    model: Callable[[list[dict[str, Any]]], BaseModel]
    next_cursor: str | None = None


def render(answer: BaseModel | Tabular, media_type: str) -> Body:
    """The answer's bytes; a document is JSON always."""
    if isinstance(answer, BaseModel):
        return Body(answer.model_dump_json().encode())
    write = TABULAR.get(media_type)
    if write is None:
        return Body(answer.model(rows_of(answer.rows)).model_dump_json().encode(), JSON, answer.next_cursor)
    return Body(write(answer.rows), media_type, answer.next_cursor)


def rows_of(table: pa.Table) -> list[dict[str, Any]]:
    """The rows with values as JSON has them: times in RFC 3339, decimals as exact text, bytes as UTF-8 or hexadecimal."""
    return [{name: plain(value) for name, value in row.items()} for row in table.to_pylist()]


def plain(value: Any) -> Any:
    """A value as JSON has it: see `rows_of`."""
    if isinstance(value, datetime):
        return isoformat(value if value.tzinfo else value.replace(tzinfo=UTC))
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}"
    return _text(value) if isinstance(value, bytes) else value


def _text(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return "0x" + value.hex()


def _csv(table: pa.Table) -> bytes:
    out = io.BytesIO()
    pyarrow.csv.write_csv(flat(table), out)
    return out.getvalue()


def flat(table: pa.Table) -> pa.Table:
    """The table with every value as CSV has it."""
    return pa.table({name: _flat(table[name]) for name in table.column_names})


def _flat(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The column as CSV has it: times in RFC 3339; lists, which CSV does not have, as JSON; bytes as text."""
    kind = column.type
    if pa.types.is_timestamp(kind) or pa.types.is_binary(kind):
        texts = [plain(value) for value in column.to_pylist()]
    elif pa.types.is_nested(kind):
        texts = [None if value is None else msgspec.json.encode(plain(value)).decode() for value in column.to_pylist()]
    else:
        return column
    return pa.chunked_array([pa.array(texts, pa.string())])


def ndjson(table: pa.Table) -> bytes:
    """One JSON object a line."""
    return b"".join(msgspec.json.encode(row) + b"\n" for row in rows_of(table))


def _arrow(table: pa.Table) -> bytes:
    out = io.BytesIO()
    instants = zoned(table)
    with pa.ipc.new_stream(out, instants.schema) as writer:
        writer.write_table(instants)
    return out.getvalue()


def _parquet(table: pa.Table) -> bytes:
    out = io.BytesIO()
    pq.write_table(zoned(table), out)
    return out.getvalue()


def zoned(table: pa.Table) -> pa.Table:
    """The table with its times as instants, so that no reader has to know that they are UTC."""
    fields = [field.with_type(_ZONED) if pa.types.is_timestamp(field.type) else field for field in table.schema]
    return table.cast(pa.schema(fields))


TABULAR: Mapping[str, Callable[[pa.Table], bytes]] = {
    "text/csv": _csv,
    "application/x-ndjson": ndjson,
    "application/vnd.apache.arrow.stream": _arrow,
    "application/vnd.apache.parquet": _parquet,
}
