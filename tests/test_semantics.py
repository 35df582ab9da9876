"""docs/semantics.md is what the code does: its reasons, its examples and its columns."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

import corpus
from markdown import headings, pages, rows, section, spans
from oracle import Record
from rtlakehouse.contract.contract import load, reasons
from rtlakehouse.contract.refine import Limits, refine
from rtlakehouse.medallion.graph import TABLES
from rtlakehouse.medallion.table import Table
from shapes import bronze_rows

PAGE = pages()[Path("docs/semantics.md")]
REASON_ROWS = rows(section(PAGE, "Quarantine"))
# Those that are written as code: the reasons of their row, and a record or a member of one.
EXAMPLES = [(spans(row[0]), spans(row[1])[0]) for row in REASON_ROWS if spans(row[1])]
# The page says that its examples are received then.
RECEIVED = datetime(2026, 11, 24, 12, tzinfo=UTC)
VALID = corpus.VALID | {"ts": "2026-11-24T12:00:00Z"}
TYPE_NAMES = {
    "timestamp[us, tz=UTC]": "timestamp",
    "date32[day]": "date",
    "list<item: string>": "list of string",
    "list<element: string>": "list of string",
}


def type_name(arrow_type: object) -> str:
    """An Arrow type in the page's words."""
    text = TYPE_NAMES.get(str(arrow_type), str(arrow_type))
    return text.replace("decimal128", "decimal").replace(", ", ",")


def record_of(example: str) -> bytes:
    """An example is a record, or a member that a valid event has instead of its own."""
    if example[0] in "{[":
        return example.encode()
    return json.dumps(VALID | json.loads("{" + example + "}")).encode()


@cache
def given() -> dict[int, list[str]]:
    """The reasons of every example, by its place on the page; the event that they change is the last."""
    texts = [*(record_of(example) for _, example in EXAMPLES), json.dumps(VALID).encode()]
    records = [Record(raw, position, RECEIVED, RECEIVED) for position, raw in enumerate(texts)]
    rejected = refine(bronze_rows(records), load(), Limits()).rejected
    return {row["position"]: row["reasons"] for row in rejected.to_pylist()}


def test_every_reason_is_documented_and_no_other() -> None:
    assert sorted(reason for row in REASON_ROWS for reason in spans(row[0])) == sorted(set(reasons(load())))


def test_the_event_that_the_examples_change_is_valid() -> None:
    assert len(EXAMPLES) not in given()


@pytest.mark.parametrize("place", range(len(EXAMPLES)))
def test_an_example_has_the_reason_it_stands_for_and_no_other(place: int) -> None:
    named, example = EXAMPLES[place]
    assert [reason for reason in given()[place] if reason not in named] == [], example
    assert len(given()[place]) == 1, example


def test_every_member_of_the_contract_is_documented_with_whether_it_is_required() -> None:
    documented = {name: row[1] for row in rows(section(PAGE, "The event contract, version 1")) for name in spans(row[0])}
    assert documented == {field.name: "yes" if field.required else "no" for field in load().fields}


def test_every_table_is_documented_and_no_other() -> None:
    assert [heading for heading in headings(PAGE) if heading.partition(".")[0] in {t.layer for t in TABLES.values()}] == [*TABLES]


@pytest.mark.parametrize("table", TABLES.values(), ids=list(TABLES))
def test_every_column_is_documented_with_its_type_and_no_other(table: Table) -> None:
    documented = [(*spans(row[0]), row[1], row[2]) for row in rows(section(PAGE, table.name))]
    assert documented == [(c.name, type_name(c.type), "yes" if c.nullable else "") for c in table.columns]
