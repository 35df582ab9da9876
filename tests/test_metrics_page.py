"""docs/metrics.md is the catalogue of metrics, and the catalogue is what the tables are computed by."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlglot
from sqlglot import exp
from sqlglot.optimizer.qualify import qualify

from markdown import pages
from rtlakehouse.errors import MetricsError, NotFoundError
from rtlakehouse.lineage.formulas import formula
from rtlakehouse.medallion.graph import GOLD
from rtlakehouse.medallion.silver import EVENTS
from rtlakehouse.semantic.catalogue import Metric, load, parse
from rtlakehouse.semantic.page import page

METRICS = load().metrics
WITH_FORMULA = [metric for metric in METRICS if metric.formula]
# What gold says of a key, not of a figure.
KEYS = {"tenant_id", "window_start", "window_end", "currency", "product_id", "dimension", "value"}
NAME = "metrics.yaml"
each_formula = pytest.mark.parametrize("metric", WITH_FORMULA, ids=lambda metric: metric.name)


def normal(sql: str) -> str:
    """A formula without its spelling: parentheses, and the name of the rows."""
    tree = sqlglot.parse_one(sql, dialect="duckdb")
    plain = tree.transform(lambda node: exp.column(node.name) if isinstance(node, exp.Column) else node)
    return plain.transform(lambda node: node.unnest() if isinstance(node, exp.Paren) else node).sql(dialect="duckdb")


def entry(**changes: Any) -> dict[str, Any]:
    """A metric's entry that is right, but for these changes."""
    right = {"name": "buys", "title": "Buys", "description": "Purchases.", "formula": "count(*)", "unit": "events"}
    return {**right, "format": "integer", "grain": "1m", "dimensions": ["country"], **changes}


def document(*entries: dict[str, Any]) -> dict[str, Any]:
    dimensions = [{"name": name, "title": name, "description": name} for name in ("country", "currency")]
    return {"dimensions": dimensions, "metrics": list(entries)}


def test_the_page_is_what_the_catalogue_says() -> None:
    """`make openapi` writes it."""
    assert pages()[Path("docs/metrics.md")] == page(load())


@each_formula
def test_a_formula_reads_columns_that_silver_has(metric: Metric) -> None:
    statement = sqlglot.parse_one(f"select {metric.formula} as figure from events", dialect="duckdb")
    columns = dict.fromkeys(EVENTS.column_names, "text")
    qualify(statement, schema={"events": columns}, dialect="duckdb", validate_qualify_columns=True)


@each_formula
def test_gold_has_it_by_the_very_same_formula(metric: Metric) -> None:
    for table in metric.gold:
        assert normal(formula(table, metric.name)) == normal(metric.formula), table


def test_every_figure_of_gold_is_a_metric() -> None:
    known = {metric.name: metric for metric in METRICS}
    for table in GOLD:
        for column in set(table.column_names) - KEYS:
            metric = known[column]
            assert metric.ratio is not None or table.name in metric.gold, f"{table.name}.{column}"


def test_a_word_means_one_metric() -> None:
    words = [word for metric in METRICS for word in (metric.name, *metric.synonyms)]
    assert len(set(words)) == len(words)


def test_a_name_that_is_not_known_is_answered_with_what_was_meant() -> None:
    for asked, meant in (("revenu", "gross"), ("conversion-rate", "conversion_rate"), ("unique visitors", "active_users")):
        with pytest.raises(NotFoundError, match=f"Did you mean {meant}?"):
            load().metric(asked)
    with pytest.raises(NotFoundError, match="Did you mean country"):
        load().dimension("county")


@pytest.mark.parametrize(
    ("changes", "fix"),
    [
        ({"formula": "sum(prise)"}, "'buys'.*'prise'.*did you mean price?"),
        ({"formula": "sum(price"}, "not SQL"),
        ({"formula": "price * 2"}, "use sum or count"),
        ({"formula": "count(distinct user_id)", "additive": True}, "additive: false"),
        ({"formula": ""}, "a formula or a ratio"),
        ({"ratio": {"of": "buys", "to": "buys", "digits": 6}}, "one of both"),
        ({"formula": "", "ratio": {"of": "sells", "to": "buys", "digits": 6}}, "'sells'"),
        ({"formula": "", "ratio": {"of": "buys"}}, "add digits, to"),
        ({"unit": "euro"}, "one of events, users"),
        ({"unit": "money"}, "add currency"),
        ({"dimensions": ["colour"]}, "'colour' is not defined"),
        ({"gold": ["gold.kpis_1m"]}, "gold.kpis_1m has no column buys"),
        ({"grain": "2m"}, "one of 1m"),
        ({"name": "Buys"}, "small letters"),
        ({"name": "country"}, "defined twice"),
        ({"formla": "count(*)"}, "did you mean formula?"),
    ],
)
def test_a_faulty_entry_is_named_with_the_fix(changes: dict[str, Any], fix: str) -> None:
    with pytest.raises(MetricsError, match=fix) as caught:
        parse(document(entry(**changes)), NAME)
    assert str(caught.value).startswith(NAME)


def test_a_dimension_is_a_column_of_silver() -> None:
    faulty = document(entry())
    faulty["dimensions"][0]["name"] = "contry"
    with pytest.raises(MetricsError, match="did you mean country"):
        parse(faulty, NAME)


def test_what_is_no_catalogue_is_refused() -> None:
    without_entry = document() | {"metrics": ["buys"]}
    wrong: list[Any] = [None, [], {"metrics": []}, {**document(), "more": 1}, without_entry]
    for faulty in wrong:
        with pytest.raises(MetricsError, match=NAME):
            parse(faulty, NAME)
