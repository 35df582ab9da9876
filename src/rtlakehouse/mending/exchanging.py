"""From rows that change to files that go and come: a file that holds any of them is written anew without them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from rtlakehouse.contract.contract import ERASED
from rtlakehouse.engines.base import GOLD_APPLICATION
from rtlakehouse.medallion.bronze import EVENTS as BRONZE
from rtlakehouse.medallion.graph import GOLD, SIBLINGS, TABLES
from rtlakehouse.medallion.ops import LEDGER
from rtlakehouse.medallion.silver import EVENTS
from rtlakehouse.mending.deciding import Change
from rtlakehouse.mending.view import View, at_places, keys_of
from rtlakehouse.mending.windows import Rebuilt
from rtlakehouse.storage.data_files import write_files
from rtlakehouse.storage.durable import writing
from rtlakehouse.storage.log import DataFile
from rtlakehouse.storage.rewrite import Exchange, Rewrite

__all__ = ["blanked", "emptied", "published", "reached", "rewritten_ledger", "staged", "written"]

# Which of a file's rows go.
Going = Callable[[pa.Table], pa.ChunkedArray]


def staged(
    view: View,
    change: Change,
    rebuilt: Mapping[str, Rebuilt],
    accounts: pa.Table,
    metadata: Mapping[str, Any],
    emptied: Exchange | None = None,
) -> Rewrite:
    """The rewrite that makes these changes, its files written, not yet durable. emptied: what goes along of bronze, see there."""
    found = [emptied]
    found += [_silver(view, table.name, change) for table in SIBLINGS]
    found += [_gold(view, table.name, rebuilt[table.name]) for table in GOLD]
    changed = [exchange for exchange in found if exchange is not None]
    versions = reached(view, [exchange.table for exchange in changed])
    stamped = [_stamped(exchange, versions, metadata) for exchange in changed]
    return published(view, stamped, _ledger(view, accounts), versions, metadata)


def emptied(view: View, places: pa.Table) -> Exchange | None:
    """Bronze with nothing in the records at these places but that they were erased: see `blanked`. Each keeps its place. None
    where bronze has none of them any more."""
    bounds = pc.min_max(places["position"]).as_py()
    keys = keys_of(places)
    removes: list[str] = []
    adds: tuple[str, ...] = ()
    for file in view.within(BRONZE.name, "position", bounds["min"], bounds["max"]):
        rows = view.rows(BRONZE.name, [file])
        going = at_places(rows, keys)
        if pc.any(going).as_py():
            removes.append(file.path)
            adds += written(view, BRONZE.name, blanked(rows, going))
    return Exchange(BRONZE.name, tuple(removes), adds, same_places=True) if removes else None


def blanked(rows: pa.Table, going: pa.ChunkedArray) -> pa.Table:
    """Rows of bronze with those that go emptied: what was received, its key and its headers are gone."""
    instead = {"raw": ERASED.encode(), "key": None, "headers": None}
    for name, value in instead.items():
        column = BRONZE.schema.field(name)
        blank = pc.if_else(going, pa.scalar(value, column.type), rows[name])
        rows = rows.set_column(rows.schema.get_field_index(name), column, blank)
    return rows


def reached(view: View, changed: Collection[str]) -> dict[str, int]:
    """The versions of all tables when these are committed, each in one commit."""
    newest = {name: view.lake.version(name) + (name in changed) for name in TABLES}
    return newest | {BRONZE.name: view.lake.processed()}


def published(
    view: View, changed: list[Exchange], ledger: Exchange, versions: Mapping[str, int], metadata: Mapping[str, Any]
) -> Rewrite:
    """The rewrite of these tables and of the ledger, whose commit names the versions that belong together from then on."""
    said = {**metadata, "versions": dict(versions)}
    last = Exchange(ledger.table, ledger.removes, ledger.adds, ledger.progress, said)
    return Rewrite(versions[LEDGER.name] + 1, str(metadata["rewrite"]).upper(), (*changed, last))


def _silver(view: View, table: str, change: Change) -> Exchange | None:
    going, new = change.old[table], change.new[table]
    bounds = pc.min_max(going["position"]).as_py()
    files = view.within(table, "position", bounds["min"], bounds["max"]) if going.num_rows else []
    return _exchange(view, table, files, lambda rows: at_places(rows, change.keys), new)


def _gold(view: View, table: str, rebuilt: Rebuilt) -> Exchange | None:
    windows = sorted(rebuilt.windows)
    files = view.within(table, "window_start", windows[0], windows[-1]) if windows else []
    new = pa.concat_tables([TABLES[table].schema.empty_table(), *rebuilt.after])
    return _exchange(view, table, files, lambda rows: _in_windows(rows, windows), new)


def _ledger(view: View, accounts: pa.Table) -> Exchange:
    """The ledger with these rows in place of those of the same key."""
    batches = set(accounts["batch"].to_pylist())
    if not batches:
        return rewritten_ledger(view)
    keys = set(_ledger_keys(accounts))
    files = [file for file in view.files(LEDGER.name) if _may_hold(file, batches)]
    removes, adds = _rewritten(
        view, LEDGER.name, files, lambda rows: pa.array([key in keys for key in _ledger_keys(rows)], pa.bool_())
    )
    return Exchange(LEDGER.name, removes, adds + written(view, LEDGER.name, accounts))


def rewritten_ledger(view: View) -> Exchange:
    """The ledger as it is, its newest file written anew: a commit without rows would not be seen."""
    newest = max(view.files(LEDGER.name), key=lambda file: file.highest["batch"])
    return Exchange(LEDGER.name, (newest.path,), written(view, LEDGER.name, view.rows(LEDGER.name, [newest])))


def _ledger_keys(rows: pa.Table) -> Iterable[tuple[Any, ...]]:
    return zip(*(rows[name].to_pylist() for name in LEDGER.key), strict=True)


def _may_hold(file: DataFile, batches: Collection[int]) -> bool:
    return any(file.lowest.get("batch", batch) <= batch <= file.highest.get("batch", batch) for batch in batches)


def _exchange(view: View, table: str, files: list[DataFile], going: Going, new: pa.Table) -> Exchange | None:
    removes, adds = _rewritten(view, table, files, going)
    damaged = tuple(file.path for file in view.files(table) if view.is_damaged(table, file))
    adds += written(view, table, new)
    return Exchange(table, removes + damaged, adds) if removes or damaged or adds else None


def _rewritten(view: View, table: str, files: Iterable[DataFile], going: Going) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Those of the files that hold rows that go, and what their other rows were written to."""
    removes: list[str] = []
    adds: tuple[str, ...] = ()
    for file in files:
        if view.is_damaged(table, file):
            continue
        rows = view.rows(table, [file])
        stays = rows.filter(pc.invert(going(rows)))
        if stays.num_rows < rows.num_rows:
            removes.append(file.path)
            adds += written(view, table, stays)
    return tuple(removes), adds


def written(view: View, table: str, rows: pa.Table) -> tuple[str, ...]:
    """New files of a table with these rows, none where there are none: below its folder, in no version yet, not yet durable."""
    folder, definition = view.lake.path(table), TABLES[table]
    with writing(table):
        paths = write_files(folder, definition.conform(rows), definition.partition_by)
    return tuple(path.relative_to(folder).as_posix() for path in paths)


def _in_windows(rows: pa.Table, windows: list[datetime]) -> pa.ChunkedArray:
    return pc.is_in(rows["window_start"], value_set=pa.array(windows, rows.schema.field("window_start").type))


def _stamped(exchange: Exchange, versions: Mapping[str, int], metadata: Mapping[str, Any]) -> Exchange:
    """With the progress that a gold table's commits carry, and with what the rewrite is."""
    progress = {GOLD_APPLICATION: versions[EVENTS.name]} if exchange.table in {table.name for table in GOLD} else {}
    return msgspec.structs.replace(exchange, progress=progress, metadata=dict(metadata))
