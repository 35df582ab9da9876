"""SQL over HTTP: correct, of one tenant, at one version, within its bounds."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import duckdb
import httpx
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from api.conftest import SiteMaker
from api.serving import Site
from rtlakehouse.api.errors import PROBLEM
from rtlakehouse.catalog.files import local_times


def ask(site: Site, sql: str, values: Any = None, headers: dict[str, str] | None = None, **parameters: Any) -> httpx.Response:
    body = {"sql": sql, "parameters": values or {}}
    return site.client.post("/api/v1/query", json=body, params=parameters, headers=headers)


def rows(site: Site, sql: str, values: Any = None, **parameters: Any) -> list[dict[str, Any]]:
    answer = ask(site, sql, values, **parameters)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["data"]
    return found


def problem(answer: httpx.Response, status: int) -> str:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == PROBLEM
    detail: str = answer.json()["detail"]
    return detail


def own(site: Site, table: str = "silver.events") -> pa.Table:
    """The default tenant's rows, as the lake itself has them."""
    found = site.lake.read(table)
    return found.filter(pc.equal(found["tenant_id"], "default"))


def test_an_aggregate_is_what_the_rows_add_up_to(site: Site) -> None:
    found = rows(site, "select event_type, count(*) as events, sum(quantity) as units from silver.events group by event_type")
    grouped = own(site).group_by("event_type").aggregate([([], "count_all"), ("quantity", "sum")]).to_pylist()
    expected = {row["event_type"]: (row["count_all"], str(row["quantity_sum"])) for row in grouped}
    assert {row["event_type"]: (row["events"], str(row["units"])) for row in found} == expected


def test_nothing_of_another_tenant_is_reachable(site: Site) -> None:
    for table in ("silver.events", "bronze.events", "gold.kpis_1m", "ops.ledger"):
        assert rows(site, f"select distinct tenant_id from {table}") == [{"tenant_id": "default"}]
    assert (
        rows(site, "select 1 from silver.events where tenant_id = 'acme' or user_id = 'spy' or true and tenant_id <> 'default'")
        == []
    )


def test_parameters_are_bound_by_name_or_in_order(site: Site) -> None:
    count = pc.sum(pc.equal(own(site)["event_type"], "purchase")).as_py()
    assert rows(site, "select count(*) as n from silver.events where event_type = $kind", {"kind": "purchase"}) == [{"n": count}]
    assert rows(site, "select count(*) as n from silver.events where event_type = ?", ["purchase"]) == [{"n": count}]
    assert rows(site, "select count(*) as n from silver.events where event_type = ?", ["' or true --"]) == [{"n": 0}]


def test_pages_are_of_one_version_while_commits_land(on_copy: SiteMaker) -> None:
    sql = "select event_id from silver.events order by event_type"
    with on_copy() as site:
        before = sorted(own(site)["event_id"].to_pylist())
        first = ask(site, sql, limit=1000)
        site.post(
            b'{"event_id":"later","event_type":"add_to_cart","user_id":"u","product_id":"p","price":1,"quantity":1,"currency":"EUR",'
            b'"ts":%d}' % round(site.clock.now().timestamp() * 1000)
        )
        site.refine()
        answers, cursor = [first], first.json()["next_cursor"]
        while cursor:
            answers.append(ask(site, sql, limit=1000, cursor=cursor))
            cursor = answers[-1].json()["next_cursor"]
        assert len(answers) > 1
        assert sorted(row["event_id"] for answer in answers for row in answer.json()["data"]) == before
        assert len({answer.headers["X-Lake-Versions"] for answer in answers}) == 1
        assert rows(site, "select 1 as one from silver.events where event_id = 'later'") == [{"one": 1}]


def test_a_cursor_is_no_good_for_another_statement(site: Site) -> None:
    cursor = ask(site, "select event_id from silver.events", limit=1).json()["next_cursor"]
    assert "another question" in problem(ask(site, "select user_id from silver.events", limit=1, cursor=cursor), 400)


