"""How a rule goes from inactive over pending to firing and back: by what holds, and for how long."""

from __future__ import annotations

from datetime import timedelta

import pytest

from rtlakehouse.alerts.course import START, after
from storage.rows import NOON

SIGNS = {"1": True, "0": False, "?": None}


def course(looks: str, hold_s: int) -> str:
    """The first letter of each state after a look every ten seconds."""
    at, found = START, []
    for number, look in enumerate(looks):
        at = after(at, SIGNS[look], NOON + timedelta(seconds=10 * number), timedelta(seconds=hold_s))
        found.append(at.state[0])
    return "".join(found)


@pytest.mark.parametrize(
    ("looks", "hold_s", "states"),
    [
        ("0110", 0, "iffi"),
        ("0111", 20, "ippf"),
        ("01101111", 20, "ippippff"),
        ("1110100", 10, "pfffffi"),
        ("1110001", 10, "pfffiip"),
        ("111?000", 10, "pffffii"),
        ("1?111", 10, "pipff"),
        ("11???", 10, "pffff"),
        ("?????", 0, "iiiii"),
    ],
)
def test_it_fires_after_it_held_and_is_resolved_after_it_did_not_for_long_enough(looks: str, hold_s: int, states: str) -> None:
    assert course(looks, hold_s) == states


def test_it_says_since_when_it_holds_until_it_is_resolved() -> None:
    hold = timedelta(seconds=10)
    pending = after(START, True, NOON, hold)
    firing = after(pending, True, NOON + hold, hold)
    clearing = after(firing, False, NOON + 2 * hold, hold)
    assert (pending.since, firing.since, clearing.since, clearing.clear_since) == (NOON, NOON, NOON, NOON + 2 * hold)
    assert after(clearing, False, NOON + 3 * hold, hold) == START
