"""What a rule may measure, as it is posted, kept and shown."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictInt, TypeAdapter
from pydantic.config import JsonDict

from rtlakehouse.anomalies.watched import SegmentDimension, Watched, check_series
from rtlakehouse.api.metrics_catalog.schemas import MetricFilter
from rtlakehouse.control import AlertRule, Comparison
from rtlakehouse.errors import NotFoundError
from rtlakehouse.medallion.graph import TABLES
from rtlakehouse.semantic.catalogue import load
from rtlakehouse.semantic.question import Filter, Question, check

__all__ = [
    "AnomalyCondition",
    "Condition",
    "FreshnessCondition",
    "LedgerCondition",
    "MetricCondition",
    "QuarantineCondition",
    "check_condition",
    "condition_of",
    "told",
]

_DAY = 24 * 60
_SIGNS = {
    Comparison.GT: "above",
    Comparison.GE: "at least",
    Comparison.LT: "below",
    Comparison.LE: "at most",
    Comparison.EQ: "equal to",
    Comparison.NE: "other than",
}


def _configured(example: JsonDict) -> ConfigDict:
    return ConfigDict(extra="forbid", json_schema_extra={"examples": [example]})


class MetricCondition(BaseModel):
    """A figure of the catalogue over the last final minutes."""

    model_config = _configured(
        {
            "kind": "metric",
            "metric": "orders",
            "filters": [{"dimension": "currency", "operator": "eq", "values": ["EUR"]}],
            "minutes": 5,
        }
    )

    kind: Literal["metric"]
    metric: str = Field(max_length=64, description="A name of the catalogue.", examples=["orders"])
    filters: list[MetricFilter] = Field(
        default_factory=list, max_length=20, description="Only of events that pass all of them; money needs one currency."
    )
    minutes: StrictInt = Field(1, ge=1, le=_DAY, description="How many final minutes, up to the last one.")

    @property
    def question(self) -> Question:
        filters = tuple(Filter(given.dimension, given.operator, tuple(given.values)) for given in self.filters)
        return Question((self.metric,), filters=filters)

    def __str__(self) -> str:
        of = [_filter(each) for each in self.filters]
        return f"{' of '.join(filter(None, (self.metric, ' and '.join(of))))} in {_minutes(self.minutes)}"


class FreshnessCondition(BaseModel):
    """How many seconds old the newest thing is that a table tells of; also while no engine works."""

    model_config = _configured({"kind": "freshness", "table": "silver.events"})

    kind: Literal["freshness"]
    table: str = Field("silver.events", max_length=64, description="Which table.", examples=["silver.events"])

    def __str__(self) -> str:
        return f"age in seconds of the newest of {self.table}"


class QuarantineCondition(BaseModel):
    """The share, from 0 to 1, of the records of the last minutes that are in quarantine."""

    model_config = _configured({"kind": "quarantine_rate", "minutes": 5})

    kind: Literal["quarantine_rate"]
    minutes: StrictInt = Field(5, ge=1, le=_DAY, description="Of records whose batch was complete in so many minutes.")

    def __str__(self) -> str:
        return f"share of records in quarantine in {_minutes(self.minutes)}"


class LedgerCondition(BaseModel):
    """How many records the ledger does not account for: 0 unless a promise is broken."""

    model_config = _configured({"kind": "ledger_difference"})

    kind: Literal["ledger_difference"]

    def __str__(self) -> str:
        return "records unaccounted for"


class AnomalyCondition(BaseModel):
    """How many anomalies the last final minutes have, of a severity at least."""

    model_config = _configured({"kind": "anomaly", "metric": "gross", "currency": "EUR", "severity": "critical", "minutes": 30})

    kind: Literal["anomaly"]
    metric: Watched | None = Field(None, description="Of this metric; null: of all that are judged.")
    currency: str | None = Field(None, pattern=r"^[A-Z]{3}$", description="Of orders and money, only of this one.")
    dimension: SegmentDimension | None = Field(
        None, description="Of the segments of this dimension, each judged by itself; needs a `metric`."
    )
    segment: str | None = Field(None, min_length=1, max_length=512, description="Only of this value of `dimension`.")
    severity: Literal["warning", "critical"] = Field("warning", description="`critical` leaves warnings out.")
    minutes: StrictInt = Field(60, ge=1, le=_DAY, description="How many final minutes, up to the last one.")

    def __str__(self) -> str:
        of = " in ".join(filter(None, (self.metric, self.currency, self.segment)))
        by = f" by {self.dimension}" if self.dimension and self.segment is None else ""
        severe = "critical anomalies" if self.severity == "critical" else "anomalies"
        return f"{' of '.join(filter(None, (severe, of)))}{by} in {_minutes(self.minutes)}"


Condition = Annotated[
    MetricCondition | FreshnessCondition | QuarantineCondition | LedgerCondition | AnomalyCondition, Field(discriminator="kind")
]
_CONDITIONS: TypeAdapter[Condition] = TypeAdapter(Condition)


def condition_of(rule: AlertRule) -> Condition:
    """What a rule measures."""
    return _CONDITIONS.validate_python(rule.condition)


def told(rule: AlertRule) -> str:
    """A rule in words."""
    held = f" for {rule.hold.total_seconds():g} s" if rule.hold else ""
    return f"{condition_of(rule)} {_SIGNS[rule.comparison]} {rule.threshold:g}{held}"


def check_condition(condition: Condition) -> None:
    """Raises NotFoundError for a name that there is not, UsageError for what does not go together, each with the fix."""
    if isinstance(condition, MetricCondition):
        check(condition.question, load())
    elif isinstance(condition, FreshnessCondition) and condition.table not in TABLES:
        raise NotFoundError(f"There is no table {condition.table!r}. There are {', '.join(TABLES)}.")
    elif isinstance(condition, AnomalyCondition):
        check_series(condition.metric, condition.currency, condition.dimension, condition.segment)


def _filter(wanted: MetricFilter) -> str:
    compared = "" if wanted.operator == "eq" else wanted.operator.replace("_", " ")
    return " ".join(filter(None, (wanted.dimension, compared, ", ".join(map(str, wanted.values)))))


def _minutes(count: int) -> str:
    return "the last minute" if count == 1 else f"{count} minutes"
