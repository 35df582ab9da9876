"""Two ranges side by side, the way to a purchase, new and returning users: each against plain Python."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest

from api import meaning
from api.conftest import NOW
from api.meaning import Event
from api.serving import Site
from api.test_every_read import is_problem
from api.test_kpis import asked, minute_of
from api.test_metrics_query import MONEY, share
from oracle import Expected, microseconds
from rtlakehouse.clock import isoformat
from rtlakehouse.semantic.catalogue import load
from shapes import as_json

STEPS = ("page_view", "add_to_cart", "purchase")
MINUTE = timedelta(minutes=1)
Span = tuple[datetime, datetime]


@pytest.fixture
def span(chance: random.Random) -> Span:
    """Some hours of the shop's thirty."""
    start = minute_of(NOW - timedelta(minutes=chance.randrange(5 * 60, 25 * 60)))
    return start, start + timedelta(minutes=chance.randrange(60, 300))


@pytest.fixture(scope="module")
def events(expected: Expected) -> list[Event]:
    return meaning.events_of(expected)


def asked_against(start: datetime, end: datetime) -> dict[str, Any]:
    return {"against_from": isoformat(start), "against_to": isoformat(end)}


def funnel(events: list[Event], span: Span) -> list[dict[str, Any]]:
    """Each user's events in order of time: how far they got."""
    inside = sorted(meaning.within(events, *span), key=lambda event: (event["event_us"], STEPS.index(event["event_type"])))
    at: dict[str, int] = defaultdict(int)
    for event in inside:
        if at[event["user_id"]] < 3 and event["event_type"] == STEPS[at[event["user_id"]]]:
            at[event["user_id"]] += 1
    users = [sum(reached > place for reached in at.values()) for place in range(3)]
    return [
        {
            "step": step,
            "events": sum(event["event_type"] == step for event in inside),
            "users": users[place],
            "from_previous": share(users[place], users[place - 1]) if place else None,
            "from_first": share(users[place], users[0]),
        }
        for place, step in enumerate(STEPS)
    ]


def first_day(us: int, cohort: str) -> str:
    day = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=us)).date()
    return str({"day": day, "week": day - timedelta(days=day.weekday()), "month": day.replace(day=1)}[cohort])


def cohorts(events: list[Event], span: Span, cohort: str) -> list[dict[str, Any]]:
    """Everybody seen before the end, by when they were first seen, newest first."""
    start, end = microseconds(span[0]), microseconds(span[1])
    first: dict[str, int] = {}
    for event in events:
        if event["event_us"] < end:
            first[event["user_id"]] = min(event["event_us"], first.get(event["user_id"], event["event_us"]))
    inside = meaning.within(events, *span)
    active = {event["user_id"] for event in inside}
    bought = {event["user_id"] for event in inside if event["event_type"] == "purchase"}
    groups: dict[str, set[str]] = defaultdict(set)
    for user, at in first.items():
        groups[first_day(at, cohort)].add(user)
    return [
        {
            "cohort": name,
            "users": len(users),
            "active_users": len(users & active),
            "new_users": sum(first[user] >= start for user in users),
            "returning_users": sum(first[user] < start for user in users & active),
            "purchasing_users": len(users & bought),
            "retention": share(len(users & active), len(users)),
        }
        for name, users in sorted(groups.items(), reverse=True)
    ]


def test_the_funnel_is_the_one_that_each_users_events_in_order_make(site: Site, events: list[Event], span: Span) -> None:
    without_refunds = [event for event in events if event["event_type"] != "refund"]
    found = site.get("/kpis/funnel", **asked(*span))
    assert found["data"] == funnel(without_refunds, span)
    assert found["data"][2]["users"] > 0


def test_a_step_counts_only_after_the_step_before_it(fresh: Site) -> None:
    at = NOW.replace(second=0) - timedelta(minutes=9)
    ways = {"all": "vcp", "backwards": "pcv", "no view": "cp", "no cart": "vp", "twice": "vvccpp", "late view": "cvp"}
    for user, way in ways.items():
        fresh.post(*(act(f"{user}{i}", user, what, at + i * MINUTE) for i, what in enumerate(way)))
    fresh.post(*(act(f"at once {what}", "at once", what, at) for what in "pcv"))
    fresh.refine()
    found = fresh.get("/kpis/funnel", **asked(at, at + 9 * MINUTE))["data"]
    assert [(row["users"], row["from_previous"], row["from_first"]) for row in found] == [
        (6, None, "1.000000"),
        (3, "0.500000", "0.500000"),
        (3, "1.000000", "0.500000"),
    ]
    assert [row["users"] for row in fresh.get("/kpis/funnel", **asked(at + MINUTE, at + 9 * MINUTE))["data"]] == [3, 1, 1]


@pytest.mark.parametrize("cohort", ["day", "week", "month"])
def test_users_are_new_or_returning_by_their_first_event_ever(site: Site, events: list[Event], span: Span, cohort: str) -> None:
    found = site.get("/kpis/users", cohort=cohort, **asked(*span))
    assert found["data"] == cohorts(events, span, cohort)
    active = len({event["user_id"] for event in meaning.within(events, *span)})
    assert found["active_users"] == found["new_users"] + found["returning_users"] == active


