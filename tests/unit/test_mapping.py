"""Mappings: what people write to make events of foreign columns, and what is refused with the reason."""

from __future__ import annotations

import hashlib
import json
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import yaml

from rtlakehouse.contract.mapping import Mapper, Mapping, load_mapping
from rtlakehouse.errors import MappingError

MEMBERS = {
    "event_id": "id",
    "event_type": "'purchase'",
    "user_id": "name",
    "product_id": "'p'",
    "price": "price",
    "quantity": "1",
    "currency": "'EUR'",
    "ts": "at",
}
ROWS = pa.table(
    {
        "id": ["A-1"],
        "name": [" Ann "],
        "Unit Price": ["2.55"],
        "price": pa.array([Decimal("12.50")], pa.decimal128(18, 4)),
        "n": pa.array([-3], pa.int64()),
        "none": pa.array([None], pa.string()),
        "at": ["24/11/2026 10:30"],
        "instant": pa.array([datetime(2026, 11, 24, 10, 30, tzinfo=UTC)], pa.timestamp("us", "UTC")),
        "local": pa.array([datetime(2026, 11, 24, 10, 30)], pa.timestamp("us")),  # noqa: DTZ001 - a column without a zone
        "tags": pa.array([["a", "b"]]),
        "nested": pa.array([{"x": 1, "y": "é"}]),
        "doc": ['{"k": {"v": 7}}'],
        "bytes": pa.array([b"raw"]),
        "yes": [True],
    }
)


def _written(path: Path, document: Any) -> Path:
    path.write_text(document if isinstance(document, str) else yaml.safe_dump(document, sort_keys=False), "utf-8")
    return path


def _load(folder: Path, **members: Any) -> Mapping:
    """A mapping file with these members beside those that an event needs."""
    return load_mapping(_written(folder / "m.yaml", {"event": MEMBERS | members}))


def _events(mapping: Mapping | None, rows: pa.Table, *, is_text: bool = False) -> list[Any]:
    with closing(Mapper(rows.schema, mapping, is_text=is_text)) as mapper:
        return [json.loads(text, parse_float=Decimal) for text in mapper.texts(rows).to_pylist()]


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("id", "A-1"),
        ('"Unit Price"', "2.55"),
        ('"unit price"', "2.55"),
        ("'GBP'", "GBP"),
        ("'it''s'", "it's"),
        (7, 7),
        (2.5, Decimal("2.5")),
        ("n * -2 + 1", 7),
        ("abs(n)", 3),
        ("7 // 2", 3),
        ("trim(name)", "Ann"),
        ("lower(id)", "a-1"),
        ("id || '/' || trim(name)", "A-1/Ann"),
        ("id[1:1]", "A"),
        ("split_part(id, '-', 2)", "1"),
        ("replace(id, '-', '')", "A1"),
        (r"regexp_replace(id, '\D', '', 'g')", "1"),
        (r"regexp_extract(id, '(\w)-(\d)', 2)", "1"),
        ("printf('%05d', 42)", "00042"),
        ("lpad(id, 5, '0')", "00A-1"),
        ("id like 'A%'", True),
        ("id in ('A-1', 'B')", True),
        ("n between -5 and 0", True),
        ("none is null and not false", True),
        ("case when n < 0 then 'refund' else 'purchase' end", "refund"),
        ("case id when 'A-1' then 1 end", 1),
        ("if(n > 0, 1, 2)", 2),
        ("coalesce(none, id)", "A-1"),
        ("ifnull(none, 'x')", "x"),
        ("nullif(id, 'B')", "A-1"),
        ('cast("Unit Price" as decimal(18, 4))', Decimal("2.5500")),
        ('"Unit Price"::double * 2', Decimal("5.1")),
        ("coalesce(try_cast(id as integer), 0)", 0),
        ("coalesce(try(cast(id as integer)), -1)", -1),
        ("round(price / 3, 2)", Decimal("4.17")),
        ("greatest(1, n, 3)", 3),
        ("strptime(at, '%d/%m/%Y %H:%M')", "2026-11-24 10:30:00"),
        ("strftime(strptime(at, '%d/%m/%Y %H:%M'), '%Y-%m-%dT%H:%M:%SZ')", "2026-11-24T10:30:00Z"),
        ("epoch_ms(instant)", 1_795_516_200_000),
        ("epoch_ms(local at time zone 'Europe/Berlin')", 1_795_512_600_000),
        ("strftime(local + interval 1 day, '%Y-%m-%d')", "2026-11-25"),
        ("date_trunc('hour', local)::varchar", "2026-11-24 10:00:00"),
        ("date_part('year', local)", 2026),
        ("strftime(timestamp '2026-01-02 03:04:05', '%d')", "02"),
        ("md5(id)", hashlib.md5(b"A-1").hexdigest()),
        ("md5(to_json([id, none])::varchar)", hashlib.md5(b'["A-1",null]').hexdigest()),
        ("tags", ["a", "b"]),
        ("tags[1]", "a"),
        ("list_transform(tags, lambda x: upper(x))", ["A", "B"]),
        ("array_to_string(tags, '+')", "a+b"),
        ("nested", {"x": 1, "y": "é"}),
        ("nested.y", "é"),
        ("{'id': id, 'n': n}", {"id": "A-1", "n": -3}),
        ("doc->>'$.k.v'", "7"),
        ("(doc->'$.k.v')::integer", 7),
        ("yes", True),
        ("decode(bytes)", "raw"),
        ("id -- a comment", "A-1"),
    ],
)
def test_an_expression_that_people_write_gives_its_value(expression: Any, value: Any, tmp_path: Path) -> None:
    (event,) = _events(_load(tmp_path, extra=expression), ROWS)
    assert event["extra"] == value


