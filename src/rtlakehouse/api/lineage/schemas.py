"""What the lineage resource takes and answers with."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from rtlakehouse.api.examples import example
from rtlakehouse.lineage.statement import How
from rtlakehouse.lineage.what_if import Kind

__all__ = [
    "WHAT_IF",
    "ColumnLineage",
    "Impact",
    "ImpactParameters",
    "LineageColumn",
    "LineageSource",
    "LineageStep",
    "TableLineage",
    "WhatIf",
    "WhatIfBody",
]

_HOW = "value: its values are made of it; filter: it decides which rows count; group: it decides which rows belong together."


class LineageTable(BaseModel):
    """A table of the graph."""

    model_config = example(name="gold.kpis_1m", layer="gold", grain="tenant, minute")

    name: str
    layer: str
    grain: str


class LineageEdge(BaseModel):
    """One table is computed from another."""

    model_config = example(source="silver.events", target="gold.kpis_1m", by=["medallion/sql/kpis_1m.sql"])

    source: str
    target: str
    by: list[str] = Field(description="The files of the package `rtlakehouse` that say how.")


class TableLineage(BaseModel):
    """The graph of tables: nodes in the order in which they are filled, and who reads whom."""

    tables: list[LineageTable]
    edges: list[LineageEdge]


class LineageSource(BaseModel):
    """A column that another is made of."""

    model_config = example(column="bronze.events.raw", member="price", how="value")

    column: str
    member: str = Field(description="The member of the record's JSON object; empty where it is the whole column.")
    how: How = Field(description=_HOW)


class LineageStep(BaseModel):
    """One expression on the way."""

    model_config = example(name="measures.gross", expression="SUM(CASE WHEN event_type = 'purchase' THEN price * quantity END)")

    name: str
    expression: str


_REFUNDED: dict[str, Any] = {
    "column": "gold.revenue_1m.refunded",
    "type": "decimal128(38, 4)",
    "meaning": "Sum of price x quantity over refunds.",
    "by": "medallion/sql/revenue_1m.sql",
    "steps": [
        {
            "name": "measures.refunded",
            "expression": "SUM(CASE WHEN event_type = 'refund' THEN CAST(price AS DECIMAL(24, 4)) * quantity ELSE 0 END)",
        }
    ],
    "sources": [{"column": "silver.events.price", "member": "", "how": "value"}],
}


class LineageColumn(BaseModel):
    """A column and what it is made of, one table back."""

    model_config = example(**_REFUNDED)

    column: str
    type: str
    meaning: str
    by: str = Field(description="The file of the package `rtlakehouse` that makes it.")
    steps: list[LineageStep] = Field(description="Its own expression first, then those of the steps that it is made of.")
    sources: list[LineageSource]


class ColumnLineage(BaseModel):
    """A column and everything it is made of, nearest first, down to the bytes received."""

    column: str = Field(examples=["gold.revenue_1m.refunded"])
    data: list[LineageColumn]


class ImpactParameters(BaseModel):
    """Which part of the column."""

    model_config = ConfigDict(extra="forbid")

    member: str = Field(
        "", max_length=128, description="Of bronze.events.raw only this member of the JSON object.", examples=["price"]
    )


class AffectedColumn(BaseModel):
    """A column that is made of it."""

    model_config = example(column="gold.revenue_1m.net", how="value", by="medallion/sql/revenue_1m.sql")

    column: str
    how: Literal["value", "rows"] = Field(description="value: its values are made of it; rows: only which rows count is.")
    by: str


class AffectedReader(BaseModel):
    """Somebody who reads it, or what is made of it."""

    model_config = example(
        kind="endpoint", name="GET /api/v1/kpis/revenue", by="api/kpis/endpoints.py", reads=["gold.revenue_1m.net"]
    )

    kind: Kind
    name: str
    by: str
    reads: list[str]


class Impact(BaseModel):
    """What is made of a column, nearest first, and who reads any of it."""

    column: str = Field(examples=["silver.events.price"])
    columns: list[AffectedColumn]
    readers: list[AffectedReader]


class ColumnChange(BaseModel):
    """A column is dropped, or gets a type of another family."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"column": "silver.events.user_id"}]})

    column: str = Field(max_length=256)
    to: Literal["number", "text", "time", "boolean"] | None = Field(
        None, description="Its new type's family; null: it is dropped."
    )


class Statement(BaseModel):
    """A query of your own."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"name": "mine", "sql": "select * from gold.kpis_1m"}]}
    )

    name: str = Field(min_length=1, max_length=200)
    sql: str = Field(min_length=1, max_length=20_000)


WHAT_IF: dict[str, Any] = {
    "changes": [{"column": "silver.events.user_id", "to": None}],
    "contract": None,
    "statements": [{"name": "users of today", "sql": "select count(distinct user_id) from silver.events"}],
}


class ImaginedField(BaseModel):
    """A member of an event and its rule, as in contract/v1.yaml."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        json_schema_extra={"examples": [{"name": "coupon", "kind": "string", "doc": "What was taken off.", "max_length": 64}]},
    )

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")
    kind: Literal["string", "enum", "code", "decimal", "integer", "timestamp"]
    doc: str
    required: bool = False
    min_length: int = 0
    max_length: int | None = None
    values: list[str] = Field(default_factory=list, examples=[["small", "large"]])
    pattern: str = ""
    minimum: int | None = None
    maximum: int | None = None
    precision: int | None = None
    scale: int | None = None


class ImaginedContract(BaseModel):
    """A whole contract version."""

    model_config = ConfigDict(extra="forbid", strict=True)

    version: int = Field(examples=[2])
    fields: list[ImaginedField] = Field(max_length=200)


class WhatIfBody(BaseModel):
    """What to imagine, and which queries of your own to look at as well."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [WHAT_IF]})

    changes: list[ColumnChange] = Field(default_factory=list, max_length=50)
    contract: ImaginedContract | None = Field(None, description="Another version of the event contract.")
    statements: list[Statement] = Field(default_factory=list, max_length=50)


class BrokenThing(BaseModel):
    """What would not work any more."""

    model_config = example(
        kind="column",
        name="gold.kpis_1m.active_users",
        by="medallion/sql/kpis_1m.sql",
        why="It is made of silver.events.user_id.",
    )

    kind: Kind
    name: str
    by: str
    why: str


class WhatIf(BaseModel):
    """What would break. Nothing was changed."""

    refused: str | None = Field(description="Why the contract version would not be taken; null where it would be.")
    counts: dict[str, int] = Field(description="How many of each kind would break.", examples=[{"column": 12, "endpoint": 5}])
    breaks: list[BrokenThing]
