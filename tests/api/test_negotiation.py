"""`Accept` and `If-None-Match` as RFC 9110 has them."""

from __future__ import annotations

import pytest

from api.conftest import SiteMaker
from api.serving import Site
from rtlakehouse.api.negotiation import choose, matches, tags
from rtlakehouse.errors import NotAcceptableError

JSON, CSV, PARQUET = "application/json", "text/csv", "application/vnd.apache.parquet"
OFFERED = (JSON, CSV, PARQUET)


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("", JSON),
        (" , ", JSON),
        ("*/*", JSON),
        ("text/csv", CSV),
        ("TEXT/CSV", CSV),
        ("text/csv; header=present", CSV),
        ("text/*", CSV),
        ("application/*", JSON),
        ("text/html,application/xhtml+xml,*/*;q=0.8", JSON),
        ("application/json;q=0.1, text/csv;q=0.2", CSV),
        ("text/csv;q=0.5,*/*;q=0.9", JSON),
        ("application/json;q=0,*/*", CSV),
        ("application/*;q=0.9, application/json;q=0.1, text/csv;q=0.5", PARQUET),
        ("text/csv;q=0.5, application/vnd.apache.parquet", PARQUET),
        ("text/csv, application/json", JSON),
        ("text/csv;Q=1.000, application/json;q=0.999", CSV),
        # A weight that is none is not a weight: it is taken for a parameter of the type.
        ("text/csv;q=1.5", CSV),
    ],
)
def test_the_form_that_is_liked_best_is_chosen(accept: str, chosen: str) -> None:
    assert choose(accept, OFFERED) == chosen


@pytest.mark.parametrize("accept", ["application/xml", "text/csv;q=0", "*/*;q=0", "image/*", "nonsense"])
def test_where_no_form_is_liked_the_refusal_lists_those_there_are(accept: str) -> None:
    with pytest.raises(NotAcceptableError, match="application/json, text/csv"):
        choose(accept, OFFERED)


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ('"a"', {"a"}),
        ('W/"a"', {"a"}),
        ('"a", W/"b" ,"c"', {"a", "b", "c"}),
        ('"a,b"', {"a,b"}),
        ('""', {""}),
        ("*", {"*"}),
        (" * ", {"*"}),
        ('"*"', {"*"}),
        ("", set()),
        ("a", set()),
        ('"a', set()),
        ('"a" "b"', set()),
        ('w/"a"', set()),
        ('*, "a"', set()),
    ],
)
def test_the_tags_of_a_list_are_read_as_the_standard_has_them(header: str, found: set[str]) -> None:
    assert tags(header) == found


def test_a_tag_matches_as_a_whole_only() -> None:
    assert matches(tags('"abc", "def"'), '"def"')
    assert not matches(tags('"abc"'), '"ab"')
    assert not matches(tags('"abc"'), '"abcd"')


@pytest.mark.parametrize("form", ['"x", {}', "W/{}", '{},"y"', '"x",W/{} , "y"'])
def test_one_of_several_known_answers_is_enough(site: Site, form: str) -> None:
    etag = site.client.get("/api/v1/windows").headers["etag"]
    assert site.client.get("/api/v1/windows", headers={"If-None-Match": form.format(etag)}).status_code == 304


def test_several_header_lines_are_one_list(site: Site) -> None:
    etag = site.client.get("/api/v1/windows").headers["etag"]
    lines = [("If-None-Match", '"x"'), ("If-None-Match", etag)]
    assert site.client.get("/api/v1/windows", headers=lines).status_code == 304


@pytest.mark.parametrize("form", ["{}x", '"{}"', "x{}"])
def test_what_only_contains_the_tag_is_not_known(site: Site, form: str) -> None:
    etag = site.client.get("/api/v1/windows").headers["etag"]
    assert site.client.get("/api/v1/windows", headers={"If-None-Match": form.format(etag)}).status_code == 200


def test_any_answer_at_all_is_known_where_there_is_one(site: Site) -> None:
    asked = {"If-None-Match": "*"}
    assert site.client.get("/api/v1/windows", headers=asked).status_code == 304
    assert site.client.get("/api/v1/events/nobody", headers=asked).status_code == 404


def test_the_etag_changes_with_the_tables_used_and_with_no_other(on_copy: SiteMaker) -> None:
    quarantined, accepted = b"not json", None
    with on_copy() as site:
        windows = "/api/v1/windows?limit=1"
        rows = "/api/v1/tables/silver.quarantine/rows?limit=1"
        newest = site.get("/kpis/latest")["window"]["window_start"]
        accepted = (
            f'{{"event_id":"n","event_type":"page_view","user_id":"u","product_id":"p","price":1,"quantity":1,"currency":"EUR",'
            f'"ts":"{newest}"}}'
        ).encode()
        before = {path: site.client.get(path).headers["etag"] for path in (windows, rows)}
        site.post(quarantined)
        site.refine()
        between = {path: site.client.get(path).headers["etag"] for path in (windows, rows)}
        assert between[windows] == before[windows]
        assert between[rows] != before[rows]
        site.post(accepted)
        site.refine()
        after = {path: site.client.get(path).headers["etag"] for path in (windows, rows)}
        assert after[windows] != between[windows]
        assert after[rows] == between[rows]


def test_each_form_has_an_etag_of_its_own_whatever_else_is_accepted(site: Site) -> None:
    def etag(accept: str) -> str:
        return str(site.client.get("/api/v1/windows", headers={"Accept": accept}).headers["etag"])

    assert etag("text/csv") != etag("application/json")
    assert etag("*/*") == etag("application/json") == etag("text/html, */*;q=0.1")


def test_a_read_that_is_a_document_is_json_whatever_is_accepted(site: Site) -> None:
    answer = site.client.get("/api/v1/kpis/latest", headers={"Accept": "text/csv"})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"


def test_a_table_in_a_form_that_is_not_offered_is_a_406(site: Site) -> None:
    answer = site.client.get("/api/v1/windows", headers={"Accept": "application/xml"})
    assert answer.status_code == 406
    assert "application/vnd.apache.parquet" in answer.json()["detail"]


def test_a_304_runs_no_query(on_copy: SiteMaker) -> None:
    with on_copy(cache_entries=0) as site:
        paths = ["/api/v1/windows", "/api/v1/kpis/latest", "/api/v1/kpis/revenue", "/api/v1/ledger/balance"]
        event = site.get("/tables/silver.events/rows", limit=1)["data"][0]["event_id"]
        start = site.get("/kpis/latest")["window"]["window_start"]
        paths += [f"/api/v1/events/{event}", f"/api/v1/windows/{start}"]
        etags = {path: site.client.get(path).headers["etag"] for path in paths}
        # Without a database there is nobody to ask, and nothing was kept.
        site.parts.catalog.latest.connection.close()
        for path, etag in etags.items():
            assert site.client.get(path, headers={"If-None-Match": etag}).status_code == 304, path
            assert site.client.get(path).status_code == 500, path
