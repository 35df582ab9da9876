"""The tools: questions of the API, each described for who has never seen it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeAlias

from mcp.server import MCPServer
from mcp.types import ToolAnnotations
from pydantic import BaseModel, Field

from rtlakehouse.mcp.lakehouse import Lakehouse

__all__ = ["add_tools"]

_READS = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)
_Found: TypeAlias = dict[str, Any]
_Calls: TypeAlias = list[Callable[..., Awaitable[_Found]]]

AsOf = Annotated[
    str | None,
    Field(description="What was known then: a time such as 2026-11-24T10:30:00Z, or `as_of` of an earlier result. Default: now."),
]
From = Annotated[str | None, Field(description="First minute, such as 2026-11-24T10:00:00Z.")]
To = Annotated[str | None, Field(description="First minute that is not included; default: the end of the newest one.")]
Table = Annotated[str, Field(description="Name of a table, as `list_tables` has it.", examples=["gold.kpis_1m"])]
Minute = Annotated[str, Field(description="Any time in the minute, such as 2026-11-24T10:30:00Z.")]
Rows = Annotated[int, Field(ge=1, le=1000, description="Rows at most; with more, `next_cursor` is not null.")]
Cursor = Annotated[str | None, Field(description="`next_cursor` of the result before, for the rows after it.")]


class MetricFilter(BaseModel):
    """Only events whose dimension is so."""

    dimension: str = Field(examples=["country"])
    operator: str = Field(description="eq, ne, in, not_in, is_null or is_not_null", examples=["in"])
    values: list[str | bool] = Field(default_factory=list, examples=[["DE", "FR"]])


class MetricOrder(BaseModel):
    """What rows are sorted by: a metric or dimension that is asked for, or step_start."""

    by: str
    descending: bool = False


def add_tools(server: MCPServer[Any], lakehouse: Lakehouse) -> None:
    """Add every tool. None of them changes anything."""
    tools = _Tools(lakehouse)
    for tool in tools.all:
        server.add_tool(tool, title=tool.__name__.replace("_", " ").capitalize(), annotations=_READS)


class _Tools:
    """The names and docstrings are what a model chooses by."""

    def __init__(self, lakehouse: Lakehouse) -> None:
        self._lakehouse = lakehouse

    @property
    def all(self) -> _Calls:
        figures: _Calls = [self.ask, self.list_metrics, self.query_metrics, self.latest_kpis]
        explaining: _Calls = [self.explain_minute, self.minute_history, self.list_anomalies, self.anomaly_causes]
        tables: _Calls = [self.list_tables, self.describe_table, self.table_history, self.quality]
        return [*figures, *explaining, *tables, self.run_sql, self.explain_sql]

    async def ask(
        self,
        question: Annotated[str, Field(description="In English, such as: top 5 products by units yesterday")],
        context: Annotated[
            dict[str, Any] | None, Field(description="`context` of the answer that this follows up, as it is.")
        ] = None,
        as_of: AsOf = None,
    ) -> _Found:
        """Answer a question in words with certified figures: a sentence, the rows, and what each word was taken for.

        It may ask back (kind `question`, with choices) or refuse with the reason.
        """
        return await self._lakehouse.ask("/assistant/ask", {"question": question, "context": context}, as_of=as_of)

    async def list_metrics(self) -> _Found:
        """List every metric with its meaning, formula, unit and synonyms, and the dimensions that it may be told apart by."""
        return await self._lakehouse.get("metrics-catalog")

    async def query_metrics(
        self,
        metrics: Annotated[list[str], Field(description="Names of `list_metrics`.", examples=[["orders", "gross"]])],
        dimensions: Annotated[list[str] | None, Field(description="What they are told apart by.", examples=[["country"]])] = None,
        filters: Annotated[list[MetricFilter] | None, Field(description="All of them must hold.")] = None,
        grain: Annotated[str, Field(description="Length of a step: all, 1m, 5m, 15m, 1h or 1d.")] = "all",
        start: From = None,
        end: To = None,
        order: list[MetricOrder] | None = None,
        limit: Rows = 100,
        cursor: Cursor = None,
        as_of: AsOf = None,
    ) -> _Found:
        """Compute metrics of a range, by dimensions and steps of time. Without `start` and `end` it is the last hour.

        Counts are numbers, amounts and shares exact text. Amounts are by currency.
        """
        body = {
            "metrics": metrics,
            "dimensions": dimensions,
            "filters": [each.model_dump() for each in filters or []],
            "grain": grain,
            "order": [each.model_dump() for each in order or []],
            "from": start,
            "to": end,
        }
        return await self._lakehouse.ask("/metrics-catalog/query", body, limit=limit, cursor=cursor, as_of=as_of)

    async def latest_kpis(self, as_of: AsOf = None) -> _Found:
        """Give the figures of the newest minute, and whether it is open or final."""
        return await self._lakehouse.get("kpis", "latest", as_of=as_of)

    async def explain_minute(self, minute: Minute, events: Rows = 5, as_of: AsOf = None) -> _Found:
        """Explain a minute's figures: each formula, the versions read, and the events counted, down to the bytes received."""
        return await self._lakehouse.get("windows", minute, "explain", limit=events, as_of=as_of)

    async def minute_history(self, minute: Minute, limit: Rows = 20, as_of: AsOf = None) -> _Found:
        """Give each value that a minute's figures had, since when, and why they changed, such as by late events."""
        return await self._lakehouse.get("windows", minute, "revisions", limit=limit, as_of=as_of)

    async def list_anomalies(self, start: From = None, end: To = None, as_of: AsOf = None) -> _Found:
        """List where a figure was unlike the days before it, with what was expected and how severe it is."""
        return await self._lakehouse.get("anomalies", from_=start, to=end, as_of=as_of)

    async def anomaly_causes(
        self,
        metric: Annotated[str, Field(description="`metric` of an anomaly.")],
        at: Minute,
        minutes: Annotated[int, Field(ge=1, description="How long it lasted.")] = 1,
        currency: Annotated[str | None, Field(description="`currency` of the anomaly, where it has one.")] = None,
        as_of: AsOf = None,
    ) -> _Found:
        """Say which countries, devices, campaigns, referrers and products moved where a figure was odd."""
        asked = {"metric": metric, "at": at, "minutes": minutes, "currency": currency}
        return await self._lakehouse.get("anomalies", "causes", **asked, as_of=as_of)

    async def list_tables(self, as_of: AsOf = None) -> _Found:
        """List the tables with what they hold, their size and version."""
        return await self._lakehouse.get("tables", as_of=as_of)

    async def describe_table(self, table: Table, as_of: AsOf = None) -> _Found:
        """Describe the columns of a table: types, meanings, and what they are made of."""
        return await self._lakehouse.get("tables", table, "schema", as_of=as_of)

    async def table_history(self, table: Table, limit: Rows = 20, cursor: Cursor = None) -> _Found:
        """List the versions of a table, newest first: when, by which operation, and how many rows came and went."""
        return await self._lakehouse.get("tables", table, "versions", limit=limit, cursor=cursor)

    async def quality(self, start: From = None, end: To = None, as_of: AsOf = None) -> _Found:
        """Say how far the data can be trusted: a score and why, with the expectations that do not hold."""
        return await self._lakehouse.get("quality", from_=start, to=end, as_of=as_of)

    async def run_sql(
        self,
        sql: Annotated[str, Field(description="One SELECT in DuckDB's dialect over the tables of `list_tables`.")],
        parameters: Annotated[
            dict[str, str | int | float | bool | None] | None, Field(description="Values of `$name` in the statement, by name.")
        ] = None,
        limit: Rows = 100,
        cursor: Cursor = None,
        as_of: AsOf = None,
    ) -> _Found:
        """Run read-only SQL, bounded in time and memory. Prefer `ask` and `query_metrics` for what a metric tells."""
        body = {"sql": sql, "parameters": parameters}
        return await self._lakehouse.ask("/query", body, limit=limit, cursor=cursor, as_of=as_of)

    async def explain_sql(
        self, sql: Annotated[str, Field(description="The statement, as for `run_sql`.")], as_of: AsOf = None
    ) -> _Found:
        """Say how a statement would be run, and how many files and bytes it would read, without running it."""
        return await self._lakehouse.ask("/query/explain", {"sql": sql}, as_of=as_of)
