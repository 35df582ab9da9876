"""Parquet snapshots as they were published, and one tenant's rows of their files."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

from rtlakehouse.api.snapshots.schemas import SnapshotManifest, SnapshotSummary
from rtlakehouse.errors import NotFoundError
from rtlakehouse.medallion.graph import GOLD

__all__ = ["rows_of_tenant", "sent", "summary", "whole"]

_TABLES = {f"{table.short_name}.parquet": table.name for table in GOLD}
# A download is put together here in memory, beyond that in a temporary file.
_IN_MEMORY_BYTES = 8 << 20
_CHUNK_BYTES = 1 << 20


def summary(manifest: Mapping[str, Any]) -> SnapshotSummary:
    return SnapshotSummary.model_validate(_told(manifest))


def whole(found: Mapping[str, Any]) -> SnapshotManifest:
    files = [{"name": file, "table": _TABLES[file], **told} for file, told in found["files"].items()]
    return SnapshotManifest.model_validate({**_told(found), "files": files})


def _told(manifest: Mapping[str, Any]) -> dict[str, Any]:
    files = manifest["files"].values()
    return {
        **{name: manifest[name] for name in ("name", "written_at", "versions")},
        "rows": sum(file["rows"] for file in files),
        "bytes": sum(file["bytes"] for file in files),
    }


def rows_of_tenant(path: Path, tenant_id: str) -> IO[bytes]:
    """A Parquet file with the rows of a tenant in one with those of all. Raises NotFoundError where that was pruned."""
    out = tempfile.SpooledTemporaryFile(_IN_MEMORY_BYTES)  # noqa: SIM115 - whoever sends it closes it
    try:
        with pq.ParquetFile(path) as whole, pq.ParquetWriter(out, whole.schema_arrow, compression="zstd") as part:
            for batch in whole.iter_batches():
                part.write_batch(batch.filter(pc.equal(batch["tenant_id"], tenant_id)))
    except FileNotFoundError:
        out.close()
        raise NotFoundError(f"{path.parent.name} was just pruned; GET /api/v1/snapshots lists those there are.") from None
    out.seek(0)
    return out


def sent(file: IO[bytes]) -> Iterator[bytes]:
    """The file in pieces; it is closed after the last."""
    with file:
        while chunk := file.read(_CHUNK_BYTES):
            yield chunk
