"""Records of quarantine, patched: by a merge of JSON, or by SQL expressions that a worker of the query jail runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import pyarrow as pa

from rtlakehouse.api.quarantine import queries
from rtlakehouse.api.quarantine.repair_schemas import Patch
from rtlakehouse.contract import strict_json
from rtlakehouse.contract.contract import load
from rtlakehouse.errors import SqlError
from rtlakehouse.query.expressions import expression
from rtlakehouse.query.wire import Relation, Task, packed

__all__ = ["Run", "patched"]

# Runs a task in the jail; see `query.workers`.
Run = Callable[[Task], pa.Table]
_COLUMNS = ("raw", *(field.name for field in load().fields))


def patched(raws: Sequence[bytes], patch: Patch | None, tenant_id: str, run: Run) -> list[bytes | None]:
    """Each record as the patch makes it, None where it cannot be patched: a merge and members need a JSON object.

    Raises SqlError for an expression that may not be run or that fails on a record.
    """
    if patch is None:
        return list(raws)
    if patch.merge is not None:
        return [_changed(raw, partial(_merged, patch=patch.merge)) for raw in raws]
    if patch.record is not None:
        found = _evaluated(raws, {"record": f"({_checked('record', patch.record)})::varchar"}, tenant_id, run)
        return [None if text is None else text.encode() for text in found["record"].to_pylist()]
    texts = {name: f"to_json({_checked(name, text)})::varchar" for name, text in (patch.members or {}).items()}
    rows = _evaluated(raws, texts, tenant_id, run).to_pylist()
    return [_changed(raw, partial(_with, values=row)) for raw, row in zip(raws, rows, strict=True)]


def _checked(name: str, text: str) -> str:
    try:
        return expression(text, _COLUMNS)
    except SqlError as error:
        raise SqlError(f"`{name}`: {error}") from error


def _evaluated(raws: Sequence[bytes], texts: Mapping[str, str], tenant_id: str, run: Run) -> pa.Table:
    """The value of each expression for each record, in their order, as columns of the expressions' names."""
    records = pa.table({"ordinal": pa.array(range(len(raws)), pa.int64()), "raw": pa.array(map(_text, raws), pa.string())})
    values = ", ".join(f"{text} as v{number}" for number, text in enumerate(texts.values()))
    sql = f"select {values} from ({queries.MEMBERS}) order by ordinal"
    try:
        return run(Task(tenant_id, [Relation("repair", "records", packed(records))], sql, {})).rename_columns(list(texts))
    except SqlError as error:
        hint = "An expression that may fail on a record needs try_cast or nullif"
        raise SqlError(f"The patch fails on a record: {str(error).rstrip('.')}. {hint}.") from error


def _text(raw: bytes) -> str | None:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _changed(raw: bytes, change: Callable[[dict[str, Any]], Any]) -> bytes | None:
    try:
        document = strict_json.read(raw.decode("utf-8"))
        return strict_json.written(change(document)).encode() if isinstance(document, dict) else None
    except (ValueError, RecursionError):
        return None


def _merged(target: Any, patch: Any) -> Any:
    """RFC 7396."""
    if not isinstance(patch, dict):
        return patch
    found = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            found.pop(name, None)
        else:
            found[name] = _merged(found.get(name), value)
    return found


def _with(document: dict[str, Any], values: Mapping[str, str | None]) -> dict[str, Any]:
    """The document with these members, each a JSON text; without those that are null."""
    new = {name: None if text is None else strict_json.read(text) for name, text in values.items()}
    return {name: value for name, value in (document | new).items() if name not in new or value is not None}
