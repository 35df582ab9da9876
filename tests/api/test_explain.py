"""A chart in words: every figure in it is the oracle's."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from api import meaning
from api.conftest import NOW
from api.meaning import Event
from api.serving import Site
from api.test_assistant import ask
from api.test_every_read import is_problem
from api.test_kpis import asked, minute_of
from api.test_metrics_query import SPAN, expected_rows
from oracle import Expected

EXPLAIN = "/api/v1/assistant/explain"
BEFORE = (SPAN[0] - (SPAN[1] - SPAN[0]), SPAN[0])


def explain(site: Site, body: dict[str, Any]) -> dict[str, Any]:
    answer = site.client.post(EXPLAIN, json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    assert answer.headers["x-lake-versions"] == ",".join(f"{name}={version}" for name, version in found["versions"].items())
    assert found["text"] == " ".join(each["text"] for each in found["sentences"])
    return found


def topic(found: dict[str, Any], about: str) -> str:
    return " ".join(each["text"] for each in found["sentences"] if each["about"] == about)


@pytest.fixture(scope="module")
def events(expected: Expected) -> list[Event]:
    return meaning.events_of(expected)


def test_a_course_is_told_with_its_change_extremes_and_what_moved(site: Site, events: list[Event]) -> None:
    found = explain(site, {"query": {"metrics": ["page_views"], "grain": "1h", **asked(*SPAN)}})
    hours = expected_rows(events, SPAN, ["page_views"], [], "1h")
    assert f"in {len(hours)} rows" in topic(found, "what")
    (now,), (then,) = (expected_rows(events, span, ["page_views"], [], "all") for span in (SPAN, BEFORE))
    assert f"{now['page_views']:,} events, was {then['page_views']:,} events" in topic(found, "change")
    for word, pick in (("highest", max), ("lowest", min)):
        row = pick(hours, key=lambda hour: hour["page_views"])
        told = f"{word} {row['page_views']:,} events ({row['step_start'][:10]} {row['step_start'][11:16]})"
        assert told in topic(found, "extremes")
    changes: dict[tuple[str, str], tuple[int, int]] = {}
    for dimension in ("country", "device", "campaign", "referrer"):
        sums = [
            {row[dimension]: row["page_views"] for row in expected_rows(events, span, ["page_views"], [dimension], "all")}
            for span in (SPAN, BEFORE)
        ]
        now_by, then_by = sums
        named = (value for value in now_by | then_by if value)
        changes |= {(dimension, value): (now_by.get(value, 0), then_by.get(value, 0)) for value in named}
    (dimension, value), (first, second) = min(changes.items(), key=lambda part: (-abs(part[1][0] - part[1][1]), part[0]))
    assert topic(found, "moved").startswith(f"What moved most of page views: {dimension} {value}: {first:,}, was {second:,};")
    assert "; product " in topic(found, "moved")
    assert "of page views" in topic(found, "expected")


def test_money_is_told_by_currency(site: Site, events: list[Event]) -> None:
    found = explain(site, {"query": {"metrics": ["gross"], "dimensions": ["currency", "country"], **asked(*SPAN)}})
    for row in expected_rows(events, SPAN, ["gross"], ["currency"], "all"):
        assert f"{Decimal(row['gross']):,.2f} {row['currency']}, was " in topic(found, "change")


def test_what_the_assistant_answers_can_be_explained_and_had_again(site: Site) -> None:
    answered = ask(site, "orders per hour in the last 9 hours compared to the previous period")
    found = explain(site, {"query": answered["query"], "compared_to": answered["compared_to"]})
    assert (found["query"], found["compared_to"]) == (answered["query"], answered["compared_to"])
    now, then = (site.client.post(link["path"], json=link["body"]).json()["data"] for link in found["links"])
    assert sum(row["orders"] for row in now) == sum(row["orders"] for row in answered["data"])
    assert sum(row["orders"] for row in then) == sum(row["orders_previous"] for row in answered["data"])


def test_whatever_can_be_asked_of_the_catalogue_can_be_explained(site: Site) -> None:
    filters = [
        {"dimension": "referrer", "operator": "contains", "values": ["example"]},
        {"dimension": "campaign", "operator": "is_null"},
        {"dimension": "country", "operator": "is_not_null"},
        {"dimension": "device", "operator": "starts_with", "values": ["m"]},
        {"dimension": "is_late", "operator": "ne", "values": [True]},
    ]
    query = {"metrics": ["orders", "conversion_rate"], "filters": filters, "limit": 3, **asked(*SPAN)}
    found = explain(site, {"query": query | {"dimensions": ["country", "product_id"], "grain": "1h"}})
    said = topic(found, "what")
    assert "referrer contains example, campaign is not given, country is given, device starts with m, late is not true" in said
    assert "the first 3" in said
    by_country = query | {"dimensions": ["country"], "order": [{"by": "country", "descending": True}]}
    assert "the first 3" in topic(explain(site, {"query": by_country}), "what")


def test_minutes_that_are_open_are_said_to_be(site: Site, fresh: Site) -> None:
    open_ended = {"metrics": ["events"], **asked(SPAN[1], minute_of(NOW + timedelta(hours=1)))}
    assert "not final" in topic(explain(site, {"query": open_ended}), "what")
    nothing = explain(fresh, {"query": {"metrics": ["events", "gross"], "dimensions": ["currency"]}})
    assert "Nothing has happened yet." in nothing["text"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"query": {"metrics": ["orders"]}, "anomaly": "x"},
        {"anomaly": "x", "compared_to": {"from": "2026-11-24T00:00:00Z", "to": "2026-11-25T00:00:00Z"}},
        {"query": {"metrics": ["gross"]}},
        {"query": {"metrics": ["orders"]}, "compared_to": {"from": "2026-11-24T00:00:00Z", "to": "2026-11-24T00:00:00Z"}},
    ],
)
def test_what_cannot_be_explained_is_refused(site: Site, body: dict[str, Any]) -> None:
    is_problem(site.client.post(EXPLAIN, json=body), 400)
