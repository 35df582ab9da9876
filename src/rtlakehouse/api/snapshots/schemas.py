"""What Parquet snapshots look like."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from rtlakehouse.api.examples import example

__all__ = ["SnapshotList", "SnapshotManifest", "SnapshotSummary"]

_SUMMARY: dict[str, Any] = {
    "name": "20261124T100000.000000Z",
    "written_at": "2026-11-24T10:00:00Z",
    "versions": {"gold.kpis_1m": 41},
    "rows": 1_440,
    "bytes": 81_920,
}
_FILE: dict[str, Any] = {"name": "kpis_1m.parquet", "table": "gold.kpis_1m", "rows": 1_440, "bytes": 81_920, "blake2b": "9f1c02"}


class SnapshotSummary(BaseModel):
    """A Parquet snapshot of gold. Rows and bytes are those of all tenants together."""

    model_config = example(**_SUMMARY)

    name: str
    written_at: str
    versions: dict[str, int] = Field(description="The version of each table that it holds.")
    rows: int
    bytes: int


class SnapshotList(BaseModel):
    """The snapshots there are, the newest first."""

    data: list[SnapshotSummary]


class SnapshotFile(BaseModel):
    """A file of a snapshot, as it lies in the lake."""

    model_config = example(**_FILE)

    name: str
    table: str
    rows: int
    bytes: int
    blake2b: str = Field(description="Hash of the whole file, with the rows of all tenants.")


class SnapshotManifest(SnapshotSummary):
    """A Parquet snapshot, with its files."""

    model_config = example(**_SUMMARY, files=[_FILE])

    files: list[SnapshotFile]
