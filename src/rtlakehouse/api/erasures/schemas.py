"""What an erasure is asked for with, and its certificate."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from rtlakehouse.api.examples import example
from rtlakehouse.api.jobs.schemas import JobStep, JobView

__all__ = ["ErasureAnswer", "ErasureBody", "ErasureCertificate", "ErasureList"]

_FILE: dict[str, Any] = {
    "path": "part-0c9a77b2-7d1f-4f5e-9a31-5d1b7c8e2f40.zstd.parquet",
    "size_bytes": 48_211,
    "blake2b": "9f2c6f0f3d0e4a5b8c7d6e5f4a3b2c1d",
}
_TABLE: dict[str, Any] = {
    "table": "silver.quarantine",
    "removed": [],
    "added": [_FILE],
    "version": 42,
    "first_version": 42,
    "deleted_files": 12,
}
_CHECKED: dict[str, Any] = {
    "at": "2026-11-24T10:31:06Z",
    "files": 24,
    "records": 0,
    "since": 0,
    "mentions": 1,
    "texts": [],
    "control_store": [],
}
_CERTIFICATE: dict[str, Any] = {
    "id": "5e1f0c9a77b2",
    "subject": "0f3d0e4a5b8c7d6e5f4a3b2c1d9f2c6f",
    "asked_at": "2026-11-24T10:31:00Z",
    "asked_by": "ab12cd34",
    "why": "Request 4711.",
    "state": "done",
    "number": 87,
    "records": {"bronze.events": 31, "silver.events": 29, "silver.quarantine": 1, "silver.duplicates": 1},
    "windows": {"gold.kpis_1m": 6, "gold.revenue_1m": 2, "gold.products_1m": 6, "gold.segments_1m": 6},
    "tables": [_TABLE],
    "snapshots": 3,
    "pins": 0,
    "checked": _CHECKED,
    "done_at": "2026-11-24T10:31:06Z",
}


class ErasureBody(BaseModel):
    """A user who is to be erased."""

    model_config = ConfigDict(extra="forbid")

    user_id: str = Field(min_length=1, max_length=128, description="As events have it.", examples=["user-1041"])
    why: str = Field("", max_length=500, description="Kept with the certificate; it must not name the user.")
    break_pins: bool = Field(False, strict=True, description="Remove the pins that keep earlier versions, of all tenants.")
    dry_run: bool = Field(True, strict=True, description="Only say what would change, by now.")


class ErasedFile(BaseModel):
    """A data file."""

    model_config = example(**_FILE)

    path: str = Field(description="Below its table.")
    size_bytes: int
    blake2b: str = Field(description="BLAKE2b-128; empty where none was on record.")


class ErasedTable(BaseModel):
    """What was done to a table."""

    model_config = example(**_TABLE)

    table: str
    removed: list[ErasedFile] = Field(description="What held rows of the user, or figures with them.")
    added: list[ErasedFile] = Field(description="What has the other rows.")
    version: int | None = Field(description="The version that this made; null where the table did not change.")
    first_version: int | None = Field(description="Versions before this one answer 410; null until they do.")
    deleted_files: int = Field(description="Data files that were deleted, with those of all earlier versions.")


class ErasureChecked(BaseModel):
    """What was found when all files of the lake were read again."""

    model_config = example(**_CHECKED)

    at: str
    files: int = Field(description="Data files that were read.")
    records: int = Field(description="Of the user, received before the erasure.")
    since: int = Field(description="Of the user, received after it.")
    mentions: int = Field(description="Records of other users that hold the id in another member.")
    texts: list[str] = Field(description="Other files of the lake that hold the id.")
    control_store: list[str] = Field(description="Files of the control store that do: saved queries and the like.")


class ErasureCertificate(BaseModel):
    """What an erasure did."""

    model_config = example(**_CERTIFICATE)

    id: str
    subject: str = Field(description="A hash of tenant and user, keyed with a key that is in the lake alone.")
    asked_at: str
    asked_by: str
    why: str
    state: Literal["rewriting", "rewritten", "done"] = Field(
        description="rewriting: the tables are being changed; rewritten: the user is in no newest version; done: in no file."
    )
    number: int = Field(description="The ledger's version that made it visible.")
    records: dict[str, int] = Field(description="Of the user, by table, as they were.")
    windows: dict[str, int] = Field(description="That changed, by table.")
    tables: list[ErasedTable]
    snapshots: int = Field(description="Published Parquet snapshots that were replaced by one of now.")
    pins: int = Field(description="That were broken.")
    checked: ErasureChecked | None = Field(description="Null until it was looked.")
    done_at: str | None


class ErasureList(BaseModel):
    """Certificates of a tenant, the newest first."""

    data: list[ErasureCertificate]


class ErasureAnswer(BaseModel):
    """The erasure that was asked for, or what it would change."""

    dry_run: bool = Field(examples=[True])
    would: list[JobStep] = Field(description="Of a dry run: what the steps would do.")
    erasure: str | None = Field(description="Its id; null for a dry run.", examples=["5e1f0c9a77b2"])
    job: JobView | None = None