def test_an_answer_says_the_versions_of_just_its_tables_and_has_a_tag_of_its_own(site: Site) -> None:
    first = ask(site, "select count(*) from gold.kpis_1m")
    assert first.headers["X-Lake-Versions"] == f"gold.kpis_1m={site.parts.catalog.latest.versions['gold.kpis_1m']}"
    assert ask(site, "select count(*) from gold.kpis_1m").headers["ETag"] == first.headers["ETag"]
    assert ask(site, "select count(*) + 1 from gold.kpis_1m").headers["ETag"] != first.headers["ETag"]


@pytest.mark.parametrize("tag", ["*", "the answer's own"])
def test_a_post_is_never_not_modified(site: Site, tag: str) -> None:
    first = ask(site, "select count(*) as n from gold.kpis_1m")
    again = ask(
        site, "select count(*) as n from gold.kpis_1m", headers={"If-None-Match": tag if tag == "*" else first.headers["ETag"]}
    )
    assert (again.status_code, again.content) == (200, first.content)


def test_the_past_is_asked_by_its_versions(site: Site) -> None:
    (then,) = rows(site, "select count(*) as n from silver.events", as_of="silver.events=3")
    (now,) = rows(site, "select count(*) as n from silver.events")
    past = site.lake.read("silver.events", 3)
    assert then["n"] == past.num_rows < now["n"]


def test_rows_come_as_lines_of_json_too(site: Site) -> None:
    sql = "select event_id, price, event_time, campaign, is_late from silver.events"
    answer = ask(site, sql, headers={"Accept": "application/x-ndjson"}, limit=7)
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert [json.loads(line) for line in answer.content.splitlines()] == rows(site, sql, limit=7)


def test_rows_come_as_csv_too(site: Site) -> None:
    sql = "select event_id, price, event_time, campaign, 'a \"b\", c' as quoted from silver.events"
    answer = ask(site, sql, headers={"Accept": "text/csv"}, limit=7)
    assert answer.headers["content-type"].partition(";")[0] == "text/csv"
    found = list(csv.DictReader(io.StringIO(answer.text)))
    assert found == [{name: value or "" for name, value in row.items()} for row in rows(site, sql, limit=7)]


@pytest.mark.parametrize("form", ["text/csv", "application/x-ndjson"])
def test_a_form_without_a_place_for_the_cursor_says_where_the_next_page_is(site: Site, form: str) -> None:
    sql = "select event_id from silver.events"
    first = ask(site, sql, headers={"Accept": form}, limit=5)
    second = site.client.post(first.links["next"]["url"], json={"sql": sql}, headers={"Accept": "application/json"})
    both = [row["event_id"] for row in rows(site, sql, limit=10)]
    assert [row["event_id"] for row in second.json()["data"]] == both[5:]


def test_rows_come_as_arrow_or_parquet_too(site: Site) -> None:
    sql = "select event_id, price from silver.events"
    arrow = pa.ipc.open_stream(ask(site, sql, headers={"Accept": "application/vnd.apache.arrow.stream"}).content).read_all()
    parquet = pq.read_table(io.BytesIO(ask(site, sql, headers={"Accept": "application/vnd.apache.parquet"}).content))
    assert arrow.equals(parquet)
    assert arrow["price"].type == pa.decimal128(18, 4)


def test_what_is_wrong_is_said_with_its_place(site: Site) -> None:
    def fault(sql: str) -> Any:
        found = site.client.post("/api/v1/query/validate", json={"sql": sql}).json()
        assert not found["valid"]
        return found["fault"]

    table = fault("select *\nfrom gold.kpi_1m")
    assert "Did you mean gold.kpis_1m?" in table["message"]
    assert table["line"] == 2
    column = fault("select\n  pric from silver.events")
    assert "price" in column["message"]
    assert column["line"] == 2


