"""What there is to learn with, and what is learned from what."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np

from rtlakehouse.anomalies.series import Series, Span, series_of
from rtlakehouse.anomalies.watched import Wanted
from rtlakehouse.api.answers import Reading
from rtlakehouse.api.ml.schemas import DetectorList, DetectorView, Features, ForecastFeature, JudgedFeature, Option
from rtlakehouse.ml import DEFAULT, detector, offered
from rtlakehouse.ml.forecasting import PLANS
from rtlakehouse.ml.series import MINUTE
from rtlakehouse.semantic.catalogue import Metric, load
from rtlakehouse.semantic.question import Filter, Question
from rtlakehouse.semantic.statement import compile_question

__all__ = ["detectors", "features"]


def detectors() -> DetectorList:
    """Those of this package and of every installed one that offers some."""
    return DetectorList(
        data=[
            DetectorView(
                name=each.name,
                package=each.package,
                is_default=each.name == DEFAULT,
                is_usable=each.trouble is None,
                trouble=each.trouble,
                description=each.description,
                configuration=[Option(name=name, value=str(value)) for name, value in each.configuration.items()],
            )
            for each in offered().values()
        ]
    )


def features(reading: Reading) -> Features:
    """The series that are learned at this snapshot, and those that a forecast would be learned from."""
    return Features(anomalies=list(_judged(reading)), forecasts=list(_forecasts()))


def _judged(reading: Reading) -> Iterator[JudgedFeature]:
    final = reading.watermark.astimezone(UTC).replace(second=0, microsecond=0, tzinfo=None)
    span = Span.of(reading, final - MINUTE, final)
    for series in series_of(reading, span, Wanted(detector(DEFAULT))):
        known = np.flatnonzero(~np.isnan(series.values))
        yield JudgedFeature(
            metric=series.subject.metric,
            currency=series.subject.currency,
            table=series.subject.table,
            missing="left_out" if series.subject.metric.is_ratio else "zero",
            learned_from=series.start.replace(tzinfo=UTC),
            learned_to=final.replace(tzinfo=UTC),
            first=_at(series, int(known[0])) if len(known) else None,
            known=len(known),
        )


def _at(series: Series, place: int) -> datetime:
    return (series.start + timedelta(minutes=place)).replace(tzinfo=UTC)


def _forecasts() -> Iterator[ForecastFeature]:
    for metric in load().metrics:
        for step, plan in PLANS.items():
            question = Question((metric.name,), filters=_some_currency(metric), grain=step)
            yield ForecastFeature(
                metric=metric.name,
                step=step,
                table=compile_question(question, load()).table,
                needs_currency=metric.is_money,
                missing="left_out" if metric.ratio else "zero",
                looked_back=plan.learned,
                needs=plan.needs(plan.horizon),
                seasons=list(plan.seasons),
                models=sorted({model.name for model in plan.models()}),
            )


def _some_currency(metric: Metric) -> tuple[Filter, ...]:
    """Money is asked for in one currency; which one changes no table."""
    return (Filter("currency", "eq", ("EUR",)),) if metric.is_money else ()
