"""What the state of upkeep looks like."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from rtlakehouse.api.examples import example

__all__ = ["MaintenanceState", "TableMaintenance", "WaitingAct"]

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
