"""What the resource `queries` takes and answers with."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from rtlakehouse.api.examples import example
from rtlakehouse.api.query.schemas import Scalar, SqlBody
from rtlakehouse.clock import isoformat
from rtlakehouse.control import SavedQuery

__all__ = ["EXAMPLE", "RUN", "RunBody", "SavedQueryBody", "SavedQueryEntry", "SavedQueryList", "entry", "posted"]

EXAMPLE: JsonDict = {
    "name": "Events by kind",
    "description": "How many events of each kind since a time.",
    "sql": "select event_type, count(*) as events from silver.events where event_time >= $since group by event_type",
    "parameters": {"since": "2026-11-24T10:00:00"},
}
RUN: JsonDict = {"parameters": {"since": "2026-11-24T12:00:00"}}
Values = dict[str, Scalar] | list[Scalar]


def _one_line(text: str) -> str:
    if not text.isprintable() or text != text.strip():
        raise ValueError("must be one line that can be printed, without spaces around it")
    return text


def _without_nul(text: str) -> str:
    # No database keeps this character within text.
    if "\0" in text:
        raise ValueError("must not hold the character NUL")
    return text


Name = Annotated[str, Field(min_length=1, max_length=128), AfterValidator(_one_line)]
Prose = Annotated[str, Field(max_length=2_000), AfterValidator(_without_nul)]
Sql = Annotated[str, Field(min_length=1, max_length=10_000), AfterValidator(_without_nul)]


class SavedQueryBody(BaseModel):
    """A query to be saved."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [EXAMPLE]})

    name: Name = Field(description="What it is found by; no two have one name.")
    description: Prose = Field("", description="What it is for.")
    sql: Sql = Field(description="One query; docs/sql.md says what may be used.")
    parameters: Values = Field(
        default_factory=dict, max_length=100, description="A value for each of its parameters, which a run may give others for."
    )


class RunBody(BaseModel):
    """Values of parameters for one run."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [RUN]})

    parameters: Values = Field(
        default_factory=dict, max_length=100, description="By name, in place of the saved ones; or all of them in order."
    )


class SavedQueryEntry(BaseModel):
    """A saved query."""

    model_config = example(id="5f2c9a01be77", **EXAMPLE, created_at="2026-11-24T10:30:00Z", changed_at="2026-11-24T10:30:00Z")

    id: str
    name: str
    description: str
    sql: str
    parameters: dict[str, Any] | list[Any]
    created_at: str
    changed_at: str


class SavedQueryList(BaseModel):
    """The saved queries of the caller's tenant, by name."""

    data: list[SavedQueryEntry]


def entry(query: SavedQuery) -> SavedQueryEntry:
    told = {name: value for name, value in vars(query).items() if name != "tenant_id"}
    instants = {name: isoformat(told[name]) for name in ("created_at", "changed_at")}
    return SavedQueryEntry.model_validate(told | instants)


def posted(query: SavedQuery, run: RunBody) -> SqlBody:
    """The statement with the values of a run."""
    saved, given = query.parameters, run.parameters
    if isinstance(given, dict) and isinstance(saved, dict):
        given = {**saved, **given}
    return SqlBody.model_validate({"sql": query.sql, "parameters": given or saved})
