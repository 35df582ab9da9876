"""What the columns of an answer of the catalogue are."""

from __future__ import annotations

from rtlakehouse.api.metrics_catalog.schemas import MetricColumn
from rtlakehouse.semantic.catalogue import Catalogue
from rtlakehouse.semantic.question import STEP, Question

__all__ = ["columns"]


def columns(question: Question, catalogue: Catalogue) -> list[MetricColumn]:
    """What the columns of the answer are."""
    keys = [
        MetricColumn(name=name, kind="time" if name == STEP else "dimension", unit=None, format=None) for name in question.keys
    ]
    metrics = [catalogue.metric(name) for name in question.metrics]
    return [*keys, *(MetricColumn(name=m.name, kind="metric", unit=m.unit, format=m.format) for m in metrics)]
