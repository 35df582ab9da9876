"""What the metrics catalogue takes and answers with."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr
from pydantic.config import JsonDict

from rtlakehouse.api.examples import example
from rtlakehouse.api.parameters import NEXT_CURSOR, Instant, Paged, RangeParameters
from rtlakehouse.semantic.catalogue import Catalogue, Dimension, Format, Grain, Metric, Unit
from rtlakehouse.semantic.question import Filter, Operator, Order, Question

__all__ = [
    "EXAMPLE",
    "DimensionEntry",
    "MetricColumn",
    "MetricEntry",
    "MetricFilter",
    "MetricOrder",
    "MetricRatio",
    "MetricRows",
    "MetricsCatalog",
    "MetricsPage",
    "MetricsQuery",
    "entry",
    "whole",
]


EXAMPLE: JsonDict = {
    "metrics": ["orders", "gross", "conversion_rate"],
    "dimensions": ["currency"],
    "filters": [{"dimension": "country", "operator": "in", "values": ["DE", "FR"]}],
    "grain": "1h",
    "order": [{"by": "gross", "descending": True}],
    "from": "2026-11-24T00:00:00Z",
    "to": "2026-11-25T00:00:00Z",
}


# A day of minutes is 1,440 rows of each currency, and rows of figures are short.
_MOST_ROWS = 10_000


class MetricsPage(Paged):
    """A page of figures, which may be longer than others."""

    limit: int = Field(100, ge=1, le=_MOST_ROWS, description="Rows of a page.")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class MetricFilter(_Strict):
    """Only events whose dimension is so; an event without a value is only ever found by `is_null`."""

    dimension: str = Field(examples=["country"])
    operator: Operator = Field(examples=["in"])
    values: list[StrictStr | StrictBool] = Field(
        default_factory=list,
        max_length=1_000,
        description="One; any number for in and not_in; none for is_null and is_not_null.",
        examples=[["DE", "FR"]],
    )


class MetricOrder(_Strict):
    """What rows are sorted by; where that is equal, by time and dimensions. What is null comes last."""

    by: str = Field(description="A metric or dimension that is asked for, or `step_start`.", examples=["gross"])
    descending: StrictBool = False


class MetricsQuery(_Strict):
    """Which figures of a range of event time, told apart by what."""

    model_config = ConfigDict(extra="forbid", serialize_by_alias=True, json_schema_extra={"examples": [EXAMPLE]})

    metrics: list[str] = Field(min_length=1, max_length=50, description="Names of the catalogue.")
    dimensions: list[str] = Field(default_factory=list, max_length=8, description="What they are told apart by.")
    filters: list[MetricFilter] = Field(default_factory=list, max_length=20, description="All of them must hold.")
    grain: Grain = Field("all", description="Length of a step, at whole multiples of it in UTC; `all`: the range is one step.")
    order: list[MetricOrder] = Field(default_factory=list, max_length=20)
    limit: StrictInt | None = Field(None, ge=1, le=1_000_000, description="Rows in all, the first ones by the order.")
    start: Instant | None = Field(None, alias="from", description="First minute; default: an hour before `to`.")
    end: Instant | None = Field(None, alias="to", description="First minute not included; default: the newest window's end.")

    @property
    def range(self) -> RangeParameters:
        return RangeParameters.model_validate({"from": self.start, "to": self.end})

    @property
    def question(self) -> Question:
        return Question(
            metrics=tuple(self.metrics),
            dimensions=tuple(self.dimensions),
            filters=tuple(Filter(given.dimension, given.operator, tuple(given.values)) for given in self.filters),
            grain=self.grain,
            order=tuple(Order(given.by, given.descending) for given in self.order),
            limit=self.limit,
        )


class MetricColumn(BaseModel):
    """A column of the answer."""

    model_config = example(name="gross", kind="metric", unit="money", format="money")

    name: str
    kind: Literal["time", "dimension", "metric"]
    unit: Unit | None = Field(description="Of a metric; `money` is in the currency of the row, or that of the filter.")
    format: Format | None


class MetricRows(BaseModel):
    """A page of figures. Counts are numbers, money and shares exact text; a share of nothing is null."""

    start: str = Field(examples=["2026-11-24T00:00:00Z"])
    end: str = Field(examples=["2026-11-25T00:00:00Z"])
    grain: Grain
    table: str = Field(description="The table they were computed from.", examples=["silver.events"])
    sql: str = Field(
        description="The statement that computed them, as `POST /query` takes it: there it finds the same rows.",
        examples=["WITH sums AS (SELECT ...) SELECT ..."],
    )
    columns: list[MetricColumn]
    data: list[dict[str, Any]] = Field(
        description="Rows in which every figure is 0 are left out, unless it is the only one.",
        examples=[[{"step_start": "2026-11-24T10:00:00Z", "currency": "EUR", "orders": 7, "gross": "310.4500"}]],
    )
    next_cursor: str | None = NEXT_CURSOR


class MetricRatio(BaseModel):
    """A quotient of two metrics over the same rows, rounded half up; null where the second is 0."""

    model_config = example(of="purchasing_users", to="viewing_users", digits=6)

    of: str
    to: str
    digits: int


class MetricEntry(BaseModel):
    """One business figure: what it means, how it is computed, and what it may be told apart by."""

    model_config = example(
        name="conversion_rate",
        title="Conversion rate",
        description="Users with a purchase over users with a page_view in the range; null where nobody viewed.",
        formula="purchasing_users / viewing_users",
        ratio={"of": "purchasing_users", "to": "viewing_users", "digits": 6},
        unit="share",
        format="percent",
        additive=False,
        gold=[],
        grain="1m",
        dimensions=["product_id", "country"],
        synonyms=["conversion", "cvr"],
    )

    name: str
    title: str
    description: str
    formula: str = Field(description="SQL over rows of silver.events; for a ratio, of the two metrics.")
    ratio: MetricRatio | None = Field(description="Null for a metric with a formula of its own.")
    unit: Unit = Field(description="`money` is in the currency of its row; currencies are never added together.")
    format: Format
    additive: bool = Field(description="Whether the figures of parts add up to that of the whole.")
    gold: list[str] = Field(description="Tables that have a column of this name and formula.")
    grain: Grain = Field(description="The shortest step it is told in.")
    dimensions: list[str]
    synonyms: list[str]


class DimensionEntry(BaseModel):
    """What figures are told apart and filtered by."""

    model_config = example(
        name="event_type",
        title="Kind of event",
        description="page_view, add_to_cart, purchase or refund.",
        type="text",
        values=["page_view", "add_to_cart", "purchase", "refund"],
    )

    name: str
    title: str
    description: str
    type: str = Field(description="text or boolean.")
    values: list[str] = Field(description="The values there are, where they are a closed list.")


class MetricsCatalog(BaseModel):
    """Every metric and every dimension."""

    metrics: list[MetricEntry]
    dimensions: list[DimensionEntry]


def entry(metric: Metric) -> MetricEntry:
    """A metric as it is shown."""
    ratio = metric.ratio and MetricRatio(of=metric.ratio.of, to=metric.ratio.to, digits=metric.ratio.digits)
    return MetricEntry(
        name=metric.name,
        title=metric.title,
        description=metric.description,
        formula=metric.spelled,
        ratio=ratio,
        unit=metric.unit,
        format=metric.format,
        additive=metric.additive,
        gold=list(metric.gold),
        grain=metric.grain,
        dimensions=list(metric.dimensions),
        synonyms=list(metric.synonyms),
    )


def whole(catalogue: Catalogue) -> MetricsCatalog:
    """The catalogue as it is shown."""
    return MetricsCatalog(metrics=[entry(m) for m in catalogue.metrics], dimensions=[_dimension(d) for d in catalogue.dimensions])


def _dimension(dimension: Dimension) -> DimensionEntry:
    return DimensionEntry(
        name=dimension.name,
        title=dimension.title,
        description=dimension.description,
        type="boolean" if dimension.is_boolean else "text",
        values=list(dimension.values),
    )
