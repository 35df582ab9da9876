"""The ledger's rows of the batches whose records have another fate now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rtlakehouse.contract.statement import Connection, Statement
from rtlakehouse.contract.times import in_utc
from rtlakehouse.errors import RebuildError
from rtlakehouse.medallion.ops import LEDGER
from rtlakehouse.medallion.silver import EVENTS, QUARANTINE
from rtlakehouse.mending.deciding import Change
from rtlakehouse.mending.queries import ACCOUNTS
from rtlakehouse.mending.view import PLACE, View, at_places

__all__ = ["BATCH_KEY", "accounts"]

BATCH_KEY = LEDGER.key
# Of which it is counted again what became of them.
_RECORDS_AT_ONCE = 500_000
_COUNTED = {EVENTS.name: ("tenant_id", *PLACE, "is_late", "event_time"), QUARANTINE.name: ("tenant_id", *PLACE)}


def accounts(view: View, change: Change, connection: Connection) -> pa.Table:
    """The rows of the ledger that say something else now. Raises RebuildError where a batch's records do not add up."""
    ledger = view.rows(LEDGER.name, view.files(LEDGER.name))
    touched = ledger.filter(_holding(ledger, change.places))
    if not touched.num_rows:
        return touched
    touched = touched.append_column("ordinal", pa.array(np.arange(len(touched))))
    count = Statement(connection, ACCOUNTS)
    counted = pa.concat_tables([count(ledger=some, **_fates(view, some, change)) for some in _parts(touched)])
    if wrong := counted.filter(pc.invert(counted["balances"])).select(list(BATCH_KEY)).to_pylist()[:1]:
        raise RebuildError(
            f"The records of {_named(wrong[0])} would not add up: bronze has not all of them, or silver has some twice. "
            "Nothing was changed; `rtl verify` says what else is wrong."
        )
    after = LEDGER.conform(in_utc(counted.drop_columns(["ordinal", "balances"])))
    before = LEDGER.conform(touched.take(counted["ordinal"]).drop_columns(["ordinal"]))
    return after.filter(_differing(before, after))


def _holding(ledger: pa.Table, places: pa.Table) -> pa.Array:
    """Which rows of the ledger account for one of these places."""
    positions: dict[tuple[str, str, int], np.ndarray] = {}
    for row in places.group_by(list(PLACE[:3])).aggregate([("position", "list")]).to_pylist():
        positions[row["source"], row["topic"], row["partition"]] = np.sort(np.array(row["position_list"], np.int64))
    mask = np.zeros(len(ledger), bool)
    columns = [ledger[name].to_pylist() for name in (*PLACE[:3], "first_position", "last_position")]
    for number, (source, topic, partition, first, last) in enumerate(zip(*columns, strict=True)):
        if (found := positions.get((source, topic, partition))) is not None:
            mask[number] = np.searchsorted(found, first) < np.searchsorted(found, last, "right")
    return pa.array(mask)


def _parts(touched: pa.Table) -> Iterator[pa.Table]:
    """Rows of the ledger, few at a time: they may be of batches all over the lake, with all that lies between them."""
    order = [(name, "ascending") for name in (*PLACE[:3], "first_position")]
    ordered = touched.take(pc.sort_indices(touched, sort_keys=order))
    received = np.cumsum(ordered["received"].to_numpy())
    limits = [*np.flatnonzero(np.diff(received // _RECORDS_AT_ONCE)) + 1, len(ordered)]
    for first, last in pairwise([0, *limits]):
        yield ordered.slice(first, last - first)


def _fates(view: View, touched: pa.Table, change: Change) -> dict[str, pa.Table]:
    return {table.partition(".")[2]: _after(view, touched, table, change) for table in change.new}


def _after(view: View, touched: pa.Table, table: str, change: Change) -> pa.Table:
    """What a table of silver will have of the records that these rows of the ledger account for."""
    columns = _COUNTED.get(table, ("tenant_id", *PLACE))
    first, last = pc.min(touched["first_position"]).as_py(), pc.max(touched["last_position"]).as_py()
    near = (pc.field("position") >= first) & (pc.field("position") <= last)
    rows = view.rows(table, view.within(table, "position", first, last), near, columns)
    return pa.concat_tables([rows.filter(pc.invert(at_places(rows, change.keys))), change.new[table].select(rows.column_names)])


def _differing(before: pa.Table, after: pa.Table) -> pa.Array:
    return pa.array([one != other for one, other in zip(before.to_pylist(), after.to_pylist(), strict=True)], pa.bool_())


def _named(row: Mapping[str, object]) -> str:
    return f"batch {row['batch']} from {row['source']}/{row['topic']}/{row['partition']}"
