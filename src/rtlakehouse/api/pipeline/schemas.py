"""What the pipeline resource takes and answers with."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from rtlakehouse.api.examples import example
from rtlakehouse.api.parameters import NEXT_CURSOR, ReadParameters

__all__ = ["BatchList", "Latency", "LatencyParameters", "PauseBody", "PauseState", "Pipeline"]

State = Literal["running", "paused", "down"]
_PAUSE: dict[str, Any] = {"at": "2026-11-24T10:30:00Z", "by": "default", "why": "The catalogue is being reloaded."}
_VERSIONS = {"bronze.events": 44, "silver.events": 41, "gold.kpis_1m": 41}

_TIMING: dict[str, Any] = {
    "begun": "2026-11-24T10:30:12.340000Z",
    "took_us": {"refine": 11_000, "dedupe": 4_000, "silver": 20_000, "gold": 30_000},
    "ended": {
        "refine": "2026-11-24T10:30:12.351000Z",
        "dedupe": "2026-11-24T10:30:12.355000Z",
        "silver": "2026-11-24T10:30:12.375000Z",
        "gold": "2026-11-24T10:30:12.405000Z",
    },
}


class Pause(BaseModel):
    """A pause of the engine."""

    model_config = example(**_PAUSE)

    at: str = Field(description="Since when.")
    by: str = Field(description="The tenant whose key asked for it.")
    why: str


class PauseBody(BaseModel):
    """Why the engine is to pause."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"why": "The catalogue is being reloaded."}]})

    why: str = Field("", max_length=500, description="Shown to whoever asks why nothing moves.")


class PauseState(BaseModel):
    """Whether the engine is paused."""

    paused: bool = Field(examples=[True])
    pause: Pause | None = Field(description="The pause in force; of a resumption the one that ended.")


class PipelineStage(BaseModel):
    """A step of the way from bronze to what can be read."""

    model_config = example(name="gold", seconds=0.012)

    name: str
    seconds: float = Field(description="That the last batch took for it.")


class PipelineTable(BaseModel):
    """Where a table stands."""

    model_config = example(name="bronze.events", version=46, shown=44, lag_versions=2)

    name: str
    version: int = Field(description="Its newest version.")
    shown: int = Field(description="The version that is shown; of bronze, up to which all is shown.")
    lag_versions: int


class Pipeline(BaseModel):
    """How the pipeline gets on, this moment."""

    model_config = example(
        state="paused",
        why="Paused since 2026-11-24T10:30:00Z; POST /api/v1/pipeline/resume ends that. The catalogue is being reloaded.",
        pause=_PAUSE,
        engine="embedded",
        trigger_s=0.02,
        input_per_s=300.0,
        processed_per_s=41_000.0,
        last_batch=44,
        last_batch_records=12,
        last_batch_at="2026-11-24T10:30:12.410000Z",
        waiting_records=0,
        behind_ms=0,
        stages=[{"name": "gold", "seconds": 0.012}],
        tables=[{"name": "bronze.events", "version": 46, "shown": 44, "lag_versions": 2}],
    )

    state: State = Field(description="down: no engine works on the lake.")
    why: str
    pause: Pause | None
    engine: str | None = Field(description="embedded or spark; null while none has done a batch.")
    trigger_s: float | None = Field(description="How often the engine looks for new records.")
    input_per_s: float | None = Field(description="Records that came in a second, as of the last batch.")
    processed_per_s: float | None = Field(description="Records a second of the engine's work, as of the last batch.")
    last_batch: int | None = Field(description="The bronze version up to which the last batch went.")
    last_batch_records: int | None
    last_batch_at: str | None
    waiting_records: int | None = Field(description="Records in bronze that were in no batch, as of the last batch.")
    behind_ms: int = Field(description="How long the oldest acknowledged record that is not shown has waited.")
    stages: list[PipelineStage]
    tables: list[PipelineTable]


class BatchTiming(BaseModel):
    """When a batch began, and when its stages ended."""

    model_config = example(**_TIMING)

    begun: str
    took_us: dict[str, int] = Field(description="Microseconds that each stage took.")
    ended: dict[str, str] = Field(description="When each stage ended.")


class Batch(BaseModel):
    """A batch: its size, the time of each stage, and the versions it led to."""

    model_config = example(
        batch=44,
        received=12,
        accepted=11,
        duplicates=0,
        quarantined=1,
        late=0,
        min_event_time="2026-11-24T10:30:11Z",
        max_event_time="2026-11-24T10:30:12.250000Z",
        committed_at="2026-11-24T10:30:12.410000Z",
        versions=_VERSIONS,
        timing=_TIMING,
    )

    batch: int = Field(description="The bronze version up to which it went.")
    received: int
    accepted: int
    duplicates: int
    quarantined: int
    late: int
    min_event_time: str | None
    max_event_time: str | None
    committed_at: str = Field(description="When it was complete.")
    versions: dict[str, int]
    timing: BatchTiming | None = Field(description="Null where the ledger's log no longer has the batch's commit.")


class BatchList(BaseModel):
    """A page of batches, the newest first."""

    data: list[Batch]
    next_cursor: str | None = NEXT_CURSOR


class LatencyParameters(ReadParameters):
    """Of how many batches."""

    batches: int = Field(200, ge=1, le=1_000, description="Newest batches to look at; fewer where these hold many records.")


class StageLatency(BaseModel):
    """How long records took for a part of the way, in microseconds."""

    model_config = example(stage="bronze to silver", records=2_400, p50_us=31_200, p90_us=48_000, p99_us=71_500, max_us=90_100)

    stage: str
    records: int
    p50_us: int | None
    p90_us: int | None
    p99_us: int | None
    max_us: int | None


class Latency(BaseModel):
    """Percentiles over the records of the newest batches."""

    batches: int = Field(description="How many were looked at.", examples=[200])
    records: int = Field(description="How many of your records they hold.", examples=[2_400])
    stages: list[StageLatency] = Field(description="The parts of the way in order, and the whole of it last.")
