"""Questions of metrics: every figure is the oracle's and the KPI endpoints', whichever table it is computed from."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import httpx
import pytest

from api import meaning
from api.conftest import NOW, SiteMaker
from api.meaning import STEPS, Event
from api.serving import Site, rfc3339
from api.test_every_read import is_problem
from api.test_kpis import asked, minute_of, purchase
from oracle import Expected, microseconds
from rtlakehouse.clock import isoformat
from rtlakehouse.semantic import statement as compiled
from rtlakehouse.semantic.catalogue import load
from rtlakehouse.semantic.question import Filter, Question
from rtlakehouse.semantic.statement import compile_question

QUERY = "/api/v1/metrics-catalog/query"
METRICS = [metric.name for metric in load().metrics]
MONEY = [metric.name for metric in load().metrics if metric.is_money]
SHARES = {"refund_rate": ("refunds", "purchases"), "late_share": ("late_events", "events")}
SPAN = (minute_of(NOW - timedelta(hours=9)), minute_of(NOW - timedelta(hours=2)))


def ask(site: Site, metrics: Sequence[str], span: tuple[datetime, datetime] = SPAN, **more: Any) -> dict[str, Any]:
    """The answer to a question of these metrics."""
    found: dict[str, Any] = answer(site, {"metrics": list(metrics), **asked(*span), **more}, limit=1000).json()
    return found


def answer(site: Site, body: dict[str, Any], headers: dict[str, str] | None = None, **parameters: Any) -> httpx.Response:
    found = site.client.post(QUERY, json=body, params=parameters, headers=headers)
    assert found.status_code == 200, found.text
    return found


def figures(group: list[Event], names: Sequence[str]) -> dict[str, Any]:
    """What the metrics of a group of events are, by the oracle; money is of the one currency they are in."""
    kpis = meaning.whole(group, "gold.kpis_1m").get((), {})
    money: dict[str, Any] = next(iter(meaning.revenue(group).values()), {})
    bought = [event for event in group if event["event_type"] == "purchase"]
    known = {**kpis, "orders": len({event["order_id"] or event["event_id"] for event in bought})}
    for name, (of, to) in SHARES.items():
        known[name] = share(known.get(of, 0), known.get(to, 0))
    known |= {name: money.get(name, "0.0000") for name in MONEY if name != "average_order_value"}
    known["average_order_value"] = money.get("average_order_value")
    return {name: known.get(name, None if name == "conversion_rate" else 0) for name in names}


def share(of: int, to: int) -> str | None:
    return f"{(Decimal(of) / to).quantize(Decimal('0.000001'), ROUND_HALF_UP):f}" if to else None


def expected_rows(
    events: list[Event], span: tuple[datetime, datetime], metrics: Sequence[str], dimensions: Sequence[str], grain: str
) -> list[dict[str, Any]]:
    """The rows of an answer: groups of the events that happened in the range, without those of nothing but zeros."""
    groups: dict[tuple[Any, ...], list[Event]] = defaultdict(list)
    length = (STEPS[grain] or timedelta(0)) // timedelta(microseconds=1)
    for event in meaning.within(events, *span):
        step = [event["event_us"] - event["event_us"] % length] if length else []
        groups[*step, *(event[name] for name in dimensions)].append(event)
    if not length and not dimensions:
        groups.setdefault((), [])
    rows = []
    for key, group in groups.items():
        row = dict(zip([*(["step_start"] if length else []), *dimensions], key, strict=True))
        if length:
            row["step_start"] = rfc3339(row["step_start"])
        found = figures(group, metrics)
        parts = figures(group, [part.name for name in metrics for part in load().parts(load().metric(name))])
        if not row or any(Decimal(value) for value in parts.values()):
            rows.append(row | found)
    return rows


def in_any_order(rows: list[dict[str, Any]]) -> list[str]:
    return sorted(repr(sorted(row.items())) for row in rows)


@pytest.fixture(scope="module")
def events(expected: Expected) -> list[Event]:
    return meaning.events_of(expected)


@pytest.mark.parametrize("metric", METRICS)
def test_a_metric_is_the_oracles_by_whatever_it_is_told_apart(site: Site, events: list[Event], metric: str) -> None:
    must = ["currency"] if metric in MONEY else []
    others = [name for name in load().metric(metric).dimensions if name != "currency"]
    for dimensions in [must, *([*must, name] for name in others), ["currency", *others[:2]]]:
        for grain in STEPS if dimensions == must else ("all",):
            found = ask(site, [metric], dimensions=dimensions, grain=grain)
            wanted = expected_rows(events, SPAN, [metric], dimensions, grain)
            assert in_any_order(found["data"]) == in_any_order(wanted), (dimensions, grain)


def test_metrics_are_what_the_kpi_endpoints_say(site: Site) -> None:
    span = asked(*SPAN)
    (point,) = site.get("/kpis/series", step="all", **span)["data"]
    named = [name for name in point if name in METRICS]
    assert ask(site, named)["data"] == [{name: point[name] for name in named}]
    money = site.get("/kpis/revenue", **span)["data"]
    found = ask(site, [name for name in money[0] if name in METRICS], dimensions=["currency"])["data"]
    assert in_any_order(found) == in_any_order(money)
    for dimension in ("country", "device"):
        segments = site.get(f"/kpis/segments/{dimension}", limit=1000, **span)["data"]
        named = [name for name in segments[0] if name in METRICS]
        known = [{"dimension": dimension, "operator": "is_not_null"}]
        found = ask(site, named, dimensions=[dimension], filters=known)["data"]
        assert in_any_order(found) == in_any_order([{dimension: row["value"]} | {n: row[n] for n in named} for row in segments])
    products = site.get("/kpis/products/top", limit=1000, **span)["data"]
    named = [name for name in products[0] if name in METRICS]
    assert in_any_order(ask(site, named, dimensions=["product_id", "currency"])["data"]) == in_any_order(products)


def test_gold_and_silver_give_the_same(site: Site, chance: random.Random, monkeypatch: pytest.MonkeyPatch) -> None:
    additive = [metric for metric in load().metrics if metric.additive]
    known = [{"dimension": "country", "operator": "is_not_null"}]
    ways: list[tuple[str, dict[str, Any]]] = [
        ("gold.kpis_1m", {}),
        ("gold.revenue_1m", {"dimensions": ["currency"]}),
        ("gold.products_1m", {"dimensions": ["currency", "product_id"]}),
        ("gold.segments_1m", {"dimensions": ["country"], "filters": known}),
    ]
    answers = {}
    for table, how in ways:
        names = [metric.name for metric in additive if table in metric.gold and (not metric.is_money or how)]
        answers[table] = (names, ask(site, names, grain=chance.choice(list(STEPS)), **how))
        assert answers[table][1]["table"] == table
    monkeypatch.setattr(compiled, "_table", lambda *_: "silver.events")
    for table, how in ways:
        names, found = answers[table]
        # Another body, so that the answer is not the one that is kept.
        again = ask(site, names, grain=found["grain"], **how, limit=999_999)
        assert (again["table"], again["data"]) == ("silver.events", found["data"])


def test_what_is_counted_and_not_added_up_comes_from_silver() -> None:
    for metric in load().metrics:
        told = ("currency",) if metric.is_money else ()
        counted = any(not part.additive for part in load().parts(metric))
        table = compile_question(Question((metric.name,), told), load()).table
        assert (table == "silver.events") == counted, metric.name
    # A segment has no row for the events without a value.
    assert compile_question(Question(("events",), ("country",)), load()).table == "silver.events"
    null = Question(("events",), ("country",), (Filter("country", "is_null"),))
    assert compile_question(null, load()).table == "silver.events"
    assert compile_question(replace(null, filters=(Filter("country", "ne", ("DE",)),)), load()).table == "gold.segments_1m"


FILTERS: list[tuple[str, str, list[Any], Any]] = [
    ("country", "eq", ["DE"], lambda value: value == "DE"),
    ("country", "ne", ["DE"], lambda value: value is not None and value != "DE"),
    ("country", "in", ["DE", "FR", "x') or true --"], lambda value: value in ("DE", "FR")),
    ("country", "not_in", ["DE", "FR"], lambda value: value is not None and value not in ("DE", "FR")),
    ("country", "is_null", [], lambda value: value is None),
    ("country", "is_not_null", [], lambda value: value is not None),
    ("product_id", "starts_with", ["p0000"], lambda value: value.startswith("p0000")),
    ("product_id", "contains", ["1"], lambda value: "1" in value),
    ("product_id", "contains", ["%"], lambda value: "%" in value),
    ("event_type", "eq", ["refund"], lambda value: value == "refund"),
    ("is_late", "eq", [True], lambda value: value),
    ("is_late", "ne", [True], lambda value: not value),
]


@pytest.mark.parametrize(("dimension", "operator", "values", "passes"), FILTERS)
def test_a_filter_takes_only_the_events_that_pass_it(
    site: Site, events: list[Event], dimension: str, operator: str, values: list[Any], passes: Any
) -> None:
    passed = [event for event in events if passes(event[dimension])]
    given = [{"dimension": dimension, "operator": operator, "values": values}]
    for metrics in (["events"], ["events", "active_users"]):
        (row,) = ask(site, metrics, filters=given)["data"]
        assert row == expected_rows(passed, SPAN, metrics, [], "all")[0]


def test_filters_hold_together(site: Site, events: list[Event]) -> None:
    passed = [event for event in events if event["country"] == "DE" and event["device"] == "mobile"]
    given = [
        {"dimension": name, "operator": "eq", "values": [value]} for name, value in (("country", "DE"), ("device", "mobile"))
    ]
    assert ask(site, ["events"], filters=given)["data"] == expected_rows(passed, SPAN, ["events"], [], "all")


def test_money_of_one_currency_needs_no_dimension(fresh: Site) -> None:
    at = NOW.replace(second=0) - timedelta(minutes=5)
    fresh.post(purchase("e", at, "EUR"), purchase("u", at, "USD"))
    fresh.refine()
    one = [{"dimension": "currency", "operator": "eq", "values": ["EUR"]}]
    found = ask(fresh, ["gross", "orders"], (at, at + timedelta(minutes=1)), filters=one)
    assert found["data"] == [{"gross": "10.0000", "orders": 1}]
    assert [column["unit"] for column in found["columns"]] == ["money", "orders"]


def test_rows_are_in_the_order_that_is_asked_and_no_more_than_that(site: Site, events: list[Event]) -> None:
    wanted = expected_rows(events, SPAN, ["units"], ["product_id"], "all")
    wanted.sort(key=lambda row: (-row["units"], row["product_id"]))
    order = [{"by": "units", "descending": True}]
    assert ask(site, ["units"], dimensions=["product_id"], order=order)["data"] == wanted
    assert ask(site, ["units"], dimensions=["product_id"], order=order, limit=7)["data"] == wanted[:7]


def test_pages_are_of_one_version_whatever_comes_meanwhile(on_copy: SiteMaker) -> None:
    with on_copy() as site:
        body = {"metrics": ["active_users"], "dimensions": ["product_id"], **asked(*SPAN), "limit": 25}
        whole = answer(site, body, limit=1000).json()
        pages: list[httpx.Response] = []
        cursor = None
        while cursor or not pages:
            pages.append(answer(site, body, limit=10, **({"cursor": cursor} if cursor else {})))
            cursor = pages[-1].json()["next_cursor"]
            site.post(purchase(f"late {len(pages)}", SPAN[0].astimezone(UTC)))
            site.refine()
        assert [row for page in pages for row in page.json()["data"]] == whole["data"]
        assert [len(page.json()["data"]) for page in pages] == [10, 10, 5]
        assert len({page.headers["x-lake-versions"] for page in pages}) == 1
        other = site.client.post(QUERY, json={**body, "metrics": ["events"]}, params={"cursor": pages[0].json()["next_cursor"]})
        assert "another question" in is_problem(other, 400)["detail"]


def test_a_day_of_minutes_by_currency_comes_as_one_page(site: Site) -> None:
    body = {"metrics": ["events"], "dimensions": ["product_id"], "grain": "1m", **asked(NOW - timedelta(days=1), SPAN[1])}
    whole = answer(site, body, limit=10_000).json()
    first = answer(site, body, limit=1_000).json()
    assert len(whole["data"]) > len(first["data"]) == 1_000
    assert (whole["next_cursor"], whole["data"][:1_000]) == (None, first["data"])
    too_many = site.client.post(QUERY, json=body, params={"limit": 10_001})
    assert "limit" in is_problem(too_many, 422)["detail"]


def test_the_past_is_answered_as_it_was_and_the_etag_tells_questions_apart(on_copy: SiteMaker) -> None:
    with on_copy() as site:
        body = {"metrics": ["events"], **asked(*SPAN)}
        before = answer(site, body)
        site.post(purchase("late one", SPAN[0]))
        site.refine()
        again = answer(site, body, as_of=before.headers["x-lake-versions"])
        assert again.content == before.content
        now = answer(site, body)
        assert now.json()["data"][0]["events"] == before.json()["data"][0]["events"] + 1
        assert len({before.headers["etag"], now.headers["etag"], answer(site, {**body, "grain": "1d"}).headers["etag"]}) == 3


def test_a_table_is_told_in_every_form(site: Site) -> None:
    body = {"metrics": ["gross", "events"], "dimensions": ["currency"], "grain": "1h", **asked(*SPAN)}
    rows = answer(site, body).json()["data"]
    csv = answer(site, body, {"Accept": "text/csv"})
    assert csv.headers["content-type"].startswith("text/csv")
    assert csv.text.splitlines()[0] == '"step_start","currency","gross","events"'
    assert len(csv.text.splitlines()) == len(rows) + 1
    assert answer(site, body, {"Accept": "application/x-ndjson"}).text.count("\n") == len(rows)


@pytest.mark.parametrize(
    "question",
    [
        {"metrics": ["events", "conversion_rate", "late_share"], "grain": "15m"},
        {"metrics": ["gross", "average_order_value"], "dimensions": ["currency"], "grain": "1d"},
        {"metrics": ["units"], "dimensions": ["product_id"], "order": [{"by": "units", "descending": True}], "limit": 3},
        {"metrics": ["purchases"], "filters": [{"dimension": "country", "operator": "in", "values": ["DE", "it's"]}]},
        {"metrics": ["sessions"], "filters": [{"dimension": "is_late", "operator": "eq", "values": [False]}], "grain": "1h"},
        {"metrics": ["events"], "filters": [{"dimension": "device", "operator": "not_in", "values": ["phone"]}], "grain": "5m"},
    ],
)
def test_the_statement_that_is_told_finds_the_same_rows_as_a_query_of_ones_own(site: Site, question: dict[str, Any]) -> None:
    told = ask(site, **question)
    assert told["data"]
    found = site.client.post("/api/v1/query", json={"sql": told["sql"]}, params={"limit": 1000})
    assert found.status_code == 200, found.text
    assert found.json()["data"] == told["data"]


def test_a_range_that_is_left_open_ends_with_the_newest_minute(site: Site) -> None:
    found = answer(site, {"metrics": ["events"]})
    series = site.get("/kpis/series", step="all")
    assert (found.json()["start"], found.json()["end"]) == (series["start"], series["end"])
    assert found.json()["data"][0]["events"] == series["data"][0]["events"]
    assert answer(site, {"metrics": ["orders"]}).headers["x-lake-versions"].startswith("gold.kpis_1m=")


def test_an_empty_range_has_zeros_and_nulls_in_one_row_and_no_row_by_dimension(fresh: Site) -> None:
    assert ask(fresh, ["events", "orders", "conversion_rate"])["data"] == [{"events": 0, "orders": 0, "conversion_rate": None}]
    assert ask(fresh, ["gross"], dimensions=["currency"])["data"] == []


@pytest.mark.parametrize(
    ("changes", "status", "fix"),
    [
        ({"metrics": ["revenu"]}, 404, "Did you mean gross?"),
        ({"metrics": ["events", "events"]}, 400, "name it once"),
        ({"metrics": []}, 422, "metrics"),
        ({"dimensions": ["county"]}, 404, "Did you mean country?"),
        ({"metrics": ["gross"]}, 400, "add currency to `dimensions`"),
        ({"metrics": ["purchases"], "dimensions": ["event_type"]}, 400, "purchases is not told by event_type"),
        ({"order": [{"by": "units"}]}, 400, "there are events"),
        ({"grain": "2m"}, 422, "grain"),
        ({"filters": [{"dimension": "country", "operator": "eq", "values": []}]}, 400, "takes one value"),
        ({"filters": [{"dimension": "country", "operator": "is_null", "values": ["DE"]}]}, 400, "takes no value"),
        ({"filters": [{"dimension": "country", "operator": "eq", "values": [True]}]}, 400, "takes text"),
        ({"filters": [{"dimension": "country", "operator": "like", "values": ["D%"]}]}, 422, "operator"),
        ({"filters": [{"dimension": "is_late", "operator": "eq", "values": ["true"]}]}, 400, "true or false"),
        ({"filters": [{"dimension": "is_late", "operator": "in", "values": [True]}]}, 400, "eq or ne"),
        ({"filters": [{"dimension": "event_type", "operator": "eq", "values": ["view"]}]}, 400, "page_view"),
        ({"to": isoformat(SPAN[0])}, 400, "`from` must be before `to`"),
        ({"from": "1990-01-01T00:00:00Z", "grain": "1m"}, 400, "longer grain"),
        ({"metric": ["events"]}, 422, "Extra inputs"),
    ],
)
def test_a_question_that_makes_no_sense_is_a_problem_that_says_the_fix(
    site: Site, changes: dict[str, Any], status: int, fix: str
) -> None:
    body = {"metrics": ["events"], **asked(*SPAN), **changes}
    assert fix in is_problem(site.client.post(QUERY, json=body), status)["detail"]


def test_lineage_knows_what_such_questions_read(site: Site) -> None:
    for column in ("silver.events.order_id", "silver.events.country", "gold.products_1m.units", "gold.segments_1m.value"):
        readers = {each["name"] for each in site.get(f"/lineage/impact/{column}")["readers"]}
        assert "POST /api/v1/metrics-catalog/query" in readers, column
    unread = {each["name"] for each in site.get("/lineage/impact/silver.events.ua")["readers"]}
    assert "POST /api/v1/metrics-catalog/query" not in unread


def test_nothing_of_another_tenant_is_counted(site: Site, events: list[Event]) -> None:
    whole = (minute_of(NOW - timedelta(days=9)), minute_of(NOW + timedelta(hours=1)))
    found = answer(site, {"metrics": ["events", "gross"], "dimensions": ["currency", "product_id"], **asked(*whole)}, limit=1000)
    assert "secret" not in found.text
    assert ask(site, ["events"], whole)["data"] == [{"events": len(meaning.within(events, *whole))}]
    assert microseconds(whole[0]) < min(event["event_us"] for event in events)
