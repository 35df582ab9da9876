"""Lineage over HTTP: whatever the endpoints really read is what lineage says of them."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
import yaml

from api.conftest import NOW, READ_AT
from api.questions import fixed, of_site
from api.serving import Site, site_on
from api.test_every_read import is_problem
from rtlakehouse import contract
from rtlakehouse.api.lineage.readers import endpoints
from rtlakehouse.catalog import Snapshot
from rtlakehouse.catalog.snapshot import Digested
from rtlakehouse.lineage.statement import analysed
from rtlakehouse.medallion.graph import TABLES

WHAT_IF = "/api/v1/lineage/what-if"
Reads = dict[str, set[tuple[str, str]]]


class Watch:
    """Notes which columns of which tables the statements name that are run for each question."""

    def __init__(self, site: Site) -> None:
        self.reads: Reads = defaultdict(set)
        self._templates = sorted((reader.name for reader in endpoints(site.app)), key=lambda name: name.count("{"))
        self._now = ""

    def ask(self, site: Site, path: str, parameters: dict[str, str]) -> None:
        patterns = ((name, re.sub(r"\{\w+\}", "[^/]+", name)) for name in self._templates)
        self._now = next((name for name, pattern in patterns if re.fullmatch(pattern, f"GET /api/v1{path}")), path)
        assert site.client.get(f"/api/v1{path}", params=parameters).status_code == 200

    def note(self, sql: str, relations: dict[str, Any]) -> None:
        tables = {
            name: wanted if isinstance(wanted, str) else wanted[0] for name, wanted in relations.items() if _of_table(wanted)
        }
        digests = {name: wanted.digest for name, wanted in relations.items() if isinstance(wanted, Digested)}
        columns = {name: TABLES[table].column_names for name, table in tables.items()}
        columns |= {name: (*digest.columns, *digest.derived) for name, digest in digests.items()}
        for relation, column in analysed(sql, columns).reads:
            if relation in tables:
                self.reads[self._now].add((tables[relation], column))
            else:
                digest = digests[relation]
                self.reads[self._now] |= {(digest.table.name, of) for of in digest.derived.get(column, (column,))}


def _of_table(wanted: Any) -> bool:
    return isinstance(wanted, str) or (isinstance(wanted, tuple) and isinstance(wanted[0], str))


def test_what_lineage_says_of_an_endpoint_is_what_it_really_reads(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    query = Snapshot.query
    with site_on(filled, READ_AT, cache_entries=0) as site:
        watch = Watch(site)

        def watched(self: Snapshot, sql: str, parameters: Any = None, /, **relations: Any) -> Any:
            watch.note(sql, relations)
            return query(self, sql, parameters, **relations)

        questions = [q for q in [*fixed(NOW), *of_site(site)] if "/tables/" not in q.path]
        monkeypatch.setattr(Snapshot, "query", watched)
        for question in questions:
            watch.ask(site, question.path, question.parameters)
        said = {reader.name: reader.reads for reader in endpoints(site.app)}
    assert len(watch.reads) > 10
    for name, read in watch.reads.items():
        assert read <= said.get(name, frozenset()), name


def test_a_column_is_followed_down_to_the_member_of_the_record(site: Site) -> None:
    found = site.get("/lineage/columns/gold.revenue_1m.net")["data"]
    assert found[0]["column"] == "gold.revenue_1m.net"
    assert {step["name"] for step in found[0]["steps"]} >= {"net", "measures.gross", "measures.refunded"}
    price = next(made for made in found if made["column"] == "silver.events.price")
    assert {"column": "bronze.events.raw", "member": "price", "how": "value"} in price["sources"]
    assert found[-1]["column"].startswith("bronze.events.")


def test_the_impact_of_a_member_is_what_is_made_of_it_and_who_reads_that(site: Site) -> None:
    found = site.get("/lineage/impact/bronze.events.raw", member="campaign")
    made = {each["column"]: each["how"] for each in found["columns"]}
    assert made["silver.events.campaign"] == "value"
    assert made["gold.segments_1m.value"] == "value"
    assert not any(name.startswith("gold.revenue_1m") for name in made)
    names = {each["name"] for each in found["readers"]}
    assert "GET /api/v1/kpis/segments/{dimension}" in names
    assert "GET /api/v1/kpis/revenue" not in names
    assert "GET /api/v1/kpis/revenue" in {
        each["name"] for each in site.get("/lineage/impact/silver.events.price")["readers"] if each["kind"] == "endpoint"
    }


def test_what_a_dropped_column_breaks_is_told_with_endpoints_and_own_queries(site: Site) -> None:
    sql = "select count(distinct user_id) from silver.events"
    body = {"changes": [{"column": "silver.events.user_id"}], "statements": [{"name": "mine", "sql": sql}]}
    found = site.client.post(WHAT_IF, json=body).json()
    broken = {each["name"]: each["why"] for each in found["breaks"]}
    assert broken["gold.kpis_1m.active_users"] == "It is made of silver.events.user_id."
    assert broken["mine"] == "It names silver.events.user_id."
    assert "GET /api/v1/windows" in broken
    assert not any(name.startswith("gold.revenue_1m") for name in broken)
    assert sum(found["counts"].values()) == len(found["breaks"])
    assert found["refused"] is None


def test_a_retyped_column_breaks_only_what_cannot_take_it(site: Site) -> None:
    as_text = site.client.post(WHAT_IF, json={"changes": [{"column": "silver.events.quantity", "to": "text"}]}).json()
    assert "SUM" in next(each["why"] for each in as_text["breaks"] if each["name"] == "gold.kpis_1m.units")
    assert site.client.post(WHAT_IF, json={"changes": [{"column": "silver.events.ua", "to": "number"}]}).json()["breaks"] == []
    same = {"changes": [{"column": "silver.events.quantity", "to": "number"}]}
    assert site.client.post(WHAT_IF, json=same).json()["breaks"] == []


def test_another_contract_is_judged_and_what_it_takes_away_is_followed(site: Site) -> None:
    document = yaml.safe_load((Path(contract.__file__).parent / "v1.yaml").read_text("utf-8"))
    added = {**document, "version": 2, "fields": [*document["fields"], _optional("coupon")]}
    found = site.client.post(WHAT_IF, json={"contract": added}).json()
    assert (found["refused"], found["breaks"]) == (None, [])
    without = {**document, "version": 2, "fields": [field for field in document["fields"] if field["name"] != "device"]}
    found = site.client.post(WHAT_IF, json={"contract": without}).json()
    assert "device is gone" in found["refused"]
    assert "gold.segments_1m.value" in {each["name"] for each in found["breaks"]}


def _optional(name: str) -> dict[str, Any]:
    return {"name": name, "kind": "string", "doc": "What was taken off.", "max_length": 64}


@pytest.mark.parametrize(
    ("path", "status", "fix"),
    [
        ("/lineage/columns/gold.kpis_1m.revenue", 404, "It has tenant_id"),
        ("/lineage/columns/gold.kpi_1m.events", 404, "Did you mean gold.kpis_1m?"),
        ("/lineage/columns/events", 404, "There are"),
        ("/lineage/impact/bronze.events.raw?member=colour", 404, "it names event_id"),
        ("/lineage/impact/silver.events.price?member=price", 400, "goes with bronze.events.raw"),
    ],
)
def test_what_does_not_exist_is_a_problem_that_says_what_does(site: Site, path: str, status: int, fix: str) -> None:
    assert fix in is_problem(site.client.get(f"/api/v1{path}"), status)["detail"]


@pytest.mark.parametrize(
    ("body", "fix"),
    [
        ({"statements": [{"name": "mine", "sql": "select from where"}]}, "line 1"),
        ({"statements": [{"name": "mine", "sql": "drop table gold.kpis_1m"}]}, "SELECT"),
        ({"contract": {"version": 2, "fields": [{"name": "x", "kind": "string", "doc": ""}]}}, "lacks max_length"),
    ],
)
def test_a_question_that_makes_no_sense_is_a_problem(site: Site, body: dict[str, Any], fix: str) -> None:
    assert fix in is_problem(site.client.post(WHAT_IF, json=body), 400)["detail"]
