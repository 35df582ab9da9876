"""Lineage: what each column is made of, what is made of it, and what a change would break."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Path, Query, Request, Response

from rtlakehouse.api.deps import PartsOf
from rtlakehouse.api.errors import documented
from rtlakehouse.api.lineage import service
from rtlakehouse.api.lineage.readers import endpoints
from rtlakehouse.api.lineage.schemas import WHAT_IF, ColumnLineage, Impact, ImpactParameters, TableLineage, WhatIf, WhatIfBody
from rtlakehouse.api.parameters import NoParameters

__all__ = ["router"]

router = APIRouter(prefix="/lineage", tags=["lineage"])

Name = Annotated[str, Path(description="`<layer>.<table>.<column>`.", examples=["gold.revenue_1m.net"])]


@router.get("", response_model=TableLineage, responses=documented(), summary="Which table is computed from which")
def get_lineage(request: Request, parts: PartsOf, _: Annotated[NoParameters, Query()]) -> Response:
    """Every table, and for each that another reads the files that say how; read off the SQL, so always as it is run."""
    return parts.answers.fixed(request, service.table_lineage())


@router.get(
    "/columns/{name}",
    response_model=ColumnLineage,
    responses=documented(404),
    summary="What a column is made of, down to the bytes",
)
def get_column_lineage(name: Name, request: Request, parts: PartsOf, _: Annotated[NoParameters, Query()]) -> Response:
    """The column, what it is made of, what that is made of, down to members of the record received; with every expression."""
    return parts.answers.fixed(request, service.column_lineage(name))


@router.get(
    "/impact/{name}", response_model=Impact, responses=documented(400, 404), summary="What is made of a column, and who reads it"
)
def get_column_impact(name: Name, request: Request, parts: PartsOf, parameters: Annotated[ImpactParameters, Query()]) -> Response:
    """Columns downstream, and the endpoints whose statements read the column or any of these."""
    found = service.impact(name, parameters.member, endpoints(request.app))
    return parts.answers.fixed(request, found, parameters)


@router.post("/what-if", responses=documented(400, 404), summary="What would a change break?")
def lineage_what_if(
    request: Request, body: Annotated[WhatIfBody, Body(openapi_examples={"a dropped column": {"value": WHAT_IF}})]
) -> WhatIf:
    """Columns that nothing would fill, endpoints and queries that would be refused, each with the reason. Changes nothing."""
    return service.what_if(body, endpoints(request.app))
