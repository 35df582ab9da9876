"""The event contract, version by version."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field

from rtlakehouse.api.deps import PartsOf
from rtlakehouse.api.errors import documented
from rtlakehouse.api.examples import example
from rtlakehouse.api.parameters import NoParameters
from rtlakehouse.contract import contract as contracts
from rtlakehouse.errors import NotFoundError

__all__ = ["router"]

router = APIRouter(prefix="/contracts", tags=["contracts"])


class ContractField(BaseModel):
    """One member of an event and its rule."""

    model_config = example(
        name="currency",
        kind="string",
        required=True,
        doc="Three letters A-Z (ISO 4217).",
        values=[],
        pattern="[A-Z]{3}",
        reasons=["missing:currency", "type:currency", "bad_currency"],
    )

    name: str
    kind: str
    required: bool
    doc: str
    min_length: int | None = None
    max_length: int | None = None
    values: list[str] = Field(default_factory=list)
    pattern: str | None = None
    minimum: int | None = None
    maximum: int | None = None
    reasons: list[str] = Field(description="The quarantine reasons it can give.")


class Contract(BaseModel):
    """What an event must look like."""

    version: int = Field(examples=[1])
    max_bytes: int = Field(examples=[65_536])
    max_depth: int = Field(examples=[32])
    fields: list[ContractField]
    reasons: list[str] = Field(description="The closed list of quarantine reasons.", examples=[["oversized", "invalid_utf8"]])


class ContractList(BaseModel):
    """Every version, oldest first."""

    data: list[Contract]


@router.get("", response_model=ContractList, responses=documented(), summary="Every contract version")
def list_contracts(request: Request, parts: PartsOf, _: Annotated[NoParameters, Query()]) -> Response:
    """Oldest first; events are judged by the newest, which takes all that older ones took."""
    return parts.answers.fixed(request, ContractList(data=[_contract(version) for version in contracts.versions()]))


@router.get("/{version}", response_model=Contract, responses=documented(404), summary="One contract version")
def get_contract(
    version: Annotated[int, Path(examples=[1])], request: Request, parts: PartsOf, _: Annotated[NoParameters, Query()]
) -> Response:
    """Fields, bounds and reasons of one version."""
    if version not in contracts.versions():
        raise NotFoundError(f"There is no contract version {version}; there are {', '.join(map(str, contracts.versions()))}.")
    return parts.answers.fixed(request, _contract(version))


def _contract(version: int) -> Contract:
    contract = contracts.load(version)
    return Contract(
        version=contract.version,
        max_bytes=contracts.MAX_BYTES,
        max_depth=contracts.MAX_DEPTH,
        fields=[
            ContractField(
                name=field.name,
                kind=field.kind,
                required=field.required,
                doc=field.doc,
                min_length=field.min_length if field.max_length else None,
                max_length=field.max_length,
                values=list(field.values),
                pattern=field.pattern or None,
                minimum=field.minimum,
                maximum=field.maximum,
                reasons=list(field.reasons()),
            )
            for field in contract.fields
        ],
        reasons=list(contracts.reasons(contract)),
    )
