"""A table's first version, which has its columns and no rows.

As delta-rs writes it (tests/storage/test_creation.py), in a fraction of the time: a new lake makes eleven at once.
"""

from __future__ import annotations

import contextlib
import uuid
from datetime import datetime
from pathlib import Path

from deltalake import Schema

from rtlakehouse.medallion.table import Table
from rtlakehouse.storage.durable import writing
from rtlakehouse.storage.log import log_dir, write_commit

__all__ = ["create_table"]

# The oldest versions of the protocol, which every reader and writer knows.
_PROTOCOL = {"minReaderVersion": 1, "minWriterVersion": 2}
_CONFIGURATION = {"delta.logRetentionDuration": "interval 7 days"}


def create_table(path: Path, definition: Table, now: datetime) -> None:
    """Make the table, unless somebody else does at the same time. It is not durable yet. Raises WriteError."""
    created = int(now.timestamp() * 1000)
    metadata = {
        "id": str(uuid.uuid4()),
        "name": definition.name,
        "description": definition.grain,
        "format": {"provider": "parquet", "options": {}},
        "schemaString": Schema.from_arrow(definition.schema).to_json(),
        "partitionColumns": list(definition.partition_by),
        "createdTime": created,
        "configuration": _CONFIGURATION,
    }
    info = {
        "timestamp": created,
        "operation": "CREATE TABLE",
        "operationParameters": {"mode": "Ignore"},
        "engineInfo": "rtlakehouse",
    }
    with writing(definition.name), contextlib.suppress(FileExistsError):
        log_dir(path).mkdir(parents=True, exist_ok=True)
        write_commit(path, 0, [{"commitInfo": info}, {"protocol": _PROTOCOL}, {"metaData": metadata}])
