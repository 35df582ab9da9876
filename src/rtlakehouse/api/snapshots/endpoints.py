"""Parquet snapshots of gold: plain files for tools that know nothing of Delta."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import StreamingResponse

from rtlakehouse.api.deps import PartsOf
from rtlakehouse.api.errors import documented
from rtlakehouse.api.parameters import NoParameters
from rtlakehouse.api.snapshots import service
from rtlakehouse.api.snapshots.schemas import SnapshotList, SnapshotManifest
from rtlakehouse.storage.snapshots import file_of, manifest_of, published

__all__ = ["router"]

router = APIRouter(prefix="/snapshots", tags=["snapshots"])

_PARQUET = "application/vnd.apache.parquet"
# Snapshots come, and the oldest are pruned.
_MOMENTARY = {"Cache-Control": "no-store"}
_FILE: dict[int | str, dict[str, Any]] = {
    200: {"content": {_PARQUET: {"schema": {"type": "string", "format": "binary"}}}, "description": "A Parquet file."}
}

SnapshotName = Annotated[str, Path(examples=["20261124T100000.000000Z"])]
FileName = Annotated[str, Path(examples=["kpis_1m.parquet"])]


@router.get("", responses=documented(momentary=True), summary="Parquet snapshots, newest first")
def list_snapshots(parts: PartsOf, response: Response, _: Annotated[NoParameters, Query()]) -> SnapshotList:
    """Those that are kept (`snapshots_keep`); `rtl snapshot` writes one, and the engine does so every `snapshot_every_s`."""
    response.headers.update(_MOMENTARY)
    return SnapshotList(data=[service.summary(manifest) for manifest in reversed(published(parts.lake))])


@router.get("/{name}", responses=documented(404, momentary=True), summary="One snapshot and its files")
def get_snapshot(name: SnapshotName, parts: PartsOf, response: Response, _: Annotated[NoParameters, Query()]) -> SnapshotManifest:
    """Its manifest: the version of each table, and rows, size and hash of each file."""
    response.headers.update(_MOMENTARY)
    return service.whole(manifest_of(parts.lake, name))


@router.get(
    "/{name}/{file}",
    response_class=StreamingResponse,
    responses=documented(404, momentary=True) | _FILE,
    summary="Download a file of a snapshot",
)
def download_snapshot_file(
    name: SnapshotName, file: FileName, parts: PartsOf, parameters: Annotated[NoParameters, Query()]
) -> StreamingResponse:
    """A Parquet file with the rows of yours, in the order of the table's key. Other tenants' rows are left out."""
    reading = parts.answers.reading_of(parts.catalog.latest, parameters)
    found = service.rows_of_tenant(file_of(parts.lake, name, file), reading.tenant_id)
    headers = {**_MOMENTARY, "Content-Disposition": f'attachment; filename="{file}"'}
    return StreamingResponse(service.sent(found), media_type=_PARQUET, headers=headers)
