"""What repairs of quarantined records take and answer with."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.config import JsonDict

from rtlakehouse.api.examples import EVENT, example
from rtlakehouse.api.jobs.schemas import JobStep, JobView
from rtlakehouse.api.parameters import NEXT_CURSOR, Instant

__all__ = [
    "MAX_RECORDS",
    "SHOWN",
    "Filter",
    "Patch",
    "Readmission",
    "Repair",
    "RepairBody",
    "RepairList",
    "RepairOutcome",
    "UndoAnswer",
    "UndoBody",
]

MAX_RECORDS = 10_000
SHOWN = "9f2c6f0f3d0e4a5b8c7d6e5f4a3b2c1d"
_MERGE: JsonDict = {"merge": {"price": 19.99}}
_FILTER: JsonDict = {"reason": "type:price", "from": "2026-11-24T09:00:00Z"}
_FROM = Field(alias="from", description="Received at this time or later.", examples=["2026-11-24T09:00:00Z"])
_TO = Field(alias="to", description="Received before this time.", examples=["2026-11-24T10:00:00Z"])


class Filter(BaseModel):
    """Records of quarantine that no repair has taken yet; only those that are as is asked."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_FILTER]})

    ids: list[str] | None = Field(None, min_length=1, max_length=1_000, description="Of these ids.")
    reason: str | None = Field(None, description="With this reason among theirs.", examples=["type:price"])
    source: str | None = Field(None, description="That came in there.", examples=["http"])
    topic: str | None = Field(None, description="Of this stream within the source.", examples=["events"])
    start: Annotated[Instant | None, _FROM] = None
    end: Annotated[Instant | None, _TO] = None


class Patch(BaseModel):
    """How a record is changed: by one of these. SQL is DuckDB's, over one record, as far as docs/sql.md says it may be used.

    Its columns are the members that the contract knows, each as text and null where it is missing, and `raw`, the record as text.
    """

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_MERGE]})

    merge: dict[str, Any] | None = Field(
        None, description="A JSON merge patch (RFC 7396): members to set, null for those to remove."
    )
    members: dict[str, str] | None = Field(
        None,
        min_length=1,
        max_length=50,
        description="Members to set, each to the value of an SQL expression; one that is null removes its member.",
        examples=[{"price": "try_cast(replace(price, ',', '.') as decimal(18,4))"}],
    )
    record: str | None = Field(
        None, min_length=1, description="An SQL expression for the whole record's text.", examples=["replace(raw, ',}', '}')"]
    )

    @model_validator(mode="after")
    def _one(self) -> Patch:
        if sum(way is not None for way in (self.merge, self.members, self.record)) != 1:
            raise ValueError("give one of merge, members and record")
        return self


class Readmission(BaseModel):
    """Records to judge again as they are: after a new version of the contract, or other limits of time."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"filter": _FILTER, "why": "Contract 2."}]})

    filter: Filter = Field(default_factory=Filter, examples=[_FILTER])
    limit: int = Field(
        1_000, strict=True, ge=1, le=MAX_RECORDS, description="Records at most, those received first; repeat it for the rest."
    )
    dry_run: bool = Field(True, strict=True, description="Only say what would happen.")
    why: str = Field("", max_length=500, description="Kept with the repair.", examples=["The till sent prices as text."])


class RepairBody(Readmission):
    """Records to patch and judge again."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"filter": _FILTER, "patch": _MERGE, "why": "Prices as text."}]}
    )

    patch: Patch


_REPAIR: dict[str, Any] = {
    "id": "3f9a51c07be2",
    "state": "done",
    "kind": "repair",
    "created_at": "2026-11-24T10:31:00Z",
    "by": "1b2c3d4e",
    "why": "The till sent prices as text.",
    "filter": {"reason": "type:price"},
    "patch": _MERGE,
    "records": 12,
    "accepted": 11,
    "duplicates": 1,
    "quarantined": 0,
    "late": 0,
}


