"""One table in five forms: each says the same, exactly."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from api.conftest import NOW
from api.questions import Question, fixed
from api.serving import Site, rfc3339
from oracle import Expected
from rtlakehouse.api.formats import render, rows_of

CSV, NDJSON = "text/csv", "application/x-ndjson"
ARROW, PARQUET = "application/vnd.apache.arrow.stream", "application/vnd.apache.parquet"
QUESTIONS = [question for question in fixed(NOW) if question.is_tabular]


def in_form(site: Site, question: Question, accept: str) -> bytes:
    answer = site.client.get(f"/api/v1{question.path}", params=question.parameters, headers={"Accept": accept})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].partition(";")[0] == accept
    return answer.content


def rows_in(content: bytes, form: str) -> list[dict[str, Any]]:
    if form == NDJSON:
        return [json.loads(line) for line in content.splitlines()]
    if form == ARROW:
        return rows_of(pa.ipc.open_stream(content).read_all())
    return rows_of(pq.read_table(io.BytesIO(content)))


@pytest.mark.parametrize("form", [NDJSON, ARROW, PARQUET])
@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_every_form_has_the_rows_that_json_has(site: Site, question: Question, form: str) -> None:
    document = json.loads(in_form(site, question, "application/json"))
    assert rows_in(in_form(site, question, form), form) == document["data"]


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_csv_has_the_rows_that_json_has_as_text(site: Site, question: Question) -> None:
    document = json.loads(in_form(site, question, "application/json"))
    found = list(csv.DictReader(io.StringIO(in_form(site, question, CSV).decode())))
    assert [list(row) for row in found] == [list(row) for row in document["data"]]
    for row, wanted in zip(found, document["data"], strict=True):
        assert row == {name: _as_csv(value) for name, value in wanted.items()}


def _as_csv(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return json.dumps(value, separators=(",", ":"))
    return str(value).lower() if isinstance(value, bool) else str(value)


@pytest.mark.parametrize("form", [ARROW, PARQUET])
def test_times_in_binary_forms_are_instants(site: Site, form: str) -> None:
    content = in_form(site, Question("/windows", ()), form)
    table = pa.ipc.open_stream(content).read_all() if form == ARROW else pq.read_table(io.BytesIO(content))
    assert table.schema.field("window_start").type == pa.timestamp("us", "UTC")


def test_money_is_the_oracles_to_the_last_digit(site: Site, expected: Expected) -> None:
    rows = site.get("/tables/gold.revenue_1m/rows", limit=1000)["data"]
    assert len(rows) > 50
    for row in rows:
        at = datetime.fromisoformat(row["window_start"])
        us = int(at.timestamp()) * 1_000_000
        wanted = expected.gold["gold.revenue_1m"]["default", us, row["currency"]]
        assert row["window_start"] == rfc3339(us)
        for name in ("gross", "refunded", "net", "average_order_value"):
            assert row[name] == (None if wanted[name] is None else f"{wanted[name]:f}")


def test_bytes_are_text_where_they_are_utf8_and_hexadecimal_where_not() -> None:
    table = pa.table({"raw": pa.array([b'{"a":1}', b"\xff\x00", None], pa.binary())})
    assert [row["raw"] for row in rows_of(table)] == ['{"a":1}', "0xff00", None]


def test_tiny_decimals_have_no_exponent() -> None:
    table = pa.table({"rate": pa.array([Decimal("0.000001"), Decimal("0.000000")], pa.decimal128(18, 6))})
    assert [row["rate"] for row in rows_of(table)] == ["0.000001", "0.000000"]


def test_a_time_in_another_zone_is_written_in_utc() -> None:
    table = pa.table({"at": pa.array([datetime(2026, 3, 1, 12, tzinfo=UTC)], pa.timestamp("us", "Europe/Berlin"))})
    assert rows_of(table) == [{"at": "2026-03-01T12:00:00Z"}]


def test_a_document_is_json_in_every_form(site: Site) -> None:
    from rtlakehouse.api.health.endpoints import Alive

    assert render(Alive(), CSV).media_type == "application/json"