def test_a_null_leaves_its_member_out(tmp_path: Path) -> None:
    (event,) = _events(_load(tmp_path, country="none"), ROWS)
    assert "country" not in event


def test_members_stay_in_the_order_of_the_mapping_and_names_are_escaped(tmp_path: Path) -> None:
    (event,) = _events(_load(tmp_path, **{'quo"te': "1", "apo'strophe": "2", "brace{": "3"}), ROWS)
    assert list(event)[-3:] == ['quo"te', "apo'strophe", "brace{"]


@pytest.mark.parametrize(
    "expression",
    [
        "(select id from other)",
        "exists (select 1)",
        "id in (select 1)",
        "array(select 1)",
        "select 1",
        "from file",
        "1; drop table file",
        "copy file to '/tmp/x'",
        "attach '/tmp/x'",
        "pragma database_list",
        "set memory_limit = '1GB'",
        "count(*)",
        "sum(n)",
        "any_value(id)",
        "row_number() over ()",
        "lag(id) over ()",
        "unnest(tags)",
        "*",
        "columns(*)",
        "id as name",
        "?",
        "$1",
        "$name",
    ],
)
def test_what_is_more_than_one_row_s_value_is_refused(expression: str, tmp_path: Path) -> None:
    with pytest.raises(MappingError, match="must be an expression over the columns of one row"):
        _load(tmp_path, extra=expression)


@pytest.mark.parametrize(
    "expression",
    [
        "now()",
        "current_timestamp",
        "current_date",
        "current_time",
        "localtimestamp",
        "localtime",
        "today()",
        "get_current_timestamp()",
        "transaction_timestamp()",
        "txid_current()",
        "age(instant)",
        "random()",
        "uuid()",
        "uuidv4()",
        "uuidv7()",
        "gen_random_uuid()",
        "nextval('s')",
        "current_setting('threads')",
        "getvariable('x')",
        "coalesce(id, upper(uuid()::varchar))",
    ],
)
def test_what_differs_from_one_reading_to_the_next_is_refused(expression: str, tmp_path: Path) -> None:
    with pytest.raises(MappingError, match="gives another value each time"):
        _load(tmp_path, event_id=expression)


def test_the_age_between_two_times_is_always_the_same(tmp_path: Path) -> None:
    (event,) = _events(_load(tmp_path, extra="age(local, local)::varchar"), ROWS)
    assert event["extra"] == "00:00:00"


@pytest.mark.parametrize(
    "expression",
    ["read_text('/etc/hostname')", "read_csv('/etc/hostname')", "glob('/*')", "getenv('HOME')", "query('select 1')"],
)
def test_files_and_the_environment_cannot_be_reached(expression: str, tmp_path: Path) -> None:
    mapping = _load(tmp_path, extra=expression)
    with pytest.raises(MappingError, match="`extra` does not fit the file"):
        _events(mapping, ROWS)


def test_a_column_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    mapping = _load(tmp_path, country="Land")
    with pytest.raises(MappingError, match=r"`country` does not fit the file: .*Land.* The columns are id, name, "):
        _events(mapping, ROWS)


