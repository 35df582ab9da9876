"""What the live feed tells, and the figures of a range as one step, against the oracle."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest

import oracle
from api.conftest import NOW, READ_AT
from api.serving import Site, rfc3339
from rtlakehouse.api.live.figures import LiveFigures
from shapes import as_json

DELAY = timedelta(seconds=15)
MINUTE_US = 60_000_000
MINE = "default"


def told_of(site: Site, at: datetime) -> dict[str, Any]:
    return LiveFigures(DELAY).of(site.parts.catalog.latest, MINE, at - DELAY)


@pytest.fixture
def told(site: Site) -> dict[str, Any]:
    return told_of(site, READ_AT)


def own(rows: dict[oracle.Key, dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows of the tenant that the tests read."""
    return [row for key, row in rows.items() if key[0] == MINE]


def purchase(event_id: str, at: datetime, **fields: Any) -> bytes:
    event = {"event_type": "purchase", "user_id": "u", "product_id": "p", "price": 1, "quantity": 1, "currency": "EUR"}
    return as_json(event_id=event_id, ts=round(at.timestamp() * 1000), **event | fields)


def corrections_in(expected: oracle.Expected) -> Counter[int]:
    """By minute, the events that were received once it was final."""
    found: Counter[int] = Counter()
    for event in own(expected.silver):
        minute = event["event_us"] // MINUTE_US * MINUTE_US
        received_ms = event["event_us"] // 1000 + event["lateness_ms"]
        if received_ms > (minute + MINUTE_US) // 1000 + DELAY.total_seconds() * 1000:
            found[minute] += 1
    return found


def test_the_feed_tells_each_minute_of_the_newest_hour(told: dict[str, Any], expected: oracle.Expected) -> None:
    events = Counter(event["event_us"] // MINUTE_US * MINUTE_US for event in own(expected.silver))
    newest = max(events)
    hour = {rfc3339(at): count for at, count in events.items() if at > newest - 60 * MINUTE_US}
    assert {window["window_start"]: window["events"] for window in told["windows"]} == hour
    assert [window["window_start"] for window in told["windows"]] == sorted(hour, reverse=True)


def test_the_feed_tells_which_minutes_late_events_have_corrected(told: dict[str, Any], expected: oracle.Expected) -> None:
    corrected = {rfc3339(at): count for at, count in corrections_in(expected).items()}
    assert corrected.keys() & {window["window_start"] for window in told["windows"]}, "none to look at"
    for window in told["windows"]:
        assert window["corrections"] == corrected.get(window["window_start"], 0)
        assert (window["corrected_at"] is None) == (window["corrections"] == 0)


def test_a_late_event_that_its_minute_waited_for_has_not_corrected_it(fresh: Site) -> None:
    """It is late, for it came 20 s after it happened; its minute was open all the same."""
    start = NOW.replace(second=0)
    fresh.post(purchase("on time", start + timedelta(seconds=39)), purchase("late", start + timedelta(seconds=20)))
    fresh.refine()
    [window] = told_of(fresh, NOW)["windows"]
    assert (window["late_events"], window["corrections"], window["state"]) == (1, 0, "open")


def test_the_feed_accounts_for_the_records_of_one_tenant_alone(told: dict[str, Any], expected: oracle.Expected) -> None:
    fates = {
        "accepted": len(own(expected.silver)),
        "duplicates": len(own(expected.duplicates)),
        "quarantined": len(own(expected.quarantine)),
    }
    assert {name: told["ledger"][name] for name in fates} == fates
    assert told["ledger"]["received"] == sum(fates.values())
    assert told["ledger"]["difference"] == 0


def test_the_feed_says_why_records_are_in_quarantine(told: dict[str, Any], expected: oracle.Expected) -> None:
    reasons = Counter(reason for row in own(expected.quarantine) for reason in row["reasons"])
    assert {row["reason"]: row["records"] for row in told["reasons"]} == reasons
    counts = [row["records"] for row in told["reasons"]]
    assert counts == sorted(counts, reverse=True)


def test_the_product_that_sells_most_comes_first_whatever_the_amounts(fresh: Site) -> None:
    """A hundred thousand yen are not more than three euros because the number is larger."""
    few = purchase("few", NOW, product_id="few", price=100_000, currency="JPY")
    many = purchase("many", NOW, product_id="many", quantity=3)
    fresh.post(few, many)
    fresh.refine()
    products = told_of(fresh, NOW)["products"]
    assert [(product["product_id"], product["units"]) for product in products] == [("many", 3), ("few", 1)]


def test_a_range_as_one_step_counts_each_user_once(site: Site, expected: oracle.Expected) -> None:
    start, end = NOW - timedelta(hours=7, minutes=11), NOW - timedelta(hours=1, minutes=3)
    span: dict[str, Any] = {"from": start.isoformat(), "to": end.isoformat()}
    answer = site.get("/kpis/series", step="all", **span)
    first, last = (oracle.microseconds(instant.replace(second=0)) for instant in (start, end))
    events = [event for event in own(expected.silver) if first <= event["event_us"] < last]
    [point] = answer["data"]
    assert (point["step_start"], point["step_end"]) == (rfc3339(first), rfc3339(last))
    assert point["events"] == len(events)
    assert point["active_users"] == len({event["user_id"] for event in events})
    assert point["late_events"] == sum(event["is_late"] for event in events)
