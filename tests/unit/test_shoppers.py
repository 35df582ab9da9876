"""The shopper model: people who look, choose, buy and sometimes return, in a shop where some products are popular."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import pairwise

import pytest

from rtlakehouse.simulate.model import Event, ShopModel, Shoppers, rhythm

COUNT = 20_000


@pytest.fixture(scope="module")
def events() -> list[Event]:
    shoppers = Shoppers(ShopModel(), 7, visitors=200)
    return [shoppers.next() for _ in range(COUNT)]


def _visits(events: list[Event]) -> dict[str, list[Event]]:
    visits: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        visits[event.session_id].append(event)
    return visits


def test_the_same_seed_makes_the_same_events_and_another_seed_others() -> None:
    one, same, other = (Shoppers(ShopModel(), seed, visitors=50) for seed in (7, 7, 8))
    first = [one.next() for _ in range(500)]
    assert first == [same.next() for _ in range(500)]
    assert first != [other.next() for _ in range(500)]


def test_every_event_has_an_id_of_its_own(events: list[Event]) -> None:
    assert len({event.event_id for event in events}) == COUNT


def test_only_what_was_viewed_is_put_in_a_cart_and_only_what_is_in_it_is_bought(events: list[Event]) -> None:
    for visit in _visits(events).values():
        done: dict[str, Counter[str]] = defaultdict(Counter)
        for event in visit:
            before = {"page_view": None, "add_to_cart": "page_view", "purchase": "add_to_cart", "refund": "purchase"}
            earlier = before[event.event_type]
            assert earlier is None or done[earlier][event.product_id] > 0, event
            done[event.event_type][event.product_id] += 1
        for product, bought in done["purchase"].items():
            assert bought <= done["add_to_cart"][product]


def test_an_order_is_of_one_visit_and_a_refund_returns_a_line_of_it(events: list[Event]) -> None:
    orders: dict[str, set[str]] = defaultdict(set)
    bought: set[tuple[str | None, str, int, str]] = set()
    for event in events:
        assert (event.order_id is not None) == (event.event_type in ("purchase", "refund"))
        line = (event.order_id, event.product_id, event.quantity, event.price)
        if event.event_type == "purchase":
            bought.add(line)
        if event.event_type == "refund":
            assert line in bought
        if event.order_id is not None:
            orders[event.order_id].add(event.session_id)
    assert len(orders) > 100
    assert {len(sessions) for sessions in orders.values()} == {1}


def test_a_visit_is_of_one_user_in_one_place_on_one_device(events: list[Event]) -> None:
    visits = _visits(events)
    for visit in visits.values():
        assert len({(e.user_id, e.country, e.currency, e.device, e.campaign, e.referrer) for e in visit}) == 1
    assert len(visits) > COUNT / 30


def test_many_look_few_choose_and_fewer_buy(events: list[Event]) -> None:
    kinds = Counter(event.event_type for event in events)
    assert kinds["page_view"] > 4 * kinds["add_to_cart"] > 4 * kinds["refund"]
    assert kinds["add_to_cart"] > kinds["purchase"] > 10 * kinds["refund"] > 0


def test_a_tenth_of_the_products_has_most_of_the_views(events: list[Event]) -> None:
    views = Counter(event.product_id for event in events if event.event_type == "page_view")
    popular = sum(count for _, count in views.most_common(ShopModel.products // 10))
    assert 0.5 < popular / views.total() < 0.9
    assert len(views) > ShopModel.products / 2


def test_a_product_has_one_price(events: list[Event]) -> None:
    prices = defaultdict(set)
    for event in events:
        prices[event.product_id].add(event.price)
    assert {len(found) for found in prices.values()} == {1}
    assert len({price for found in prices.values() for price in found}) > 500


def test_currency_follows_the_country(events: list[Event]) -> None:
    expected = {country: currency for country, currency, _ in ShopModel.countries}
    assert {event.country: event.currency for event in events} == expected


def test_nights_are_quiet_evenings_busy_and_the_day_is_as_busy_as_asked() -> None:
    seconds = range(0, 86_400, 60)
    assert sum(map(rhythm, seconds)) / len(seconds) == pytest.approx(1, abs=0.02)
    assert rhythm(3 * 3600) < 0.3 < 1.5 < rhythm(19.5 * 3600)
    assert max(abs(rhythm(a) - rhythm(b)) for a, b in pairwise([*seconds, 0])) < 0.02
