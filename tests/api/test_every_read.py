"""What holds for every read: its origin, its ETag, HEAD, unknown parameters, and errors of one shape."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import httpx
import pytest

from api.conftest import NOW
from api.questions import CONTROL, ESTIMATED, MOMENTARY, STATIC, Question, fixed, of_site
from api.serving import Site

QUESTIONS = fixed(NOW)
READS = [*(question.path for question in QUESTIONS), *STATIC, *CONTROL, *MOMENTARY, "/tables"]
PROBLEM = {"type", "title", "status", "detail", "request_id"}


def ask(site: Site, question: Question, **headers: str) -> httpx.Response:
    return site.client.get(f"/api/v1{question.path}", params=question.parameters, headers=headers)


def is_problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    """The problem that an answer is."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    found: dict[str, Any] = answer.json()
    assert found.keys() == PROBLEM
    assert found["status"] == status
    assert found["title"]
    assert found["detail"][-1] in ".?"
    assert found["request_id"] == answer.headers["x-request-id"]
    return found


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_an_answer_says_what_it_was_computed_from(site: Site, question: Question) -> None:
    answer = ask(site, question)
    assert answer.status_code == 200, answer.text
    latest = site.parts.catalog.latest.versions
    said = dict(pair.split("=") for pair in answer.headers["x-lake-versions"].split(","))
    assert said == {name: str(latest[name]) for name in question.tables}
    assert answer.headers["etag"].startswith('"')
    assert answer.headers["cache-control"] == "private, no-cache"
    assert answer.headers["vary"] == "Authorization, X-API-Key, Accept"
    assert answer.headers["x-data-freshness-ms"] == "0"
    assert datetime.fromisoformat(answer.headers["x-watermark"]) == site.parts.answers.watermark(site.parts.catalog.latest)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_what_is_known_already_is_not_sent_again(site: Site, question: Question) -> None:
    first = ask(site, question)
    again = ask(site, question, **{"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert again.content == b""
    for name in ("etag", "x-lake-versions", "cache-control", "vary", "x-watermark"):
        assert again.headers[name] == first.headers[name]


def test_the_same_question_has_the_same_etag_and_another_one_another(site: Site) -> None:
    etags = [ask(site, question).headers["etag"] for question in QUESTIONS]
    assert len(set(etags)) == len(QUESTIONS)
    assert [ask(site, question).headers["etag"] for question in QUESTIONS] == etags


def test_reads_of_one_thing_say_where_it_is_from_too(site: Site) -> None:
    for question in of_site(site):
        answer = ask(site, question)
        assert answer.status_code == 200, answer.text
        assert {pair.split("=")[0] for pair in answer.headers["x-lake-versions"].split(",")} == set(question.tables)
        assert ask(site, question, **{"If-None-Match": answer.headers["etag"]}).status_code == 304


@pytest.mark.parametrize("path", STATIC)
def test_what_only_a_release_changes_has_an_etag_and_no_versions(site: Site, path: str) -> None:
    answer = site.client.get(f"/api/v1{path}")
    assert "x-lake-versions" not in answer.headers
    assert site.client.get(f"/api/v1{path}", headers={"If-None-Match": answer.headers["etag"]}).status_code == 304


@pytest.mark.parametrize("path", MOMENTARY)
def test_what_holds_for_a_moment_is_not_kept(site: Site, path: str) -> None:
    assert site.client.get(f"/api/v1{path}").headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", READS)
def test_head_answers_as_get_without_a_body(site: Site, path: str) -> None:
    got, head = site.client.get(f"/api/v1{path}"), site.client.request("HEAD", f"/api/v1{path}")
    assert head.status_code == got.status_code
    assert head.content == b""
    unlike = {"x-request-id"}
    assert {k: v for k, v in head.headers.items() if k not in unlike} == {k: v for k, v in got.headers.items() if k not in unlike}


@pytest.mark.parametrize("path", [*READS, "/live/kpis", "/live/events"])
def test_a_parameter_that_is_not_known_is_an_error(site: Site, path: str) -> None:
    found = is_problem(site.client.get(f"/api/v1{path}", params={"form": "now"}), 422)
    assert "form: Extra inputs are not permitted" in found["detail"]


@pytest.mark.parametrize("path", ["/events", "/events/validate"])
def test_a_post_with_an_unknown_parameter_is_refused(site: Site, path: str) -> None:
    before = site.lake.version("bronze.events")
    is_problem(site.client.post(f"/api/v1{path}", params={"dry_run": "true"}, content=b"{}"), 422)
    assert site.lake.version("bronze.events") == before


@pytest.mark.parametrize(
    ("path", "status", "fix"),
    [
        ("/nothing", 404, "/api/docs"),
        ("/tables/gold.kpi_1m", 404, "Did you mean gold.kpis_1m?"),
        ("/tables/..%2f..%2fetc", 404, "There is nothing at"),
        ("/tables/gold.kpi_1m/rows", 404, "Did you mean"),
        ("/tables/gold.kpi_1m/schema", 404, "Did you mean"),
        ("/contracts/2", 404, "there are 1"),
        ("/contracts/one", 422, "version"),
        ("/metrics-catalog/revenu", 404, "Did you mean gross?"),
        ("/events/no-such-event", 404, "receipt"),
        ("/events/%00", 404, "receipt"),
        ("/events/receipts/http-0-999999999", 404, "POST /api/v1/events"),
        ("/events/receipts/http-1-0", 404, "POST /api/v1/events"),
        ("/events/receipts/http-0-007", 404, "POST /api/v1/events"),
        ("/events/receipts/http-0-7%0A", 404, "POST /api/v1/events"),
        ("/events/receipts/http-0-%D9%A3", 404, "POST /api/v1/events"),
        ("/windows/1999-12-31T23:59:00Z", 404, "GET /api/v1/windows"),
        ("/windows/yesterday", 422, "start"),
        ("/windows/2026-11-24T10:00:00", 422, "timezone"),
        ("/windows/1764000000", 422, "ISO 8601"),
        ("/kpis/series?to=0.5", 422, "ISO 8601"),
        ("/kpis/series?to=-1e9", 422, "ISO 8601"),
        ("/windows/0001-01-01T00:00:00%2B10:00", 422, "years"),
        ("/kpis/segments/colour", 422, "country"),
        ("/kpis/series?step=2m", 422, "1m"),
        ("/kpis/series?from=2026-11-24T10:00:00Z&to=2026-11-24T10:00:59Z", 400, "`from` must be before `to`"),
        ("/kpis/series?from=1990-01-01T00:00:00Z&to=2026-01-01T00:00:00Z", 400, "longer step"),
        ("/kpis/revenue?to=0001-01-01T00:00:00Z", 422, "years"),
        ("/kpis/products/top?limit=0", 422, "limit"),
        ("/kpis/products/top?limit=1001", 422, "limit"),
        ("/windows?limit=1001", 422, "limit"),
        ("/ledger?limit=-1", 422, "limit"),
        ("/ledger/offsets/0/999999999", 404, "GET /api/v1/ledger/balance"),
        ("/ledger/offsets/0/7?source=kafka", 404, "kafka/events/0/7"),
        ("/ledger/offsets/0/-1", 422, "position"),
        ("/tables/gold.kpi_1m/files", 404, "Did you mean"),
        ("/tables/gold.kpi_1m/versions", 404, "Did you mean"),
        ("/tables/gold.kpis_1m/versions/9999", 404, "its newest is"),
        ("/tables/gold.kpis_1m/versions/-1", 422, "version"),
        ("/tables/gold.kpis_1m/versions/3?as_of=gold.kpis_1m=2", 404, "its newest is 2"),
        ("/tables/gold.kpis_1m/versions?as_of=silver.events=2", 400, "gold.kpis_1m"),
        ("/tables/gold.kpi_1m/profile", 404, "Did you mean"),
        ("/tables/gold.kpi_1m/diff", 404, "Did you mean"),
        ("/tables/gold.kpis_1m/diff?from=9999", 404, "its newest is"),
        ("/tables/gold.kpis_1m/diff?from=-1", 422, "the number of a version"),
        ("/tables/gold.kpis_1m/diff?from=noon", 422, "the number of a version"),
        ("/tables/gold.kpis_1m/diff?to=2999-01-01T00:00:00Z", 400, "lies in the future"),
        ("/tables/gold.kpis_1m/diff?from=2000-01-01T00:00:00Z", 410, "no longer kept"),
        ("/tables/gold.kpis_1m/diff?to=3&as_of=gold.kpis_1m=3", 400, "give one of them"),
        ("/tables/gold.kpis_1m/diff?change=moved", 422, "'added', 'removed' or 'changed'"),
        ("/history/timeline?as_of=gold.kpis_1m=9999", 404, "its newest is"),
        ("/snapshots/20260101T000000.000000Z", 404, "GET /api/v1/snapshots"),
        ("/snapshots/..%2f..%2fetc/passwd", 404, "There is nothing at"),
        ("/snapshots/nothing/kpis_1m.parquet", 404, "GET /api/v1/snapshots"),
        ("/events?event_type=view", 422, "page_view"),
        ("/events?late=perhaps", 422, "late"),
        ("/windows?cursor=xyz", 400, "next_cursor"),
        ("/windows?as_of=noon", 400, "as_of"),
        ("/windows?as_of=", 400, "as_of"),
        ("/windows?as_of=2026-11-24T10:00:00", 400, "offset"),
        ("/windows?as_of=gold.nothing=1", 404, "There are"),
        ("/windows?as_of=gold.kpis_1m=1,gold.kpis_1m=2", 400, "once"),
        ("/windows?as_of=silver.events=1", 400, "gold.kpis_1m"),
        ("/kpis/latest?as_of=silver.events=1", 400, "gold.kpis_1m"),
        ("/kpis/revenue?as_of=silver.events=1", 400, "gold.revenue_1m"),
        ("/windows?max_staleness_ms=-1", 422, "max_staleness_ms"),
        ("/events/receipts/http-0-1?timeout_ms=30001", 422, "timeout_ms"),
    ],
)
def test_an_error_is_a_problem_that_says_the_fix(site: Site, path: str, status: int, fix: str) -> None:
    assert fix in is_problem(site.client.get(f"/api/v1{path}"), status)["detail"]


@pytest.mark.parametrize(("method", "path"), [("DELETE", "/windows"), ("POST", "/kpis/latest"), ("PUT", "/contracts/1")])
def test_another_method_is_refused_with_those_there_are(site: Site, method: str, path: str) -> None:
    answer = site.client.request(method, f"/api/v1{path}")
    is_problem(answer, 405)
    assert answer.headers["allow"] == "GET, HEAD"


def test_a_get_where_there_is_only_post_is_refused(site: Site) -> None:
    answer = site.client.get("/api/v1/query")
    is_problem(answer, 405)
    assert answer.headers["allow"] == "POST"


def test_nothing_of_another_tenant_shows(site: Site) -> None:
    for question in [*QUESTIONS, *of_site(site)]:
        if question.path.endswith("/rows"):
            question = Question(question.path, question.tables, {"limit": "1000"})
        text = ask(site, question).text
        for theirs in ("acme", "spy", "secret", "XXX", "foreign"):
            assert theirs not in text, question.path
    assert ask(site, Question("/events/foreign1", ())).status_code == 404


def test_numbers_that_must_be_exact_are_text(site: Site) -> None:
    for question in (each for each in QUESTIONS if each.path not in ESTIMATED):
        json.loads(ask(site, question).content, parse_float=_no_float)


def _no_float(text: str) -> float:
    raise AssertionError(f"{text} is a floating point number")
