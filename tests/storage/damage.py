"""Lakes that an engine might have made wrong: sealed, committed and named by the newest batch, so only the rows tell."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pyarrow as pa
from deltalake import CommitProperties, write_deltalake

from rtlakehouse.medallion.graph import TABLES
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.log import METADATA_KEY, Commit, follow

LEDGER = "ops.ledger"
Row = dict[str, Any]
Change = Callable[[list[Row]], None]


def change(lake: Lake, table: str, how: Change) -> None:
    """Have the newest complete batch hold this table's rows as `how` leaves them."""
    rows = lake.read(table).to_pylist()
    how(rows)
    commit = rewrite(lake, table, rows, {})
    if table not in (LEDGER, "bronze.events"):
        versions = lake.vector() | {table: commit.version}
        rewrite(lake, LEDGER, lake.read(LEDGER).to_pylist(), {"versions": versions})


def rewrite(lake: Lake, table: str, rows: list[Row], metadata: dict[str, Any]) -> Commit:
    writer = lake.writer(table)
    if table == LEDGER and not metadata:
        metadata = {"versions": {name: version for name, version in lake.vector().items() if name != LEDGER}}
    data = pa.Table.from_pylist(rows, TABLES[table].schema)
    properties = CommitProperties(custom_metadata={METADATA_KEY: json.dumps(metadata)})
    write_deltalake(lake.path(table), data, mode="overwrite", commit_properties=properties)
    (commit,) = follow(lake.path(table), writer.version)
    writer.seal(commit)
    return commit