def test_an_expression_that_fails_on_a_row_says_how_not_to(tmp_path: Path) -> None:
    mapping = _load(tmp_path, extra="cast(id as integer)")
    with pytest.raises(MappingError, match=r"fails on a row: .*A-1.*try_cast"):
        _events(mapping, ROWS)


@pytest.mark.parametrize(
    ("document", "why"),
    [
        ("", "no `event:`"),
        ("- a list", "no `event:`"),
        ("event:", "no `event:`"),
        ("event: text", "no `event:`"),
        ({"events": MEMBERS}, "no `event:`"),
        ({"event": MEMBERS, "tenant": "x"}, "has `tenant:` beside `event:`"),
        ("event: [", "is not YAML"),
        ({"event": {k: v for k, v in MEMBERS.items() if k != "price"}}, "has no `price`, .* Add `price:`"),
        ({"event": {("user" if k == "user_id" else k): v for k, v in MEMBERS.items()}}, "Did you mean it by `user`"),
        ({"event": MEMBERS | {"price": None}}, "`price: None` is no SQL expression; quote it"),
        ({"event": MEMBERS | {"price": True}}, "no SQL expression; quote it"),
        ({"event": MEMBERS | {"price": ["a"]}}, "no SQL expression; quote it"),
        ({"event": MEMBERS | {"price": ""}}, "is not an SQL expression"),
        ({"event": MEMBERS | {"price": "case when"}}, "is not an SQL expression"),
        ({"event": MEMBERS | {"price": "'open"}}, "is not an SQL expression"),
    ],
)
def test_a_mapping_file_that_is_none_says_what_is_wrong(document: Any, why: str, tmp_path: Path) -> None:
    with pytest.raises(MappingError, match=rf"m\.yaml.*{why}") as raised:
        load_mapping(_written(tmp_path / "m.yaml", document))
    assert "\x1b" not in str(raised.value)


def test_a_mapping_file_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match="There is no mapping file"):
        load_mapping(tmp_path / "none.yaml")
    with pytest.raises(MappingError, match="cannot be read"):
        load_mapping(tmp_path)
    (tmp_path / "latin.yaml").write_bytes(b"event: {a: '\xe9'}")
    with pytest.raises(MappingError, match="cannot be read"):
        load_mapping(tmp_path / "latin.yaml")


def test_the_same_expressions_are_the_same_mapping_however_they_are_laid_out(tmp_path: Path) -> None:
    one = _load(tmp_path, country="coalesce( none ,  id )")
    assert one.fingerprint == _load(tmp_path, country="coalesce(none, id) -- either").fingerprint
    assert one.fingerprint != _load(tmp_path, country="id").fingerprint


def test_without_a_mapping_columns_are_members_as_they_are() -> None:
    (event,) = _events(None, ROWS.select(["id", "n", "none", "yes", "tags", "nested"]))
    assert event == {"id": "A-1", "n": -3, "yes": True, "tags": ["a", "b"], "nested": {"x": 1, "y": "é"}}


@pytest.mark.parametrize(
    ("column", "text", "value"),
    [
        ("price", "12.50", Decimal("12.50")),
        ("price", "-1", -1),
        ("price", "1e3", Decimal("1E+3")),
        ("price", "012", "012"),
        ("price", "12,50", "12,50"),
        ("price", "NaN", "NaN"),
        ("quantity", "3", 3),
        ("quantity", "3.5", Decimal("3.5")),
        ("ts", "1795521600500", 1_795_521_600_500),
        ("ts", "2026-11-24T10:00:00Z", "2026-11-24T10:00:00Z"),
        ("user_id", "17", "17"),
        ("note", "17", "17"),
    ],
)
def test_of_texts_only_those_that_the_contract_wants_as_numbers_are(column: str, text: str, value: Any) -> None:
    (event,) = _events(None, pa.table({column: [text]}), is_text=True)
    assert event[column] == value
    assert type(event[column]) is type(value)


def test_every_row_makes_one_event_in_its_place(tmp_path: Path) -> None:
    rows = pa.table({"id": [f"{i}" for i in range(5_000)], "name": ["n"] * 5_000, "price": [1] * 5_000, "at": ["x"] * 5_000})
    assert [event["event_id"] for event in _events(_load(tmp_path), rows)] == rows["id"].to_pylist()
