"""What the metrics catalogue takes and answers with."""

from __future__ import annotations

from pydantic import BaseModel, Field

from rtlakehouse.api.examples import example
from rtlakehouse.semantic.catalogue import Catalogue, Dimension, Format, Grain, Metric, Unit

__all__ = ["DimensionEntry", "MetricEntry", "MetricRatio", "MetricsCatalog", "entry", "whole"]


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
