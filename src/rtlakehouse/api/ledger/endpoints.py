"""The ledger: received = accepted + duplicates + quarantined, always, with the difference shown."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field

from rtlakehouse.api.deps import PartsOf
from rtlakehouse.api.errors import documented
from rtlakehouse.api.events.intake import Place, receipt_of
from rtlakehouse.api.events.schemas import Offset
from rtlakehouse.api.events.service import RECEIPT_TABLES, decision_on, expired_at, let_go
from rtlakehouse.api.examples import example
from rtlakehouse.api.formats import Tabular, rows_of
from rtlakehouse.api.ledger import queries
from rtlakehouse.api.paging import page_of
from rtlakehouse.api.parameters import NEXT_CURSOR, Paged, ReadParameters
from rtlakehouse.catalog.snapshot import Range
from rtlakehouse.errors import ExpiredError, NotFoundError

__all__ = ["router"]

router = APIRouter(prefix="/ledger", tags=["ledger"])

_TABLE = "ops.ledger"


class Entry(BaseModel):
    """What became of a batch's records of one source partition."""

    model_config = example(
        batch=41,
        source="http",
        topic="events",
        partition=0,
        first_position=0,
        last_position=1_204,
        received=1_205,
        accepted=1_190,
        duplicates=10,
        quarantined=5,
        late=12,
        min_event_time="2026-11-24T10:29:58Z",
        max_event_time="2026-11-24T10:30:12.250000Z",
        versions='{"bronze.events": 44, "silver.events": 41}',
        committed_at="2026-11-24T10:30:12.410000Z",
    )

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
    expired: int | None = Field(None, description="Records received that bronze has let go of, their retention over; null: none.")
    quarantined_expired: int | None = Field(None, description="Of quarantined, those that quarantine has let go of likewise.")
    expired_at: str | None = Field(None, description="When any of them was last let go.")
    accepted_expired: int | None = Field(None, description="Of accepted, those that silver has let go of likewise.")
    duplicates_expired: int | None = Field(None, description="Of duplicates, those that silver has let go of likewise.")
    late_expired: int | None = Field(None, description="Of late, those that silver has let go of likewise.")


class EntryList(BaseModel):
    """A page of entries, the newest batch first."""

    data: list[Entry]
    next_cursor: str | None = NEXT_CURSOR


class Balance(BaseModel):
    """The sum of a source partition's entries; `difference` must be 0."""

    model_config = example(
        source="http",
        topic="events",
        partition=0,
        first_position=0,
        last_position=1_204,
        received=1_205,
        accepted=1_190,
        duplicates=10,
        quarantined=5,
        late=12,
        difference=0,
        expired=0,
        committed_at="2026-11-24T10:30:12.410000Z",
    )

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
    expired: int = Field(description="Of received, those that bronze has let go of since, their retention over.")
    committed_at: str


class BalanceList(BaseModel):
    """Every source partition. `difference` over all of them must be 0."""

    received: int = Field(examples=[1_205])
    difference: int = Field(examples=[0])
    data: list[Balance]


class OffsetParameters(ReadParameters):
    """Which stream the offset is of."""

    source: str = Field("http", description="Where it came in: `http`, `file` or `kafka`.")
    topic: str = Field("events", description="The stream within the source.")


@router.get("", response_model=EntryList, responses=documented(400, 404, 406, 410, 503), summary="The ledger, newest batch first")
def list_ledger(request: Request, parts: PartsOf, parameters: Annotated[Paged, Query()]) -> Response:
    """One entry for each batch and source partition."""
    page = page_of(parts, request, parameters, [_TABLE])

    def make() -> Tabular:
        bound = {"tenant": page.reading.tenant_id, **page.bounds}
        return page.tabular(page.reading.snapshot.query(queries.PAGE, bound, ledger=_TABLE), _entries)

    return parts.answers.answer(request, page.reading, [_TABLE], make, tabular=True)


@router.get(
    "/balance",
    response_model=BalanceList,
    responses=documented(400, 404, 406, 410, 503),
    summary="Is every record accounted for?",
)
def ledger_balance(request: Request, parts: PartsOf, parameters: Annotated[ReadParameters, Query()]) -> Response:
    """Sums by source partition, with the difference that must be 0."""
    reading = parts.answers.reading(parameters, parameters.as_of, parameters.max_staleness_ms)

    def make() -> Tabular:
        sums = reading.snapshot.ledger_sums
        return Tabular(reading.snapshot.query(queries.BALANCE, {"tenant": reading.tenant_id}, sums=sums), _balances)

    return parts.answers.answer(request, reading, [_TABLE], make, tabular=True)


@router.get(
    "/offsets/{partition}/{position}",
    response_model=Offset,
    responses=documented(400, 404, 410, 503),
    summary="What became of the record at an offset",
)
def get_ledger_offset(
    partition: Annotated[int, Path(ge=0, lt=1 << 31, examples=[0])],
    position: Annotated[int, Path(ge=0, lt=1 << 63, examples=[1_204])],
    request: Request,
    parts: PartsOf,
    parameters: Annotated[OffsetParameters, Query()],
) -> Response:
    """The bytes received there, and whether they were accepted, a duplicate or quarantined, by which batch; of any source."""
    reading = parts.answers.reading(parameters, parameters.as_of, parameters.max_staleness_ms)
    place = Place(parameters.source, parameters.topic, partition, position)

    def make() -> Offset:
        only = Range("position", position, position)
        bound = {"tenant": reading.tenant_id, **asdict(place)}
        found = rows_of(reading.snapshot.query(queries.RECORD, bound, bronze=("bronze.events", only)))
        fate = decision_on(reading.snapshot, reading.tenant_id, place)
        if not found and (at := expired_at(reading.snapshot, reading.tenant_id, place)) is not None:
            raise ExpiredError(f"{receipt_of(place)} was {(fate or {}).get('fate')}; {let_go(at)}")
        if not found or fate is None:
            where = f"{place.source}/{place.topic}/{partition}/{position}"
            raise NotFoundError(
                f"No batch has taken a record at {where}: it waits, or there is none. GET /api/v1/ledger/balance lists the "
                "positions that were taken."
            )
        return Offset.model_validate(found[0] | fate)

    return parts.answers.answer(request, reading, RECEIPT_TABLES, make)


def _entries(data: list[dict[str, Any]], next_cursor: str | None) -> EntryList:
    return EntryList.model_validate({"data": data, "next_cursor": next_cursor})


def _balances(data: list[dict[str, Any]]) -> BalanceList:
    balances = [Balance.model_validate(row) for row in data]
    received, difference = sum(b.received for b in balances), sum(b.difference for b in balances)
    return BalanceList(received=received, difference=difference, data=balances)
