"""The shop that the questions of the evaluation are about: three months of it up to the moment at which they are asked."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from rtlakehouse.assistant.evaluation.cases import MOMENT, VALUES

__all__ = ["Sent", "events"]

_SEED = 20_261_124
_VISITS = 900
_USERS = 120
_PRODUCTS = 25
_FIRST = datetime(2026, 9, 1)  # noqa: DTZ001 - naive UTC, as all times here
_DAYS = timedelta(days=1)
_TODAY = datetime(2026, 11, 24)  # noqa: DTZ001
# The parts of the time that questions are about, and the share of the visits in each.
_PERIODS = (
    (_FIRST, datetime(2026, 11, 1), 0.25),  # noqa: DTZ001
    (datetime(2026, 11, 1), _TODAY - _DAYS, 0.25),  # noqa: DTZ001
    (_TODAY - _DAYS, _TODAY, 0.2),
    (_TODAY, MOMENT.now - timedelta(hours=1), 0.2),
    (MOMENT.now - timedelta(hours=1), MOMENT.now, 0.1),
)
# Minutes that questions name, the newest among them: each has visits of its own.
_NAMED = tuple(_TODAY + timedelta(minutes=each) for each in (-9 * 60 - 30, 9 * 60 + 15, 10 * 60 + 30))
_NAMED_VISITS = 4
_CURRENCIES = {"GB": "GBP", "US": "USD", "CH": "CHF"}
_LATE = timedelta(minutes=5)


@dataclass(frozen=True)
class Sent:
    """An event as it is sent, and when it was received."""

    raw: bytes
    received_at: datetime


def events() -> Iterator[Sent]:
    """Every event, in the order of the visits; the same in every process."""
    chance = random.Random(_SEED)
    for number, begun in enumerate(_visits(chance)):
        for count, (at, event) in enumerate(_visit(chance, number, begun)):
            if at <= MOMENT.now:
                late = _LATE if chance.random() < 0.05 else timedelta()
                whole = {"event_id": f"{number}-{count}", "ts": f"{at.isoformat()}Z", **event}
                yield Sent(json.dumps(whole).encode(), (at + late).replace(tzinfo=UTC))


def _visits(chance: random.Random) -> Iterator[datetime]:
    for first, last, share in _PERIODS:
        for _ in range(round(_VISITS * share)):
            yield first + (last - first) * chance.random()
    yield from (minute for minute in _NAMED for _ in range(_NAMED_VISITS))


def _visit(chance: random.Random, number: int, begun: datetime) -> Iterator[tuple[datetime, dict[str, Any]]]:
    """Somebody looks at products, may put one into the cart, buy, and send back; two seconds lie between two steps."""
    country = _one_of(chance, "country", 0.05)
    visitor = {
        "user_id": f"user-{chance.randrange(_USERS)}",
        "session_id": f"session-{number}",
        "currency": _CURRENCIES.get(country or "", "EUR"),
        "country": country,
        "device": _one_of(chance, "device", 0.05),
        "campaign": _one_of(chance, "campaign", 0.5),
        "referrer": _one_of(chance, "referrer", 0.3),
    }
    kinds = ["page_view"] * chance.randint(1, 3)
    if chance.random() < 0.5:
        kinds.append("add_to_cart")
        if chance.random() < 0.7:
            kinds += ["purchase"] * chance.randint(1, 2)
            if chance.random() < 0.3:
                kinds.append("refund")
    for place, kind in enumerate(kinds):
        product = 1 + int(_PRODUCTS * chance.random() ** 2)
        order = {"order_id": f"order-{number}"} if kind in ("purchase", "refund") else {}
        what = {"event_type": kind, "product_id": f"sku-{product}", "price": 5 + product * 3 / 4}
        yield begun + place * timedelta(seconds=2), {**visitor, **order, **what, "quantity": chance.randint(1, 3)}


def _one_of(chance: random.Random, dimension: str, missing: float) -> str | None:
    return None if chance.random() < missing else chance.choice(VALUES[dimension])