def test_a_statement_that_may_run_is_valid(site: Site) -> None:
    found = site.client.post("/api/v1/query/validate", json={"sql": "select price from silver.events"}).json()
    assert found == {"valid": True, "tables": ["silver.events"], "fault": None}


def test_an_explanation_has_the_plan_and_the_files(site: Site) -> None:
    found = site.client.post("/api/v1/query/explain", json={"sql": "select sum(price) from silver.events"}).json()
    (table,) = found["tables"]
    assert table["total_files"] == len(site.lake.files("silver.events"))
    assert table["bytes"] > 0
    assert "price" in found["plan"]
    assert str(site.lake.root) not in found["plan"]


def advice(site: Site, sql: str, values: Any = None) -> dict[str, Any]:
    answer = site.client.post("/api/v1/query/advice", json={"sql": sql, "parameters": values or {}})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_advice_asks_for_a_condition_on_time(site: Site) -> None:
    found = advice(site, "select count(*) from silver.events")
    (table,), (hint,) = found["tables"], found["hints"]
    assert "event_date" in hint
    assert f"{table['files']} of {len(site.lake.files('silver.events'))} files" in hint
    assert advice(site, "select count(*) from silver.events where event_date = date '2026-11-24'")["hints"] == []


def test_advice_asks_for_a_condition_that_files_can_be_told_by(site: Site) -> None:
    (hint,) = advice(site, "select count(*) from silver.events where date_trunc('day', event_time) = date '2026-11-24'")["hints"]
    assert "event_time is nowhere compared with a constant" in hint


CONDITIONS = [
    "event_time >= $then",
    "event_time < $then",
    "$then > event_time",
    "event_time between $then and '9000-01-01'",
    "event_date = $then::date",
    "event_date > $then::date",
    "event_date <= $then::date and user_id is not null",
    "(event_time >= $then and (event_date >= $then::date))",
]


@pytest.mark.parametrize("condition", CONDITIONS)
def test_advice_counts_the_files_that_the_condition_leaves(site: Site, condition: str) -> None:
    """No file is left out that has such rows, and of these lakes' files some are."""
    folder = site.lake.path("silver.events")
    paths = [folder / path for path in site.lake.files("silver.events")]
    times = sorted(time for path in paths for time in pq.read_table(path, columns=["event_time"])["event_time"].to_pylist())
    then = times[len(times) // 2].replace(tzinfo=None).isoformat()
    (table,) = advice(site, f"select count(*) from silver.events where {condition}", {"then": then})["tables"]
    with_rows = [path for path in paths if _rows_in(path, condition, then)]
    assert len(with_rows) <= table["files"] < table["total_files"] == len(paths)


def _rows_in(path: Path, condition: str, then: str) -> int:
    """How many of the default tenant's rows in a file meet a condition on its times."""
    rows = local_times(pq.read_table(path, partitioning=None).select(["tenant_id", "event_time", "user_id"]))
    with duckdb.connect() as connection:
        connection.register("rows", rows)
        text = condition.replace("$then::date", f"date '{then[:10]}'").replace("$then", f"timestamp '{then}'")
        dated = "select *, event_time::date as event_date from rows where tenant_id = 'default'"
        ((found,),) = connection.sql(f"select count(*) from ({dated}) where {text}").fetchall()
    return int(found)


def test_a_question_without_a_body_is_told_so(site: Site) -> None:
    assert "body: Field required" in problem(site.client.post("/api/v1/query"), 422)


def test_a_body_in_another_encoding_is_told_so(site: Site) -> None:
    answer = site.client.request(
        "POST", "/api/v1/query", content=b'{"sql": "\xff"}', headers={"Content-Type": "application/json"}
    )
    assert (answer.status_code, answer.json()["detail"]) == (
        422,
        "body: JSON is UTF-8, and this is not. /api/docs shows what this takes.",
    )
