"""What the jobs resource takes and answers with."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from rtlakehouse.api.examples import example
from rtlakehouse.api.parameters import MAX_LIMIT, NEXT_CURSOR, Instant
from rtlakehouse.control import JobState

__all__ = ["JobAnswer", "JobBody", "JobList", "JobParameters", "JobView"]

# A restore is asked for where its table is, an erasure among erasures, an undoing where its repair is.
Asked = Literal["optimize", "vacuum", "checkpoint", "snapshot", "verify", "backfill", "reindex", "retain"]
Kind = Literal[Asked, "restore", "erase", "undo"]
State = Literal["queued", "running", "done", "failed", "cancelled"]
_STEP: dict[str, Any] = {"table": "silver.events", "action": "compact", "detail": "64 files into 1"}
_JOB: dict[str, Any] = {
    "id": 7,
    "kind": "optimize",
    "tables": ["silver.events"],
    "why": "Before the demonstration.",
    "state": "done",
    "created_at": "2026-11-24T10:31:00Z",
    "started_at": "2026-11-24T10:31:00.400000Z",
    "ended_at": "2026-11-24T10:31:01.200000Z",
    "attempts": 1,
    "done": 1,
    "steps": 1,
    "result": [_STEP],
}


class JobBody(BaseModel):
    """Work for the engine."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"kind": "optimize", "tables": ["silver.events"], "dry_run": True}]}
    )

    kind: Asked = Field(
        description="optimize: gather small files; vacuum: delete files that nothing needs; checkpoint: write log checkpoints and"
        " clean logs; snapshot: write gold as Parquet; verify: check every promise; backfill: work silver and gold of a range of"
        " event time out again from bronze, and change what differs; reindex: build what is searched from the beginning; retain:"
        " let go of what bronze and quarantine have had for longer than they are to keep it."
    )
    tables: list[str] = Field(
        default_factory=list,
        max_length=50,
        description="Of optimize, vacuum and checkpoint: which; none: all.",
    )
    retention_s: float | None = Field(
        None,
        strict=True,
        ge=0,
        description="Of vacuum: keep what was needed so lately.",
        examples=[604_800],
    )
    start: Annotated[
        Instant | None,
        Field(alias="from", description="Of backfill: its first minute.", examples=["2026-11-24T10:00:00Z"]),
    ] = None
    end: Annotated[
        Instant | None,
        Field(alias="to", description="Of backfill: the first minute after it.", examples=["2026-11-24T11:00:00Z"]),
    ] = None
    why: str = Field("", max_length=500, description="Kept with the job.")
    dry_run: bool = Field(False, strict=True, description="Only say what would be done, by now.")


class JobStep(BaseModel):
    """What a step did: something to a table, or a check."""

    model_config = example(**_STEP)

    table: str | None = None
    action: str | None = None
    detail: str | None = None
    version: int | None = Field(None, description="Of `commit`: the newest version of the table that the job made.")
    check: str | None = Field(None, description="Of verify: which promise.", examples=["ledger balances"])
    promise: str | None = None
    examined: int | None = None
    differences: int | None = Field(None, description="How many broke it.")
    holds: bool | None = None
    window_start: str | None = Field(None, description="Of backfill and restore: a window whose figures change.")
    before: dict[str, int] | None = Field(None, description="Its figures in `gold.kpis_1m` until then, of your tenant.")
    after: dict[str, int] | None = Field(None, description="Its figures from then on.")


class JobView(BaseModel):
    """A job: what was asked for, how far it is, and what it did."""

    model_config = example(**_JOB)

    id: int
    kind: Kind
    tables: list[str] = Field(description="Empty: all.")
    retention_s: float | None = Field(None, description="Of vacuum, where it was not to be the setting.")
    start: str | None = Field(None, serialization_alias="from", description="Of backfill and restore: its first minute.")
    end: str | None = Field(None, serialization_alias="to", description="Of backfill: the first minute after it.")
    version: int | None = Field(None, description="Of restore: which version of its table.")
    erasure: str | None = Field(None, description="Of erase: which; `GET /erasures/{erasure_id}` has its certificate.")
    why: str
    state: State
    created_at: str
    started_at: str | None = None
    ended_at: str | None = None
    attempts: int = Field(description="How often an engine began it: again, where the one before ended with it.")
    done: int = Field(description="Steps that are behind.")
    steps: int = Field(description="All steps; 0 until it begins.")
    result: list[JobStep] = Field(description="What the steps did, once it has ended.")
    error: str | None = Field(None, description="Why it failed.")


class JobAnswer(BaseModel):
    """The job that was queued, or what it would do."""

    dry_run: bool = Field(examples=[False])
    would: list[JobStep] = Field(description="Of a dry run: what the steps would do.")
    job: JobView | None = None


class JobList(BaseModel):
    """A page of jobs, the newest first."""

    data: list[JobView]
    next_cursor: str | None = NEXT_CURSOR


class JobParameters(BaseModel):
    """A page of jobs."""

    model_config = ConfigDict(extra="forbid")

    state: JobState | None = Field(None, description="Only those that are so.", examples=["running"])
    limit: int = Field(100, ge=1, le=MAX_LIMIT, description="Jobs of a page.")
    cursor: str | None = Field(None, description="`next_cursor` of the page before.", examples=["42"])
