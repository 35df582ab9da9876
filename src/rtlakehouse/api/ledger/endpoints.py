"""The ledger: received = accepted + duplicates + quarantined, always, with the difference shown."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from rtlakehouse.api.deps import PartsOf
from rtlakehouse.api.errors import documented
from rtlakehouse.api.formats import Body, tabular_body
from rtlakehouse.api.ledger import queries
from rtlakehouse.api.paging import page_of
from rtlakehouse.api.parameters import Paged, ReadParameters

__all__ = ["router"]

router = APIRouter(prefix="/ledger", tags=["ledger"])

_TABLE = "ops.ledger"


class Entry(BaseModel):
    """What became of a batch's records of one source partition."""

    batch: int
    source: str
    topic: str
    partition: int
    first_position: int
    last_position: int
    received: int
    accepted: int
    duplicates: int
    quarantined: int
    late: int
    min_event_time: str | None
    max_event_time: str | None
    versions: str = Field(description="Versions of every table after the batch, as JSON.")
    committed_at: str


class EntryList(BaseModel):
    """A page of entries, the newest batch first."""

    data: list[Entry]
    next_cursor: str | None


class Balance(BaseModel):
    """The sum of a source partition's entries; `difference` must be 0."""

    source: str
    topic: str
    partition: int
    first_position: int
    last_position: int
    received: int
    accepted: int
    duplicates: int
    quarantined: int
    late: int
    difference: int
    committed_at: str


class BalanceList(BaseModel):
    """Every source partition. `difference` over all of them must be 0."""

    received: int
    difference: int
    data: list[Balance]


@router.get("", response_model=EntryList, responses=documented(400, 410, 503), summary="The ledger, newest batch first")
def list_ledger(request: Request, parts: PartsOf, parameters: Annotated[Paged, Query()]) -> Response:
    """One entry for each batch and source partition."""
    page = page_of(parts, request, parameters, [_TABLE])

    def make() -> Body:
        bound = {"tenant": page.reading.tenant_id, **page.bounds}
        rows, cursor = page.cut(page.reading.snapshot.query(queries.PAGE, bound, ledger=_TABLE))
        return tabular_body(
            page.reading.accept, rows, lambda data: EntryList.model_validate({"data": data, "next_cursor": cursor})
        )

    return parts.answers.answer(request, page.reading, [_TABLE], make)


@router.get("/balance", response_model=BalanceList, responses=documented(400, 410, 503), summary="Is every record accounted for?")
def ledger_balance(request: Request, parts: PartsOf, parameters: Annotated[ReadParameters, Query()]) -> Response:
    """Sums by source partition, with the difference that must be 0."""
    reading = parts.answers.reading(request, parameters, parameters.as_of, parameters.max_staleness_ms)

    def make() -> Body:
        table = reading.snapshot.query(queries.BALANCE, {"tenant": reading.tenant_id}, ledger=_TABLE)
        return tabular_body(reading.accept, table, lambda data: _balances([Balance.model_validate(row) for row in data]))

    return parts.answers.answer(request, reading, [_TABLE], make)


def _balances(data: list[Balance]) -> BalanceList:
    return BalanceList(received=sum(b.received for b in data), difference=sum(b.difference for b in data), data=data)
