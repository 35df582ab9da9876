"""Accepted events, listed and filtered, and any record by its coordinates, against the oracle."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest

from api import meaning
from api.conftest import NOW
from api.meaning import TENANT
from api.serving import Site, records_of, rfc3339
from api.test_kpis import asked, minute_of, purchase
from oracle import Expected, Key, Record
from running import append

SPAN = (minute_of(NOW - timedelta(hours=12)), minute_of(NOW - timedelta(hours=1)))
WHOLE = asked(*SPAN) | {"limit": 1000}


def wanted(expected: Expected, **values: Any) -> list[str]:
    """The ids of the tenant's events in the span with these values, newest first; of those at once the last that came."""
    places = {place: event for place, event in expected.silver.items() if place[0] == TENANT}
    first, end = (round(moment.timestamp() * 1_000_000) for moment in SPAN)
    chosen = [
        (-event["event_us"], place[1:4], -place[4], event["event_id"])
        for place, event in places.items()
        if first <= event["event_us"] < end and all(event[name] == value for name, value in values.items())
    ]
    return [event_id for *_, event_id in sorted(chosen)]


def listed(site: Site, **parameters: Any) -> list[str]:
    return [event["event_id"] for event in site.get("/events", **WHOLE, **parameters)["data"]]


def test_the_events_of_a_range_are_the_oracles_newest_first(site: Site, expected: Expected) -> None:
    assert listed(site) == wanted(expected)


@pytest.mark.parametrize("event_type", ["page_view", "add_to_cart", "purchase", "refund"])
def test_events_of_a_type_are_those_alone(site: Site, expected: Expected, event_type: str) -> None:
    found = listed(site, event_type=event_type)
    assert found == wanted(expected, event_type=event_type)
    assert found


@pytest.mark.parametrize("name", ["user_id", "product_id", "order_id", "session_id"])
def test_events_of_one_of_many_are_those_alone(site: Site, expected: Expected, name: str, chance: random.Random) -> None:
    value = chance.choice(sorted({event[name] for event in expected.silver.values() if event[name]}))
    assert listed(site, **{name: value}) == wanted(expected, **{name: value})


@pytest.mark.parametrize("late", [True, False])
def test_late_events_are_told_from_those_in_time(site: Site, expected: Expected, late: bool) -> None:
    assert listed(site, late=late) == wanted(expected, is_late=late)


def test_filters_are_all_held_at_once(site: Site, expected: Expected) -> None:
    found = listed(site, event_type="purchase", late=True)
    assert found == wanted(expected, event_type="purchase", is_late=True)
    assert found


def test_events_come_page_by_page(site: Site, expected: Expected) -> None:
    found, more = list[str](), dict[str, Any]()
    while not found or more:
        page = site.get("/events", **asked(*SPAN), limit=300, **more)
        found += [event["event_id"] for event in page["data"]]
        more = {"cursor": page["next_cursor"]} if page["next_cursor"] else {}
    assert found == wanted(expected)


def test_without_a_range_the_newest_hour_is_listed(site: Site) -> None:
    newest = meaning.utc(site.get("/kpis/latest")["window"]["window_end"])
    assert site.get("/events") == site.get("/events", **asked(newest - timedelta(hours=1), newest))


def fate(expected: Expected, place: Key) -> dict[str, Any]:
    if event := expected.silver.get(place):
        window = event["event_us"] - event["event_us"] % 60_000_000
        return {"fate": "accepted", "event_id": event["event_id"], "late": event["is_late"], "window": rfc3339(window)}
    if duplicate := expected.duplicates.get(place):
        kept = "/".join(map(str, duplicate["kept"]))
        return {"fate": "duplicate", "event_id": duplicate["event_id"], "duplicate_of": kept}
    return {"fate": "quarantined", "reasons": expected.quarantine[place]["reasons"]}


def test_every_offset_has_its_bytes_and_the_fate_that_the_oracle_gives_it(site: Site, expected: Expected) -> None:
    own = [record for record in records_of(site.lake) if record.tenant_id == TENANT]
    for record in own[::41]:
        found = site.get(f"/ledger/offsets/0/{record.position}")
        assert found | fate(expected, record.place) == found
        raw = bytes.fromhex(found["raw"][2:]) if found["raw"].startswith("0x") else found["raw"].encode()
        assert raw == record.raw


def test_an_offset_of_another_source_is_known_by_its_stream(fresh: Site) -> None:
    record = Record(purchase("mine", NOW), 3, NOW, NOW, source="file", topic="orders.csv", partition=2)
    append(fresh.lake, [record], "file")
    fresh.refine()
    assert fresh.get("/ledger/offsets/2/3", source="file", topic="orders.csv")["event_id"] == "mine"
    fresh.get("/ledger/offsets/2/3", status=404)


def test_an_offset_of_another_tenant_is_unknown(site: Site) -> None:
    foreign = next(record for record in records_of(site.lake) if record.tenant_id != TENANT)
    path = f"/ledger/offsets/{foreign.partition}/{foreign.position}"
    assert "ledger/balance" in site.get(path, source=foreign.source, topic=foreign.topic, status=404)["detail"]


def test_an_offset_is_known_once_a_batch_has_taken_it(fresh: Site) -> None:
    fresh.post(purchase("waits", NOW))
    assert "it waits, or there is none" in fresh.get("/ledger/offsets/0/0", status=404)["detail"]
    fresh.refine()
    found = fresh.get("/ledger/offsets/0/0")
    assert (found["fate"], found["raw"]) == ("accepted", purchase("waits", NOW).decode())
