"""Questions in words: the figures are the semantic layer's and the oracle's, and may be had again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from api import meaning
from api.conftest import READ_AT
from api.meaning import Event
from api.serving import Site
from api.test_every_read import is_problem
from api.test_metrics_query import expected_rows, in_any_order
from oracle import Expected

ASK = "/api/v1/assistant/ask"


def ask(site: Site, question: str, context: Any = None, **parameters: str) -> dict[str, Any]:
    answer = site.client.post(ASK, json={"question": question, "context": context}, params=parameters)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    assert answer.headers["x-lake-versions"] == ",".join(f"{name}={version}" for name, version in found["versions"].items())
    return found


@pytest.fixture(scope="module")
def events(expected: Expected) -> list[Event]:
    return meaning.events_of(expected)


@pytest.mark.parametrize(
    ("question", "only"),
    [
        ("orders yesterday", {}),
        ("how many buyers came from Germany in the last 12 hours", {"country": "DE"}),
        ("revenue by country in the last 20 hours", {}),
        ("net revenue in EUR per hour in the last 9 hours", {"currency": "EUR"}),
        ("conversion rate by device over the last 24 hours", {}),
        ("events by event type in the last 6 hours", {}),
        ("page views and sessions on mobile in the last 10 hours", {"device": "mobile"}),
    ],
)
def test_figures_are_the_oracles(site: Site, events: list[Event], question: str, only: dict[str, str]) -> None:
    found = ask(site, question)
    assert (found["kind"], found["badge"]) == ("answer", "certified_metric")
    query = found["query"]
    span = (datetime.fromisoformat(query["from"]), datetime.fromisoformat(query["to"]))
    chosen = [event for event in events if all(event[name] == value for name, value in only.items())]
    wanted = expected_rows(chosen, span, query["metrics"], query["dimensions"], query["grain"])
    assert in_any_order(found["data"]) == in_any_order(wanted)
    assert {item["dimension"]: item["values"] for item in query["filters"]} == {name: [value] for name, value in only.items()}


def test_the_link_gives_the_same_figures_again(site: Site) -> None:
    found = ask(site, "orders by country in the last 10 hours compared to the previous period")
    now, then = (site.client.post(link["path"], json=link["body"]).json()["data"] for link in found["links"])
    assert [{"country": row["country"], "orders": row["orders"]} for row in found["data"] if row["orders"]] == now
    was = {row["country"]: row["orders_previous"] for row in found["data"] if row["orders_previous"]}
    assert was == {row["country"]: row["orders"] for row in then}
    for row in found["data"]:
        assert row["orders_change"] == row["orders"] - row["orders_previous"]
    assert [column["name"] for column in found["columns"]] == list(found["data"][0])


def test_an_answer_says_its_number_its_range_and_how_each_word_was_taken(site: Site) -> None:
    found = ask(site, "Orders yesterday?")
    (row,) = found["data"]
    assert f": {row['orders']:,} orders." in found["text"]
    assert found["query"]["from"][:10] in found["text"]
    assert [(part["words"], part["kind"]) for part in found["understood"]] == [("Orders", "metric"), ("yesterday", "time")]
    assert found["chart"] == {"kind": "number", "x": None, "y": ["orders"], "series": None}
    assert found["metrics"][0]["formula"].startswith("count(distinct")
    assert found["table"] == "silver.events"
    assert "$tenant" in found["sql"]


def test_the_same_question_at_the_same_versions_has_the_same_answer(site: Site) -> None:
    pinned = {"as_of": ",".join(f"{name}={version}" for name, version in site.parts.catalog.latest.versions.items())}
    body = {"question": "revenue by currency today"}
    first, again = (site.client.post(ASK, json=body, params=pinned) for _ in range(2))
    assert (first.content, first.headers["etag"]) == (again.content, again.headers["etag"])
    other = site.client.post(ASK, json={"question": "orders today"}, params=pinned)
    assert other.headers["etag"] != first.headers["etag"]


def test_the_top_is_of_one_currency_which_is_asked_for(site: Site) -> None:
    found = ask(site, "top 3 products by revenue in the last 20 hours")
    assert (found["kind"], found["badge"], found["data"]) == ("question", None, [])
    chosen = ask(site, found["choices"][0])
    amounts = [float(row["gross"]) for row in chosen["data"]]
    assert len(amounts) == 3
    assert amounts == sorted(amounts, reverse=True)


def test_a_follow_up_takes_the_context_of_the_answer(site: Site) -> None:
    first = ask(site, "orders in the last 20 hours")
    second = ask(site, "and by device?", first["context"])
    assert (second["query"]["from"], second["query"]["to"]) == (first["query"]["from"], first["query"]["to"])
    assert second["query"]["dimensions"] == ["device"]
    assert sum(row["orders"] for row in second["data"]) >= first["data"][0]["orders"]


def test_what_cannot_be_told_is_refused_with_what_can(site: Site) -> None:
    found = ask(site, "forecast orders for tomorrow")
    assert found["kind"] == "refusal"
    assert found["suggestions"]
    assert all(ask(site, text)["kind"] == "answer" for text in found["suggestions"])


@pytest.mark.parametrize("question", ["orders in XX", "revenue in XXX", "page views of secret", "orders by the country XX"])
def test_values_of_another_tenant_are_not_known(site: Site, question: str) -> None:
    found = ask(site, question)
    assert found["kind"] == "refusal"
    assert "XX" not in found["text"].replace(question, "").replace("“XX”", "").replace("“XXX”", "")


def test_a_question_without_a_word_is_asked_back(site: Site) -> None:
    assert {ask(site, text)["kind"] for text in (" ", "?!")} == {"question"}


def test_a_context_that_was_never_answered_is_an_error(site: Site) -> None:
    query = {"metrics": ["orders"], "filters": [{"dimension": "country", "operator": "is_null"}]}
    answer = site.client.post(ASK, json={"question": "by device", "context": {"query": query}})
    assert "`context`" in is_problem(answer, 400)["detail"]


def test_a_lake_without_events_says_so(fresh: Site) -> None:
    found = ask(fresh, "orders today")
    assert found["data"] == [{"orders": 0}]
    assert found["text"].endswith("0 orders. Nothing has happened yet.")
    assert fresh.clock.now() <= READ_AT


def test_everything_that_is_suggested_is_answered_with_certainty(site: Site, fresh: Site) -> None:
    suggested = site.get("/assistant/suggestions")["data"]
    assert len(suggested) >= 5
    for suggestion in suggested:
        found = ask(site, suggestion["question"])
        assert (found["kind"], found["badge"]) == ("answer", "certified_metric"), suggestion
        assert [metric["name"] for metric in found["metrics"]] == suggestion["metrics"]
    assert fresh.get("/assistant/suggestions") == {"data": []}


def test_the_evaluation_is_that_of_this_release(site: Site) -> None:
    found = {entry["split"]: entry for entry in site.get("/assistant/evaluation")["data"]}
    assert found.keys() == {"open", "held_out"}
    for entry in found.values():
        assert entry["right"] == entry["questions"] - len(entry["misses"])
        assert entry["certain_and_wrong"] == sum(miss["is_certain"] for miss in entry["misses"]) == 0