def test_a_late_event_makes_a_user_older(fresh: Site) -> None:
    at = NOW.replace(second=0) - timedelta(minutes=5)
    span = asked(at, at + MINUTE)
    fresh.post(act("now", "u", "v", at))
    fresh.refine()
    assert [fresh.get("/kpis/users", **span)[name] for name in ("new_users", "returning_users")] == [1, 0]
    fresh.post(act("before", "u", "v", at - timedelta(days=2)))
    fresh.refine()
    found = fresh.get("/kpis/users", **span)
    assert [found[name] for name in ("new_users", "returning_users")] == [0, 1]
    assert [row["cohort"] for row in found["data"]] == [str((at - timedelta(days=2)).date())]


def test_a_comparison_has_every_metric_of_both_ranges_and_their_difference(site: Site, chance: random.Random, span: Span) -> None:
    other = (span[0] - timedelta(hours=3), span[0] - timedelta(hours=chance.choice([1, 2])))
    found = site.get("/kpis/compare", **asked(*span), **asked_against(*other))
    assert found["previous"] == {"start": isoformat(other[0]), "end": isoformat(other[1])}
    counts = [metric.name for metric in load().metrics if not metric.is_money]
    for side, (start, end) in (("current", span), ("previous", other)):
        body = {"metrics": counts, **asked(start, end)}
        (row,) = site.client.post("/api/v1/metrics-catalog/query", json=body).json()["data"]
        assert {each["metric"]: each[side] for each in found["data"] if each["currency"] is None} == row
        body = {"metrics": MONEY, "dimensions": ["currency"], **asked(start, end)}
        for money in site.client.post("/api/v1/metrics-catalog/query", json=body).json()["data"]:
            currency = money.pop("currency")
            assert {each["metric"]: each[side] for each in found["data"] if each["currency"] == currency} == money
    for each in found["data"]:
        assert (each["change"], each["relative_change"]) == difference(each["current"], each["previous"]), each


def difference(now: int | str | None, then: int | str | None) -> tuple[int | str | None, str | None]:
    if now is None or then is None:
        return None, None
    change = Decimal(now) - Decimal(then)
    relative = (change / Decimal(then)).quantize(Decimal("0.000001"), ROUND_HALF_UP) if Decimal(then) > 0 else None
    return (f"{change:f}" if isinstance(now, str) else int(change)), (None if relative is None else f"{relative:f}")


def test_what_only_one_range_has_stands_beside_nothing(fresh: Site) -> None:
    at = NOW.replace(second=0) - timedelta(minutes=5)
    fresh.post(act("e", "u", "p", at - MINUTE, currency="EUR"), act("u", "u", "p", at, currency="USD"))
    fresh.refine()
    found = {(row["metric"], row["currency"]): row for row in fresh.get("/kpis/compare", **asked(at, at + MINUTE))["data"]}
    shown = ("current", "previous", "change", "relative_change")
    assert [found["gross", "EUR"][name] for name in shown] == ["0.0000", "10.0000", "-10.0000", "-1.000000"]
    assert [found["gross", "USD"][name] for name in shown] == ["10.0000", "0.0000", "10.0000", None]
    assert [found["average_order_value", "USD"][name] for name in shown] == ["10.0000", None, None, None]
    assert [found["orders", None][name] for name in shown] == [1, 1, 0, "0.000000"]
    assert [found["conversion_rate", None][name] for name in shown] == [None, None, None, None]


def test_a_range_is_compared_with_the_one_before_it_unless_another_is_given(site: Site, span: Span) -> None:
    length = span[1] - span[0]
    other = span[0] - timedelta(days=1)
    ways: list[tuple[dict[str, Any], datetime, datetime]] = [
        ({}, span[0] - length, span[0]),
        ({"against_from": isoformat(other)}, other, other + length),
        ({"against_to": isoformat(other)}, other - length, other),
    ]
    for given, start, end in ways:
        found = site.get("/kpis/compare", **asked(*span), **given)
        assert found["previous"] == {"start": isoformat(start), "end": isoformat(end)}


@pytest.mark.parametrize(
    ("parameters", "status", "fix"),
    [
        ({"against_from": "2026-11-24T10:00:00Z", "against_to": "2026-11-24T10:00:00Z"}, 400, "against_from"),
        ({"from": "0001-01-04T00:00:00Z", "to": "2026-11-24T10:00:00Z"}, 400, "years 1 to 9999"),
        ({"from": "2026-11-24T10:00:00Z", "to": "2026-11-24T10:00:00Z"}, 400, "`from` must be before `to`"),
        ({"against_from": "yesterday"}, 422, "against_from"),
    ],
)
def test_ranges_that_make_no_sense_are_problems(site: Site, parameters: dict[str, str], status: int, fix: str) -> None:
    assert fix in is_problem(site.client.get("/api/v1/kpis/compare", params=parameters), status)["detail"]


def test_an_empty_lake_has_a_funnel_of_nobody(fresh: Site) -> None:
    assert [row["users"] for row in fresh.get("/kpis/funnel")["data"]] == [0, 0, 0]
    found = fresh.get("/kpis/users")
    assert (found["active_users"], found["data"]) == (0, [])
    assert {row["currency"] for row in fresh.get("/kpis/compare")["data"]} == {None}


def act(name: str, user: str, what: str, at: datetime, currency: str = "EUR") -> bytes:
    kind = {"v": "page_view", "c": "add_to_cart", "p": "purchase"}[what]
    return as_json(
        event_id=name, event_type=kind, user_id=user, product_id="p", price=10, quantity=1, currency=currency, ts=isoformat(at)
    )
