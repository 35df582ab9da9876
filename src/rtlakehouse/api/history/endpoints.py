"""The history of tables: their versions, and the commits of all of them in one line of time."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from rtlakehouse.api.deps import PartsOf
from rtlakehouse.api.errors import documented
from rtlakehouse.api.history import service
from rtlakehouse.api.history.schemas import Timeline, Version, VersionList
from rtlakehouse.api.paging import page_of
from rtlakehouse.api.parameters import Paged, ReadParameters
from rtlakehouse.clock import isoformat
from rtlakehouse.medallion.graph import table

__all__ = ["router"]

router = APIRouter(tags=["history"])

_LEDGER = "ops.ledger"

Name = Annotated[str, Path(examples=["gold.kpis_1m"])]


@router.get(
    "/tables/{name}/versions",
    response_model=VersionList,
    responses=documented(400, 404, 410, 503),
    summary="A table's versions, newest first",
)
def list_table_versions(name: Name, request: Request, parts: PartsOf, parameters: Annotated[Paged, Query()]) -> Response:
    """What each did, and whether it can still be read; those whose commit is no longer in the log are left out."""
    table(name)
    page = page_of(parts, request, parameters, [name])
    reading, kept = service.of_this_moment(parts.catalog, page.reading, [name])

    def make() -> VersionList:
        found, further = service.walk(parts.lake, {name: reading.snapshot.versions[name]}, page.limit)
        told = service.Told(parts, kept)
        data = [told.summary(name, commit) for name, commit in found]
        return VersionList.model_validate({"data": data, "next_cursor": page.cursor_before(further)})

    return parts.answers.answer(request, reading, [name], make)


@router.get(
    "/tables/{name}/versions/{version}",
    response_model=Version,
    responses=documented(400, 404, 410, 503),
    summary="One version of a table",
)
def get_table_version(
    name: Name,
    version: Annotated[int, Path(ge=0, lt=1 << 63, examples=[41])],
    request: Request,
    parts: PartsOf,
    parameters: Annotated[ReadParameters, Query()],
) -> Response:
    """What it did, with the files that came and went. Its rows are at `/tables/{name}/rows?as_of={name}={version}`."""
    table(name)
    reading = parts.answers.reading(parameters, parameters.as_of, parameters.max_staleness_ms)
    reading, kept = service.of_this_moment(parts.catalog, reading, [name])

    def make() -> Version:
        commit = service.version_of(parts, reading, name, version)
        return Version.model_validate(service.Told(parts, kept).whole(name, commit))

    return parts.answers.answer(request, reading, [name], make)


@router.get(
    "/history/timeline",
    response_model=Timeline,
    responses=documented(400, 404, 410, 503),
    summary="The commits of all tables, newest first",
)
def history_timeline(request: Request, parts: PartsOf, parameters: Annotated[Paged, Query()]) -> Response:
    """With the batch of the ledger that each is part of; of those tables that `as_of` names, where it names versions."""
    page = page_of(parts, request, parameters, None)
    versions = page.reading.snapshot.versions
    reading, kept = service.of_this_moment(parts.catalog, page.reading, [*versions, _LEDGER])

    def make() -> Timeline:
        found, further = service.walk(parts.lake, versions, page.limit)
        told = service.Told(parts, kept)
        data = [{"table": name, **told.summary(name, commit)} for name, commit in found]
        since = isoformat(parts.catalog.kept_since())
        return Timeline.model_validate({"since": since, "data": data, "next_cursor": page.cursor_before(further)})

    return parts.answers.answer(request, reading, versions, make)
