"""What the figures mean: every KPI endpoint against the oracle, over any range, grain and filter."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import oracle
from api import meaning
from api.conftest import NOW, READ_AT, SiteMaker
from api.meaning import MINUTE, STEPS, Event
from api.serving import Site, records_of, site_on
from oracle import Expected
from rtlakehouse.clock import isoformat
from running import lake_with
from shapes import as_json
from strategies import NOON, cut, records

DELAY = timedelta(seconds=15)
DIMENSIONS = ("country", "device", "campaign", "referrer")
RANKED_BY = ("gross", "units", "purchases", "page_views")


def minute_of(instant: datetime) -> datetime:
    return instant.replace(second=0, microsecond=0)


def asked(start: datetime, end: datetime) -> dict[str, Any]:
    return {"from": isoformat(start), "to": isoformat(end)}


def check_range(site: Site, events: Sequence[Event], start: datetime, end: datetime, draw: random.Random) -> None:
    """Every endpoint that takes a range, over this one."""
    inside, span, watermark = meaning.within(list(events), start, end), asked(start, end), site.clock.now() - DELAY
    for step in STEPS:
        for fill in (True, False):
            found = site.get("/kpis/series", step=step, fill=fill, **span)["data"]
            assert found == meaning.series(inside, start, end, step, watermark, fill=fill), (step, fill)
    money = site.get("/kpis/revenue", **span)["data"]
    assert {row["currency"]: row for row in money} == meaning.revenue(inside)
    by, limit = draw.choice(RANKED_BY), draw.choice([1, 2, 1000])
    assert site.get("/kpis/products/top", by=by, limit=limit, **span)["data"] == meaning.products(inside, by)[:limit]
    for dimension in DIMENSIONS:
        found = site.get(f"/kpis/segments/{dimension}", limit=limit, **span)["data"]
        assert found == meaning.segments(inside, dimension)[:limit]
    assert site.get("/windows", limit=1000, **span)["data"] == meaning.windows(inside, watermark)[:1000]


def check_balance(site: Site, expected: Expected) -> None:
    found = site.get("/ledger/balance")
    rows = {(row["source"], row["topic"], row["partition"]): row for row in found["data"]}
    wanted = meaning.balance(expected)
    assert {place: {name: rows[place][name] for name in counts} for place, counts in wanted.items()} == wanted
    assert rows.keys() == wanted.keys()
    assert found["received"] == sum(counts["received"] for counts in wanted.values())
    assert found["difference"] == 0


def check_windows(site: Site, events: list[Event]) -> None:
    """Each minute by itself, with its money, and the newest one."""
    wanted = meaning.windows(events, site.clock.now() - DELAY)
    for window in wanted[:20]:
        start = meaning.utc(window["window_start"])
        money = meaning.revenue(meaning.within(events, start, start + MINUTE))
        detail = site.get(f"/windows/{window['window_start']}")
        assert detail == window | {"revenue": [money[currency] for currency in sorted(money)]}
        if window is wanted[0]:
            assert site.get("/kpis/latest") == {"window": window, "revenue": detail["revenue"]}
    if not wanted:
        assert site.get("/kpis/latest") == {"window": None, "revenue": []}


@settings(max_examples=6, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.data(), st.randoms(use_true_random=False))
def test_every_figure_of_a_small_world_is_the_oracles(data: st.DataObject, draw: random.Random) -> None:
    commits = cut(data.draw, data.draw(records(max_size=60)))
    now = NOON + data.draw(st.sampled_from([timedelta(), timedelta(seconds=105), timedelta(days=2)]))
    moments = [NOON + timedelta(minutes=m) for m in (-1_441, -1, 0, 1, 2, 60, 1_439, 1_441)]
    with tempfile.TemporaryDirectory() as folder:
        lake_with(Path(folder) / "lake", commits)
        with site_on(Path(folder) / "lake", now) as site:
            expected = oracle.run([record for commit in commits for record in commit])
            events = meaning.events_of(expected)
            check_balance(site, expected)
            check_windows(site, events)
            start, end = sorted(minute_of(moment) for moment in draw.sample(moments, 2))
            check_range(site, events, start, end, draw)


def test_every_figure_of_a_shop_is_the_oracles(site: Site, expected: Expected, chance: random.Random) -> None:
    events = meaning.events_of(expected)
    check_balance(site, expected)
    check_windows(site, events)
    for _ in range(3):
        start = minute_of(NOW - timedelta(minutes=chance.randrange(30 * 60)))
        check_range(site, events, start, start + timedelta(minutes=chance.randrange(1, 300)), chance)


def test_a_range_that_is_left_open_ends_with_the_newest_minute(site: Site, expected: Expected) -> None:
    events = meaning.events_of(expected)
    newest = meaning.utc(meaning.windows(events, READ_AT)[0]["window_start"])
    end = newest + MINUTE
    ranges: list[tuple[dict[str, Any], datetime]] = [
        ({}, end - timedelta(hours=1)),
        ({"from": isoformat(end - timedelta(hours=5))}, end - timedelta(hours=5)),
    ]
    for parameters, start in ranges:
        found = site.get("/kpis/revenue", **parameters)
        assert (found["start"], found["end"]) == (isoformat(start), isoformat(end))
        assert {row["currency"]: row for row in found["data"]} == meaning.revenue(meaning.within(events, start, end))
    listed = site.get("/windows", limit=1000)["data"]
    assert listed == meaning.windows(meaning.within(events, end - timedelta(days=1), end), READ_AT - DELAY)[:1000]


def test_users_of_a_range_are_counted_and_not_added_up(site: Site, expected: Expected) -> None:
    """There is a range over which minutes add up to more users, and no endpoint answers with that sum."""
    events = meaning.events_of(expected)
    start, end = minute_of(NOW - timedelta(hours=20)), minute_of(NOW - timedelta(hours=2))
    inside = meaning.within(events, start, end)
    summed = sum(window["active_users"] for window in meaning.windows(inside, READ_AT))
    counted = len({event["user_id"] for event in inside})
    assert counted < summed / 2
    (day, *more) = site.get("/kpis/series", step="1d", fill=False, **asked(start, end))["data"]
    assert sum(point["active_users"] for point in (day, *more)) < summed / 2
    for dimension in DIMENSIONS[:2]:
        users = {
            row["value"]: row["active_users"] for row in site.get(f"/kpis/segments/{dimension}", **asked(start, end))["data"]
        }
        assert max(users.values()) <= counted


def test_an_order_of_lines_in_several_minutes_is_one_order_of_a_range(fresh: Site) -> None:
    at = NOW.replace(second=0) - timedelta(minutes=5)
    fresh.post(*(purchase(f"line{i}", at + i * MINUTE, order_id="o1") for i in range(3)))
    fresh.refine()
    (money,) = fresh.get("/kpis/revenue", **asked(at, at + 3 * MINUTE))["data"]
    assert (money["orders"], money["gross"], money["average_order_value"]) == (1, "30.0000", "30.0000")
    assert [fresh.get(f"/windows/{isoformat(at + i * MINUTE)}")["revenue"][0]["orders"] for i in range(3)] == [1, 1, 1]


def test_currencies_are_never_added(fresh: Site) -> None:
    at = NOW.replace(second=0) - timedelta(minutes=5)
    fresh.post(purchase("e", at, "EUR"), purchase("u", at, "USD"), purchase("j", at, "JPY"))
    fresh.refine()
    span = asked(at, at + MINUTE)
    for rows in (
        fresh.get("/kpis/revenue", **span)["data"],
        fresh.get("/kpis/products/top", **span)["data"],
        fresh.get("/kpis/latest")["revenue"],
        fresh.get(f"/windows/{isoformat(at)}")["revenue"],
    ):
        assert [(row["currency"], row["gross"]) for row in rows] == [(name, "10.0000") for name in ("EUR", "JPY", "USD")]


def purchase(name: str, at: datetime, currency: str = "EUR", **more: str) -> bytes:
    fields: dict[str, Any] = {
        "event_id": name,
        "event_type": "purchase",
        "user_id": "u",
        "product_id": "p",
        "price": 10,
        "quantity": 1,
    }
    return as_json(**fields, currency=currency, ts=isoformat(at), **more)


@pytest.fixture(scope="module")
def empty_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """An API on an empty lake; not to be posted to."""
    with site_on(tmp_path_factory.mktemp("empty") / "lake", NOW) as found:
        yield found


@pytest.mark.parametrize(
    ("path", "empty"),
    [
        ("/kpis/latest", {"window": None, "revenue": []}),
        ("/kpis/revenue", {"data": []}),
        ("/kpis/products/top", {"data": []}),
        ("/kpis/segments/country", {"data": []}),
        ("/windows", {"data": [], "next_cursor": None}),
        ("/ledger", {"data": [], "next_cursor": None}),
        ("/ledger/balance", {"received": 0, "difference": 0, "data": []}),
        ("/tables/silver.events/rows", {"data": [], "next_cursor": None}),
    ],
)
def test_an_empty_lake_has_empty_answers(empty_site: Site, path: str, empty: dict[str, Any]) -> None:
    found = empty_site.get(path)
    assert {name: found[name] for name in empty} == empty


@pytest.mark.parametrize("step", STEPS)
def test_an_empty_lake_has_a_series_of_zeros_or_of_nothing(empty_site: Site, step: str) -> None:
    start = datetime(2026, 3, 1, 12, tzinfo=UTC)
    span = asked(start, start + timedelta(days=1))
    zeros = meaning.series([], start, start + timedelta(days=1), step, empty_site.clock.now() - DELAY, fill=True)
    assert empty_site.get("/kpis/series", step=step, **span)["data"] == zeros
    assert empty_site.get("/kpis/series", step=step, fill=False, **span)["data"] == []


def test_a_late_event_corrects_a_final_window_which_stays_final(on_copy: SiteMaker) -> None:
    with on_copy() as site:
        site.clock.advance(timedelta(hours=1))
        before = site.get("/kpis/latest")["window"]
        assert before["state"] == "final"
        site.post(purchase("late one", meaning.utc(before["window_start"])))
        site.refine()
        after = site.get(f"/windows/{before['window_start']}")
        assert after["state"] == "final"
        for name in ("events", "purchases", "late_events"):
            assert after[name] == before[name] + 1
        assert after == next(
            window | {"revenue": after["revenue"]}
            for window in meaning.windows(meaning.events_of(oracle.run(records_of(site.lake))), site.clock.now() - DELAY)
            if window["window_start"] == before["window_start"]
        )


def test_a_window_is_open_until_the_watermark_has_passed_its_end(fresh: Site) -> None:
    """By the clock: also when nothing comes any more."""
    # At ten past: the minute's hour does not end with it.
    ahead = timedelta(minutes=(70 - NOW.minute) % 60)
    fresh.clock.advance(ahead)
    start = (NOW + ahead).replace(second=0)
    fresh.post(purchase("e", start))
    fresh.refine()
    states = []
    for seconds in (0, 34, 1, 60):
        fresh.clock.advance(timedelta(seconds=seconds))
        answers = [
            fresh.get("/kpis/latest")["window"]["state"],
            fresh.get(f"/windows/{isoformat(start)}")["state"],
            fresh.get("/windows")["data"][0]["state"],
            fresh.get("/kpis/series", step="1m", **asked(start, start + MINUTE))["data"][0]["state"],
        ]
        assert len(set(answers)) == 1, answers
        states.append(answers[0])
    assert states == ["open", "open", "final", "final"]
    assert fresh.get("/kpis/series", step="1h", **asked(start, start + MINUTE))["data"][0]["state"] == "open"


def test_another_watermark_is_another_delay(tmp_path: Path) -> None:
    with site_on(tmp_path / "lake", NOW, watermark_s=0) as site:
        start = NOW.replace(second=0)
        site.post(purchase("e", start))
        site.refine()
        assert site.get("/kpis/latest")["window"]["state"] == "open"
        site.clock.advance(timedelta(seconds=20))
        assert site.get("/kpis/latest")["window"]["state"] == "final"
