"""What the state of upkeep looks like."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from rtlakehouse.api.examples import example

__all__ = ["Kept", "MaintenanceState", "RetentionState", "TableMaintenance", "WaitingAct"]

_ACT: dict[str, Any] = {"action": "vacuum", "detail": "would delete 12 files"}


class WaitingAct(BaseModel):
    """An act of upkeep that would do something if it were done now."""

    model_config = example(**_ACT)

    action: str = Field(description="`compact`, `clean log` or `vacuum`.")
    detail: str


class TableMaintenance(BaseModel):
    """A table's files and log, and what upkeep would do. Rows and files are those of all tenants together."""

    model_config = example(
        name="gold.kpis_1m",
        version=1_041,
        files=14,
        bytes=81_920,
        small_files=13,
        log_entries=1_042,
        checkpoint=1_020,
        checkpoint_at="2026-11-24T10:29:50.100000Z",
        commits_to_go=39,
        left_files=62,
        left_bytes=317_440,
        would=[_ACT],
    )

    name: str
    version: int
    files: int = Field(description="Of the newest version.")
    bytes: int
    small_files: int = Field(description="Of these files, those small enough to be gathered.")
    log_entries: int = Field(description="Commits that the log keeps one by one.")
    checkpoint: int | None = Field(description="The version of the last checkpoint; null where there is none yet.")
    checkpoint_at: str | None
    commits_to_go: int = Field(description="After so many more commits the engine compacts, checkpoints and cleans this table.")
    left_files: int = Field(description="Files that only earlier versions have; vacuum deletes them once nobody needs them.")
    left_bytes: int
    would: list[WaitingAct] = Field(description="What would be done if upkeep were done now.")


class MaintenanceState(BaseModel):
    """Upkeep as it stands."""

    is_on: bool = Field(description="Whether the engine does it by itself (`maintenance`).", examples=[True])
    vacuum_retention_s: float = Field(description="Files that a version needs stay this long.", examples=[604_800])
    tables: list[TableMaintenance]


class Kept(BaseModel):
    """For how long some tables keep what a tenant sent, and what they have let go of."""

    model_config = example(
        name="bronze",
        tables=["bronze.events"],
        days=30,
        is_own=False,
        kept_since="2026-10-25T00:00:00Z",
        expired=1_204_332,
        expired_at="2026-11-24T00:00:08.120000Z",
    )

    name: str = Field(description="As `retention_days` has it.")
    tables: list[str]
    days: int | None = Field(description="Its term in whole days; null: everything is kept for ever.")
    is_own: bool = Field(description="Whether this tenant has a term of its own, and not that of all.")
    kept_since: str | None = Field(
        description="What is of before goes within an hour of midnight, or is gone; null: all is kept."
    )
    expired: int | None = Field(description="Records that it has let go of so far; null: the ledger does not count them.")
    expired_at: str | None = Field(description="When that was last, or later where another table let go of the same batch's.")


class RetentionState(BaseModel):
    """Retention as it stands, of the tenant that asks."""

    is_on: bool = Field(description="Whether the engine lets go of things by itself (`maintenance`).", examples=[True])
    data: list[Kept]
