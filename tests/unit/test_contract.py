"""The contract as data: what a version may be, and what the next one may change."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
import yaml

import oracle
from corpus import CASES, NOW, VALID
from rtlakehouse.contract.contract import Contract, Field, check_additive, load, parse, reasons, versions
from rtlakehouse.contract.refine import Limits, refine
from rtlakehouse.errors import ContractError
from rtlakehouse.medallion.silver import events_table
from shapes import bronze_rows, event_of

V1 = load(1)
CHANNEL = Field("channel", "string", "Where it was sold.", max_length=16)
SCORE = Field("score", "integer", "From 0 to 10.", minimum=0, maximum=10)
V2 = Contract(2, (*V1.fields, CHANNEL, SCORE))


def _changed(name: str, **rule: Any) -> Contract:
    """Version 2 with another rule for one field."""
    return Contract(2, tuple(replace(field, **rule) if field.name == name else field for field in V1.fields))


def test_each_version_of_the_package_is_an_additive_change_of_the_one_before() -> None:
    assert versions()[0] == 1
    for old, new in pairwise(versions()):
        check_additive(load(old), load(new))
    assert load() == load(versions()[-1])


def test_a_version_that_is_not_there_is_said_with_those_that_are() -> None:
    with pytest.raises(ContractError, match="no contract version 99; there are 1"):
        load(99)


def test_new_optional_fields_and_better_words_are_additive() -> None:
    check_additive(V1, V2)
    check_additive(V1, _changed("price", doc="What one piece costs."))


@pytest.mark.parametrize(
    ("new", "why"),
    [
        (Contract(2, V1.fields[1:]), "event_id is gone"),
        (Contract(2, (*V1.fields, replace(CHANNEL, required=True))), "channel is new and required"),
        (_changed("country", required=True), "country has another rule"),
        (_changed("user_id", max_length=64), "user_id has another rule"),
        (_changed("user_id", max_length=256), "user_id has another rule"),
        (_changed("quantity", maximum=100), "quantity has another rule"),
        (_changed("event_type", values=("page_view", "purchase")), "event_type has another rule"),
        (_changed("currency", pattern="^[A-Z]{4}$"), "currency has another rule"),
        (_changed("price", scale=2), "price has another rule"),
        (_changed("device", kind="integer"), "device has another rule"),
        (Contract(1, (*V1.fields, CHANNEL)), "its version 1 is not above 1"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_anything_else_is_refused_with_the_reason_and_the_way_out(new: Contract, why: str) -> None:
    with pytest.raises(ContractError, match=rf"not an additive change of version 1: .*{why}.*Add optional fields only"):
        check_additive(V1, new)


def test_all_that_is_not_additive_is_said_at_once() -> None:
    with pytest.raises(ContractError, match="event_id is gone; channel is new and required"):
        check_additive(V1, Contract(2, (*V1.fields[1:], replace(CHANNEL, required=True))))


def _document(**field: Any) -> dict[str, Any]:
    return {"version": 2, "fields": [field]}


@pytest.mark.parametrize(
    ("document", "why"),
    [
        ({}, "Not a contract: 'fields'"),
        ({"fields": []}, "Not a contract: 'version'"),
        (_document(kind="string"), "Not a contract: .*name"),
        (_document(name="a", kind="string", doc="A.", max_length=1, colour="red"), "Not a contract: .*colour"),
        (_document(name="a", kind="sting", doc="A."), "a is of kind 'sting'; there are string, enum"),
        (_document(name="a", kind="string", doc="A."), "a is of kind string and lacks max_length"),
        (_document(name="a", kind="integer", doc="A.", minimum=0), "a is of kind integer and lacks maximum"),
        (_document(name="a", kind="enum", doc="A."), "a is of kind enum and lacks values"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_document_that_is_no_contract_says_which_entry_is_wrong(document: dict[str, Any], why: str) -> None:
    with pytest.raises(ContractError, match=why):
        parse(document)


@pytest.mark.parametrize(("kind", "first"), [("decimal", "price"), ("timestamp", "ts")])
def test_the_row_rules_know_one_price_and_one_time(kind: str, first: str) -> None:
    entries = yaml.safe_load(json.dumps([{"name": f.name, **_rule(f)} for f in V1.fields]))
    second = {"name": "second", **_rule(V1.field(first))}
    with pytest.raises(ContractError, match=f"{first} and second are both of kind {kind}"):
        parse({"version": 2, "fields": [*entries, second]})


def _rule(field: Field) -> dict[str, Any]:
    return {name: value for name, value in vars(field).items() if name != "name"}


def test_the_reasons_of_a_new_field_are_added_at_the_end() -> None:
    assert reasons(V2) == (*reasons(V1), "type:channel", "length:channel", "type:score", "range:score")


def test_a_new_field_is_a_new_column_that_may_be_null() -> None:
    before, after = events_table(V1), events_table(V2)
    assert set(after.column_names) - set(before.column_names) == {"channel", "score"}
    assert all(column.nullable for column in after.columns if column.name in ("channel", "score"))
    assert [name for name in after.column_names if name in before.column_names] == list(before.column_names)


def _refined(contract: Contract, raws: list[bytes]) -> list[Any]:
    records = [oracle.Record(raw, i, NOW, NOW) for i, raw in enumerate(raws)]
    result = refine(bronze_rows(records), contract, Limits())
    found: dict[int, Any] = {row["position"]: row["reasons"] for row in result.rejected.to_pylist()}
    found |= {row["position"]: event_of(row) for row in result.accepted.to_pylist()}
    return [found[i] for i in range(len(raws))]


def test_every_payload_of_the_older_version_means_the_same_under_the_new_one() -> None:
    raws = [case.raw for case in CASES]
    assert _refined(V2, raws) == _refined(V1, raws)


@pytest.mark.parametrize(
    ("members", "found"),
    [
        ({"channel": "shop", "score": 10}, ("shop", 10)),
        ({"channel": None, "score": None}, (None, None)),
        ({"channel": "x" * 17}, ["length:channel"]),
        ({"channel": 5, "score": "5"}, ["type:channel", "type:score"]),
        ({"score": 11}, ["range:score"]),
    ],
    ids=str,
)
def test_a_new_field_is_held_to_its_rule_where_it_is_given(members: dict[str, Any], found: Any) -> None:
    record = oracle.Record(json.dumps(VALID | members).encode(), 0, NOW, NOW)
    result = refine(bronze_rows([record]), V2, Limits())
    if isinstance(found, list):
        assert result.rejected["reasons"].to_pylist() == [found]
    else:
        (row,) = result.accepted.to_pylist()
        assert (row["channel"], row["score"], row["extras"], row["contract_version"]) == (*found, None, 2)
