"""Keys that were looked up a moment ago: good without another look, and for no more than a second."""

from __future__ import annotations

from rtlakehouse.api.access import Keyring
from rtlakehouse.control import Keys, Role


class Watch:
    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def test_a_key_is_good_without_another_look_for_a_second(keys: Keys) -> None:
    watch = Watch()
    ring = Keyring(keys, watch)
    made, text = keys.create("acme", Role.INGEST)
    assert ring.recent(text) is None
    assert ring.find(text) == made
    watch.seconds += 0.25
    assert ring.recent(text) == made
    watch.seconds += 0.75
    assert ring.recent(text) is None


def test_of_many_who_send_a_key_one_looks_it_up_before_it_is_too_old_for_all(keys: Keys) -> None:
    watch = Watch()
    ring = Keyring(keys, watch)
    made, text = keys.create("acme", Role.INGEST)
    ring.find(text)
    watch.seconds += 0.75
    assert [ring.recent(text) for _ in range(3)] == [None, made, made]
    ring.find(text)
    watch.seconds += 0.375
    assert [ring.recent(text) for _ in range(3)] == [made] * 3


def test_a_key_that_was_revoked_elsewhere_is_good_for_no_more_than_a_second(keys: Keys) -> None:
    watch = Watch()
    ring = Keyring(keys, watch)
    made, text = keys.create("acme", Role.INGEST)
    ring.find(text)
    keys.revoke(made.id)
    watch.seconds += 0.75
    assert ring.recent(text) is None
    assert ring.recent(text) == made
    watch.seconds += 0.25
    assert ring.recent(text) is None
    assert ring.find(text) is None
