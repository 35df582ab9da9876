"""The catalogue as a page to read: `docs/metrics.md`."""

from __future__ import annotations

from collections.abc import Iterator

from rtlakehouse.semantic.catalogue import Catalogue, Dimension, Metric

__all__ = ["page"]

_HEAD = """# Metrics

Written by `make openapi` from `semantic/metrics.yaml`, the one place where a business figure is defined. The same is at
`GET /api/v1/metrics-catalog`; `POST /api/v1/metrics-catalog/query` answers questions of these figures ([API](api.md)). What
the columns that the formulas read hold is in [semantics](semantics.md).

- Figures are of the events that happened in a range of minutes.
- What counts distinct things (users, sessions, orders) is counted over the range that is asked, never added up.
- A ratio is the quotient of two figures of the whole range, never a mean of quotients; rounded half up; null where it would
  divide by 0.
- Money is in the currency of its row. Currencies are never added together.
"""


def page(catalogue: Catalogue) -> str:
    """The page in Markdown. The same catalogue gives the same text."""
    lines = [_HEAD, "| metric | unit | adds up | what it is |", "|---|---|---|---|"]
    lines += [_row(metric) for metric in catalogue.metrics]
    lines += ["", "## Dimensions", "", "| dimension | type | what it is |", "|---|---|---|"]
    lines += [_dimension(dimension) for dimension in catalogue.dimensions]
    for metric in catalogue.metrics:
        lines += ["", *_section(metric)]
    return "\n".join(lines) + "\n"


def _row(metric: Metric) -> str:
    adds_up = "yes" if metric.additive else "no"
    return f"| [`{metric.name}`](#{metric.name}) | {metric.unit} | {adds_up} | {metric.description} |"


def _dimension(dimension: Dimension) -> str:
    return f"| `{dimension.name}` | {'boolean' if dimension.is_boolean else 'text'} | {dimension.description} |"


def _section(metric: Metric) -> Iterator[str]:
    yield f"## {metric.name}"
    yield ""
    yield f"{metric.title}: {metric.description}"
    yield ""
    if metric.ratio is None:
        yield f"Over rows of `silver.events`:\n\n```sql\n{metric.formula}\n```"
    else:
        ratio = metric.ratio
        yield f"[`{ratio.of}`](#{ratio.of}) / [`{ratio.to}`](#{ratio.to}), to {ratio.digits} digits."
    yield ""
    yield f"- told by {_names(metric.dimensions)}, in steps of {metric.grain} and longer"
    if metric.gold:
        yield f"- of each minute in {_names(metric.gold)}"
    if metric.synonyms:
        yield f"- also called {', '.join(metric.synonyms)}"


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)