class Repair(BaseModel):
    """Records that were taken out of quarantine and received again, as source `repair` and the repair's id as topic."""

    model_config = example(**_REPAIR)

    id: str
    state: Literal["pending", "done"] = Field(description="pending: durable in bronze, not refined yet.")
    kind: Literal["repair", "readmit"]
    created_at: str
    by: str = Field(description="Id of the key that asked for it.")
    why: str
    filter: dict[str, Any]
    patch: dict[str, Any] | None = Field(description="Null where records were admitted as they are.")
    records: int = Field(description="How many it took.")
    accepted: int | None = Field(description="Of them in silver.events; null while it is pending, as those below; 0 once undone.")
    duplicates: int | None
    quarantined: int | None
    late: int | None


class RepairList(BaseModel):
    """A page of repairs, the newest first."""

    data: list[Repair]
    next_cursor: str | None = NEXT_CURSOR


class UndoBody(BaseModel):
    """What is to be undone, or only looked at."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"dry_run": False, "token": SHOWN}]})

    dry_run: bool = Field(True, strict=True, description="Only say what would change.")
    token: str | None = Field(None, max_length=64, description="Of the dry run that showed what is to be done.", examples=[SHOWN])
    why: str = Field("", max_length=500, description="Kept with the job.")


class UndoAnswer(BaseModel):
    """What would change, or the job that changes it."""

    dry_run: bool = Field(examples=[True])
    would: list[JobStep] = Field(description="Of a dry run: what would change.")
    token: str = Field(description="Sent back with `dry_run: false` it has just this done.", examples=[SHOWN])
    job: JobView | None = None


class StillRejected(BaseModel):
    """A reason that stays, and how many records have it."""

    model_config = example(reason="missing:event_id", records=2)

    reason: str
    records: int


class Sample(BaseModel):
    """One record before and after."""

    model_config = example(
        id="http-0-1207-events",
        before='{"event_id": "7f9c2ba4", "price": "19.99"}',
        after='{"event_id":"7f9c2ba4","price":19.99}',
        fate="accepted",
        reasons=[],
        event=EVENT,
    )

    id: str
    before: str = Field(description="As it was received; the first 1,000 characters.")
    after: str | None = Field(description="As it would be received; null where the patch cannot be applied to it.")
    fate: Literal["accepted", "duplicate", "quarantined"]
    reasons: list[str] = Field(description="Every rule that it still breaks.")
    event: dict[str, Any] | None = Field(description="The event that silver would hold.")


class RowChange(BaseModel):
    """A row of gold before and after."""

    model_config = example(
        before={"window_start": "2026-11-24T10:30:00Z", "events": 311, "purchases": 4},
        after={"window_start": "2026-11-24T10:30:00Z", "events": 312, "purchases": 5},
    )

    before: dict[str, Any] | None = Field(description="Null where there is none yet.")
    after: dict[str, Any]


class TableEffect(BaseModel):
    """What would change in a gold table."""

    model_config = example(table="gold.kpis_1m", rows=3, changes=[])

    table: str
    rows: int = Field(description="How many rows would change or be added.")
    changes: list[RowChange] = Field(description="The first of them, by key.")


class Effect(BaseModel):
    """What would change in gold."""

    windows: int = Field(description="Minutes that would change.", examples=[3])
    tables: list[TableEffect]


class RepairOutcome(BaseModel):
    """What a repair did, or would do."""

    dry_run: bool = Field(examples=[True])
    matched: int = Field(description="Records that the filter matches and no repair has taken.", examples=[14])
    looked_at: int = Field(description="Of them, how many `limit` lets be looked at.", examples=[14])
    accepted: int = Field(description="Would be accepted.", examples=[11])
    duplicates: int = Field(description="Would be duplicates of an accepted event; they leave quarantine, too.", examples=[1])
    late: int = Field(description="Of those accepted, late by their own time of receipt.", examples=[0])
    still_rejected: int = Field(description="Would break the contract still: they are left where they are.", examples=[2])
    reasons: list[StillRejected] = Field(description="Why.")
    samples: list[Sample] = Field(description="Some of the records, before and after.")
    effect: Effect | None = Field(description="Of a dry run.")
    repair: Repair | None = Field(description="The repair that was made; null in a dry run, and where nothing was to admit.")
