"""What the history of tables looks like."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from rtlakehouse.api.examples import example
from rtlakehouse.api.jobs.schemas import JobStep, JobView
from rtlakehouse.api.parameters import NEXT_CURSOR, Instant

__all__ = [
    "AddedFile",
    "RemovedFile",
    "RestoreAnswer",
    "RestoreBody",
    "Step",
    "Timeline",
    "TimelineEntry",
    "Version",
    "VersionList",
    "VersionSummary",
]

State = Literal["readable", "vacuumed", "cleaned"]
_VERSION = {
    "version": 41,
    "committed_at": "2026-11-24T10:30:12.400000Z",
    "operation": "WRITE",
    "mode": "Overwrite",
    "engine": "rtlakehouse",
    "changes_rows": True,
    "rows_added": 3,
    "rows_removed": 2,
    "files_added": 1,
    "files_removed": 1,
    "bytes_added": 5_127,
    "steps": [{"application": "rtl.gold", "step": 41}],
    "batch": 44,
    "state": "readable",
}
_ADDED = {"path": "part-3a22.zstd.parquet", "bytes": 5_127, "rows": 3, "partition": {}}
_DIGEST = "9f2c6f0f3d0e4a5b8c7d6e5f4a3b2c1d"
_REMOVED = {"path": "part-3a63.zstd.parquet", "rows": 2}


class Step(BaseModel):
    """How far an application had got with this commit: an application transaction of Delta."""

    model_config = example(application="rtl.gold", step=41)

    application: str = Field(description="Of a source only its kind: `http`, `file` or `kafka`.")
    step: int


class VersionSummary(BaseModel):
    """One version of a table. Rows and files are those of all tenants together."""

    model_config = example(**_VERSION)

    version: int
    committed_at: str
    operation: str = Field(
        description="As the log calls it: `WRITE`, `BACKFILL`, `RESTORE`, `OPTIMIZE`, `VACUUM END`, `CREATE TABLE`, ..."
    )
    mode: str | None = Field(description="Of a write: `Append` or `Overwrite`.")
    engine: str | None = Field(description="What wrote the commit, as it says itself.")
    changes_rows: bool = Field(description="False where the commit left the rows as they were: upkeep, or a definition.")
    rows_added: int
    rows_removed: int | None = Field(description="Null where a removed file is no longer there to be counted.")
    files_added: int
    files_removed: int
    bytes_added: int
    steps: list[Step]
    batch: int | None = Field(
        description="The batch of the ledger that it is part of; null for upkeep, and where that is not kept."
    )
    state: State = Field(description="`vacuumed`: its files were deleted. `cleaned`: the log does not lead to it any more.")


class VersionList(BaseModel):
    """A page of versions, the newest first."""

    data: list[VersionSummary]
    next_cursor: str | None = NEXT_CURSOR


class AddedFile(BaseModel):
    """A file that came with a version."""

    model_config = example(**_ADDED)

    path: str
    bytes: int
    rows: int
    partition: dict[str, str | None]


class RemovedFile(BaseModel):
    """A file that went with a version; earlier versions may still need it."""

    model_config = example(**_REMOVED)

    path: str
    rows: int | None = Field(description="Null where it is no longer there.")


class Version(VersionSummary):
    """One version of a table, with the files that came and went."""

    model_config = example(**_VERSION, added=[_ADDED], removed=[_REMOVED])

    added: list[AddedFile]
    removed: list[RemovedFile]


class TimelineEntry(VersionSummary):
    """A version, and of which table."""

    model_config = example(table="gold.kpis_1m", **_VERSION)

    table: str


class Timeline(BaseModel):
    """A page of the commits of all tables, the newest first."""

    since: str = Field(
        description="The earliest time that `as_of` can name on any read; older versions are read by their numbers.",
        examples=["2026-11-24T09:12:00.120000Z"],
    )
    data: list[TimelineEntry]
    next_cursor: str | None = NEXT_CURSOR


class RestoreBody(BaseModel):
    """Which version, of which range."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"version": 41}]})

    version: int = Field(strict=True, ge=0, lt=1 << 63, description="Of the table; every other table goes to what belongs to it.")
    start: Annotated[
        Instant | None,
        Field(
            alias="from",
            description="First minute, of event time; none: all of up to 31 days.",
            examples=["2026-11-24T10:00:00Z"],
        ),
    ] = None
    end: Annotated[
        Instant | None, Field(alias="to", description="The first minute after it.", examples=["2026-11-24T11:00:00Z"])
    ] = None
    dry_run: bool = Field(True, strict=True, description="Only say what would change.")
    token: str | None = Field(
        None,
        max_length=64,
        description="Of the dry run that showed what is to be done.",
        examples=[_DIGEST],
    )
    why: str = Field("", max_length=500, description="Kept with the job.")


class RestoreAnswer(BaseModel):
    """What would change, or the job that changes it."""

    dry_run: bool = Field(examples=[True])
    versions: dict[str, int] = Field(
        description="Of a dry run: what belongs to the version, table by table.",
        examples=[{"silver.events": 41}],
    )
    would: list[JobStep] = Field(description="Of a dry run: what would change. Rows are those of all tenants together.")
    token: str = Field(description="Sent back with `dry_run: false` it has just this done.", examples=[_DIGEST])
    job: JobView | None = None
