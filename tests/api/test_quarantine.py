"""Quarantine over HTTP, compared with what the oracle rejects."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

import oracle
from api.conftest import NOW
from api.serving import Site
from api.test_every_read import is_problem
from rtlakehouse.api.quarantine.service import rules_of
from rtlakehouse.contract.contract import load, reasons

TENANT = "default"


def listed(site: Site, **parameters: Any) -> Iterator[dict[str, Any]]:
    """All pages of the list."""
    cursor: dict[str, Any] = {}
    while True:
        page = site.get("/quarantine", **parameters, **cursor)
        yield from page["data"]
        if page["next_cursor"] is None:
            return
        cursor = {"cursor": page["next_cursor"]}


def rejected(expected: oracle.Expected) -> dict[tuple[Any, ...], dict[str, Any]]:
    return {place[1:]: row for place, row in expected.quarantine.items() if place[0] == TENANT}


def test_the_list_holds_every_rejected_record_once_with_its_reasons(site: Site, expected: oracle.Expected) -> None:
    found = list(listed(site, limit=50))
    by_place = {(row["source"], row["topic"], row["partition"], row["position"]): row for row in found}
    theirs = rejected(expected)
    assert len(by_place) == len(found)
    assert by_place.keys() == theirs.keys()
    for place, row in by_place.items():
        assert row["reasons"] == list(theirs[place]["reasons"])
        assert row["raw_bytes"] == len(theirs[place]["raw"])
    received = [row["received_at"] for row in found]
    assert received == sorted(received, reverse=True)


def test_the_list_is_narrowed_by_reason_source_and_time(site: Site, expected: oracle.Expected) -> None:
    of_reason = list(listed(site, reason="malformed_json"))
    assert len(of_reason) == sum("malformed_json" in row["reasons"] for row in rejected(expected).values()) > 0
    assert list(listed(site, source="kafka")) == []
    assert list(listed(site, topic="elsewhere")) == []
    span: dict[str, Any] = {"from": (NOW - timedelta(hours=9)).isoformat(), "to": (NOW - timedelta(hours=2)).isoformat()}
    within = list(listed(site, **span))
    assert 0 < len(within) < len(rejected(expected))
    assert all(span["from"] <= row["received_at"].replace("Z", "+00:00") < span["to"] for row in within)


def test_one_record_is_shown_whole_with_the_rules_it_breaks(site: Site, expected: oracle.Expected) -> None:
    for row in list(listed(site))[:20]:
        found = site.get(f"/quarantine/{row['id']}")
        place = (row["source"], row["topic"], row["partition"], row["position"])
        raw = rejected(expected)[place]["raw"]
        assert (found["raw"].encode() == raw) if found["is_text"] else (found["raw"] == f"0x{raw.hex()}")
        assert [rule["reason"] for rule in found["rules"]] == row["reasons"]
        assert all(rule["rule"].endswith(".") for rule in found["rules"])


def test_bytes_that_are_no_text_and_records_that_are_long_are_shown_safely(fresh: Site) -> None:
    long = b'{"event_id":"' + b"x" * 100_000 + b'"}'
    receipts = fresh.post(b"\xff\xfe\x00", long)
    fresh.refine()
    by_position = {row["position"]: row for row in listed(fresh)}
    binary, oversized = (by_position[int(receipt.rpartition("-")[2])] for receipt in receipts)
    assert (binary["raw"], binary["reasons"]) == ("0xfffe00", ["invalid_utf8"])
    assert (len(oversized["raw"]), oversized["raw_bytes"], oversized["reasons"]) == (1_000, len(long), ["oversized"])
    assert fresh.get(f"/quarantine/{oversized['id']}")["raw"].encode() == long
    assert fresh.get(f"/quarantine/{binary['id']}")["is_text"] is False


def test_the_summary_counts_what_the_oracle_counts(site: Site, expected: oracle.Expected) -> None:
    span: dict[str, Any] = {"from": (NOW - timedelta(hours=40)).isoformat(), "to": (NOW + timedelta(hours=1)).isoformat()}
    found = site.get("/quarantine/summary", **span)
    counted = Counter(reason for row in rejected(expected).values() for reason in row["reasons"])
    assert {row["reason"]: row["records"] for row in found["by_reason"]} == counted
    assert found["records"] == len(rejected(expected))
    over_time: Counter[str] = Counter()
    for step in found["over_time"]:
        over_time.update(step["reasons"])
    assert over_time == counted
    assert found["step_s"] == 900


def test_a_summary_of_years_is_told_in_weeks(site: Site) -> None:
    years: dict[str, Any] = {"from": (NOW - timedelta(days=3 * 365)).isoformat(), "to": NOW.isoformat()}
    found = site.get("/quarantine/summary", **years)
    assert found["step_s"] == timedelta(weeks=1).total_seconds()
    assert found["records"] > 0
    assert all(found["start"] <= step["step_start"] < found["end"] for step in found["over_time"])


def test_a_summary_without_a_range_is_of_the_day_up_to_the_newest_record(site: Site) -> None:
    found = site.get("/quarantine/summary")
    newest = next(listed(site))["received_at"]
    assert found["start"] < newest < found["end"]
    assert found["by_reason"][0]["last_received_at"] <= newest


def test_an_empty_lake_has_an_empty_quarantine(fresh: Site) -> None:
    assert list(listed(fresh)) == []
    found = fresh.get("/quarantine/summary")
    assert (found["records"], found["by_reason"], found["over_time"]) == (0, [], [])


def test_the_rule_behind_every_reason_can_be_told() -> None:
    closed = list(reasons(load()))
    assert [rule.reason for rule in rules_of(closed)] == closed


@pytest.mark.parametrize(
    ("path", "status", "fix"),
    [
        ("/quarantine/http-0-999999999-events", 404, "GET /api/v1/quarantine"),
        ("/quarantine/nothing", 404, "GET /api/v1/quarantine"),
        ("/quarantine/summary?from=2020-01-01T00:00:00Z&to=2026-01-01T00:00:00Z", 400, "shorter"),
        ("/quarantine/summary?from=2026-01-01T00:00:00Z&to=2026-01-01T00:00:30Z", 400, "before"),
        ("/quarantine?from=yesterday", 422, "from"),
    ],
)
def test_what_cannot_be_answered_says_the_fix(site: Site, path: str, status: int, fix: str) -> None:
    assert fix in is_problem(site.client.get(f"/api/v1{path}"), status)["detail"]
