"""Pins: made, listed, removed, over when they expire; and what upkeep is told of them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from control.conftest import Opener
from rtlakehouse.clock import ManualClock
from rtlakehouse.control import Pins, Store, pinned_versions
from rtlakehouse.errors import NotFoundError, StoreError, UsageError
from rtlakehouse.settings import Settings

KPIS, SILVER = "gold.kpis_1m", "silver.events"
HOUR = timedelta(hours=1)


@pytest.fixture
def pins(store: Store, clock: ManualClock) -> Pins:
    return Pins(store, clock)


def test_a_pin_is_kept_as_it_was_made_until_it_is_removed(pins: Pins, opener: Opener, clock: ManualClock) -> None:
    first = pins.create("acme", {KPIS: 41, SILVER: 87}, "before the audit")
    clock.advance(HOUR)
    second = pins.create("acme", {KPIS: 50}, expires_at=clock.now() + HOUR)
    assert Pins(opener(), clock).list() == [first, second]
    other = pins.create("globex", {KPIS: 50})
    assert pins.list("globex") == [other]
    with pytest.raises(NotFoundError):
        pins.remove(first.id, "globex")
    assert pins.remove(first.id, "acme") == first
    pins.remove(other.id)
    assert pins.list() == [second]
    with pytest.raises(NotFoundError, match="GET /api/v1/pins"):
        pins.remove(first.id)


def test_a_pin_that_has_expired_is_not_there(pins: Pins, clock: ManualClock) -> None:
    pin = pins.create("acme", {KPIS: 41}, expires_at=clock.now() + HOUR)
    clock.advance(HOUR)
    assert pins.list() == []
    with pytest.raises(NotFoundError):
        pins.remove(pin.id)


def test_what_is_no_note_and_no_time_to_come_is_refused(pins: Pins, clock: ManualClock) -> None:
    with pytest.raises(UsageError, match="500 characters"):
        pins.create("acme", {KPIS: 1}, "x" * 501)
    with pytest.raises(UsageError, match="time to come"):
        pins.create("acme", {KPIS: 1}, expires_at=clock.now())
    assert pins.list() == []


def test_upkeep_is_told_the_pinned_versions_of_a_table_as_they_are(pins: Pins, chosen: Settings, clock: ManualClock) -> None:
    pinned = pinned_versions(chosen, clock)
    assert pinned(KPIS) == frozenset()
    made = [pins.create("acme", {KPIS: version, SILVER: 1}) for version in (3, 9)]
    assert [sorted(pinned(table)) for table in (KPIS, SILVER, "ops.ledger")] == [[3, 9], [1], []]
    pins.remove(made[0].id)
    assert pinned(KPIS) == {9}


def test_a_store_that_cannot_be_opened_is_no_store_without_pins(clock: ManualClock) -> None:
    with pytest.raises(StoreError):
        pinned_versions(Settings.model_validate({"control_url": "postgresql://nobody@127.0.0.1:1/none"}), clock)(KPIS)
