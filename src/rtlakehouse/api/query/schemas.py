"""What is asked of and answered by the resource `query`."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from rtlakehouse.api.examples import example
from rtlakehouse.api.parameters import NEXT_CURSOR

__all__ = ["EXAMPLE", "Advice", "Fault", "QueryPlan", "QueryRows", "SqlBody", "TableRead", "SqlValidation"]

_SQL = "select event_type, count(*) as events from silver.events where event_time >= $since group by event_type"
EXAMPLE: JsonDict = {"sql": _SQL, "parameters": {"since": "2026-11-24T10:00:00"}}
Scalar = str | int | float | bool | None


class SqlBody(BaseModel):
    """A statement and the values of its parameters."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [EXAMPLE]},
    )

    sql: str = Field(min_length=1, description="One query, in DuckDB's dialect; docs/sql.md says what may be used.")
    parameters: dict[str, Scalar] | list[Scalar] = Field(
        default_factory=dict, description="Values of `$name` by name, or of `?` in order."
    )


class QueryRows(BaseModel):
    """A page of what a statement found."""

    columns: list[str] = Field(examples=[["event_type", "events"]])
    data: list[dict[str, Any]] = Field(examples=[[{"event_type": "purchase", "events": 120}]])
    next_cursor: str | None = NEXT_CURSOR


class TableRead(BaseModel):
    """What of a table would be read."""

    model_config = example(name="silver.events", version=41, files=3, total_files=4, bytes=81_920)

    name: str
    version: int
    files: int = Field(description="Files that may hold rows of yours, of the times that the statement asks for.")
    total_files: int
    bytes: int


class QueryPlan(BaseModel):
    """How a statement would be run."""

    sql: str = Field(description="What is run in place of the statement.", examples=["SELECT 1"])
    tables: list[TableRead]
    plan: str = Field(description="The plan, as DuckDB draws it.", examples=["PROJECTION"])


class Fault(BaseModel):
    """What is wrong with a statement, and where in it when that is known."""

    model_config = example(message="There is no table 'gold.kpi_1m'. Did you mean gold.kpis_1m?", line=1, column=25)

    message: str
    line: int | None
    column: int | None


class SqlValidation(BaseModel):
    """Whether a statement may be run as it is."""

    valid: bool = Field(examples=[False])
    tables: list[str] = Field(examples=[["gold.kpis_1m"]])
    fault: Fault | None


class Advice(BaseModel):
    """Ways to have a statement read less."""

    tables: list[TableRead]
    hints: list[str] = Field(examples=[["silver.events: no condition on event_time or event_date, so 3 of 4 files are read."]])
