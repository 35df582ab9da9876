"""The event contract, version by version."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel, Field

from rtlakehouse.api.errors import documented
from rtlakehouse.contract import contract as contracts
from rtlakehouse.errors import NotFoundError

__all__ = ["router"]

router = APIRouter(prefix="/contracts", tags=["contracts"])


class ContractField(BaseModel):
    """One member of an event and its rule."""

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

    version: int
    max_bytes: int
    max_depth: int
    fields: list[ContractField]
    reasons: list[str] = Field(description="The closed list of quarantine reasons.")


class ContractList(BaseModel):
    """Every version, oldest first."""

    data: list[Contract]


@router.get("", summary="Every contract version")
def list_contracts() -> ContractList:
    """Oldest first; events are judged by the newest, which takes all that older ones took."""
    return ContractList(data=[_contract(version) for version in contracts.versions()])


@router.get("/{version}", responses=documented(404), summary="One contract version")
def get_contract(version: int) -> Contract:
    """Fields, bounds and reasons of one version."""
    if version not in contracts.versions():
        raise NotFoundError(f"There is no contract version {version}; there are {', '.join(map(str, contracts.versions()))}.")
    return _contract(version)


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
