"""The shopper model. Everything random comes from one seeded generator, so the same seed gives the same events."""

from __future__ import annotations

import random
from bisect import bisect_left
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate

__all__ = ["Event", "ShopModel", "Shoppers", "rhythm"]


@dataclass(frozen=True)
class ShopModel:
    """The shop and how people behave in it. Chosen to look like a mid-sized shop; not fitted to any data.

    products, popularity: how many, and the exponent of their Zipf-like popularity. price_median, price_spread: prices are
    log-normal. users: how many there are; a few come back often (Pareto). views: mean page views of a visit.
    add_to_cart: chance after a view. buy: chance that a visit with a cart ends in an order. refund: chance that an order
    is returned. seconds_between: mean time between two actions of one visitor.
    """

    products: int = 2_000
    popularity: float = 0.9
    price_median: float = 24.0
    price_spread: float = 0.8
    users: int = 50_000
    views: float = 6.0
    add_to_cart: float = 0.12
    buy: float = 0.45
    refund: float = 0.03
    seconds_between: float = 8.0
    countries: tuple[tuple[str, str, float], ...] = (
        ("DE", "EUR", 0.34),
        ("FR", "EUR", 0.18),
        ("GB", "GBP", 0.20),
        ("US", "USD", 0.16),
        ("NL", "EUR", 0.07),
        ("CH", "CHF", 0.05),
    )
    devices: tuple[tuple[str, float], ...] = (("mobile", 0.62), ("desktop", 0.31), ("tablet", 0.07))
    campaigns: tuple[tuple[str | None, float], ...] = (
        (None, 0.70),
        ("newsletter", 0.14),
        ("spring-sale", 0.10),
        ("retargeting", 0.06),
    )
    referrers: tuple[tuple[str | None, float], ...] = (
        (None, 0.45),
        ("https://search.example/", 0.38),
        ("https://social.example/", 0.12),
        ("https://deals.example/", 0.05),
    )


# How the hours of a day (UTC) compare: a trough at night, a peak in the evening.
_HOURS = (
    0.42,
    0.30,
    0.24,
    0.22,
    0.25,
    0.36,
    0.58,
    0.82,
    1.00,
    1.10,
    1.16,
    1.20,
    1.24,
    1.20,
    1.16,
    1.16,
    1.22,
    1.34,
    1.52,
    1.66,
    1.62,
    1.36,
    0.98,
    0.64,
)
_MEAN = sum(_HOURS) / 24


def rhythm(second_of_day: float) -> float:
    """How busy the shop is at a time of day, 1 being the mean; straight lines between the hours."""
    hour, rest = divmod(second_of_day / 3600, 1)
    return (_HOURS[int(hour) % 24] * (1 - rest) + _HOURS[(int(hour) + 1) % 24] * rest) / _MEAN


@dataclass(slots=True)
class Event:
    """One action of a shopper, before it gets a time."""

    event_id: str
    event_type: str
    user_id: str
    product_id: str
    price: str
    quantity: int
    currency: str
    session_id: str
    country: str
    device: str
    order_id: str | None
    campaign: str | None
    referrer: str | None


@dataclass(slots=True)
class _Visit:
    user_id: str
    session_id: str
    country: str
    currency: str
    device: str
    campaign: str | None
    referrer: str | None
    views_left: int
    viewed: int = -1
    cart: list[tuple[int, int]] = field(default_factory=list)
    checkout: deque[tuple[str, int, int, str]] = field(default_factory=deque)


class Shoppers:
    """An endless stream of events from many visits at once. `visitors`: how many are in the shop at the same time."""

    def __init__(self, model: ShopModel, seed: int, visitors: int) -> None:
        self._model = model
        self._random = random.Random(seed)
        self._popular = list(accumulate((rank + 1) ** -model.popularity for rank in range(model.products)))
        self._prices = [self._price() for _ in range(model.products)]
        self._choices = {
            "country": _cumulative([share for *_, share in model.countries]),
            "device": _cumulative([share for _, share in model.devices]),
            "campaign": _cumulative([share for _, share in model.campaigns]),
            "referrer": _cumulative([share for _, share in model.referrers]),
        }
        self._visits = [self._arrive() for _ in range(max(1, visitors))]

    def next(self) -> Event:
        """The next event of a visitor picked at random."""
        draw = self._random
        place = int(draw.random() * len(self._visits))
        visit = self._visits[place]
        if visit.checkout:
            kind, product, quantity, order_id = visit.checkout.popleft()
            return self._event(visit, kind, product, quantity, order_id)
        if visit.viewed >= 0 and draw.random() < self._model.add_to_cart:
            product, visit.viewed = visit.viewed, -1
            visit.cart.append((product, 1 if draw.random() < 0.8 else 2))
            return self._event(visit, "add_to_cart", product, visit.cart[-1][1], None)
        if visit.views_left <= 0:
            if visit.cart and draw.random() < self._model.buy:
                return self._order(visit)
            self._visits[place] = visit = self._arrive()
        visit.views_left -= 1
        visit.viewed = bisect_left(self._popular, draw.random() * self._popular[-1])
        return self._event(visit, "page_view", visit.viewed, 1, None)

    def _order(self, visit: _Visit) -> Event:
        """Queue one purchase for each line of the cart, all of one order; sometimes a line is returned later."""
        order_id = f"o{self._random.getrandbits(48):012x}"
        visit.checkout.extend(("purchase", product, quantity, order_id) for product, quantity in visit.cart)
        if self._random.random() < self._model.refund:
            visit.checkout.append(("refund", *visit.cart[0], order_id))
        visit.cart = []
        kind, product, quantity, order = visit.checkout.popleft()
        return self._event(visit, kind, product, quantity, order)

    def _event(self, visit: _Visit, kind: str, product: int, quantity: int, order_id: str | None) -> Event:
        return Event(
            f"{self._random.getrandbits(128):032x}",
            kind,
            visit.user_id,
            f"p{product:05d}",
            self._prices[product],
            quantity,
            visit.currency,
            visit.session_id,
            visit.country,
            visit.device,
            order_id,
            visit.campaign,
            visit.referrer,
        )

    def _arrive(self) -> _Visit:
        draw = self._random
        user = min(int(draw.paretovariate(0.7)), self._model.users)
        country, currency, _ = self._model.countries[self._pick("country")]
        return _Visit(
            user_id=f"u{user if user > 1 else draw.randrange(self._model.users):06d}",
            session_id=f"s{draw.getrandbits(48):012x}",
            country=country,
            currency=currency,
            device=self._model.devices[self._pick("device")][0],
            campaign=self._model.campaigns[self._pick("campaign")][0],
            referrer=self._model.referrers[self._pick("referrer")][0],
            views_left=1 + int(draw.expovariate(1 / self._model.views)),
        )

    def _pick(self, what: str) -> int:
        return bisect_left(self._choices[what], self._random.random())

    def _price(self) -> str:
        cents = max(50, round(100 * self._model.price_median * self._random.lognormvariate(0, self._model.price_spread)))
        return f"{cents // 100}.{cents % 100:02d}"


def _cumulative(shares: Sequence[float]) -> list[float]:
    total = sum(shares)
    return [*[share / total for share in accumulate(shares)][:-1], 1.0]
