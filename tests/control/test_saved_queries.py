"""Saved queries: kept under a name of their own, changed whole, and of one tenant."""

from __future__ import annotations

from datetime import timedelta

import pytest

from control.conftest import Opener
from rtlakehouse.clock import ManualClock
from rtlakehouse.control import SavedQueries, SavedQuery, Store
from rtlakehouse.control.saved_queries import MOST
from rtlakehouse.errors import NameTakenError, NotFoundError, UsageError
from storage.rows import NOON

SQL = "select count(*) from silver.events where price > $least"


def save(saved: SavedQueries, name: str, sql: str = SQL) -> SavedQuery:
    return saved.create(name, "", sql, {"least": 1.5, "wörd": None})


def test_what_was_saved_is_there_for_whoever_opens_the_store_next(opener: Opener, clock: ManualClock) -> None:
    made = save(SavedQueries(opener(), clock, "acme"), "Prices, 100 %")
    again = SavedQueries(opener(), clock, "acme")
    assert again.list() == [again.get(made.id)] == [made]
    assert (made.parameters, made.created_at, made.changed_at) == ({"least": 1.5, "wörd": None}, NOON, NOON)


def test_queries_are_listed_by_name_and_gone_when_deleted(store: Store, clock: ManualClock) -> None:
    saved = SavedQueries(store, clock, "acme")
    second, first = save(saved, "b"), save(saved, "a")
    assert saved.list() == [first, second]
    assert saved.delete(first.id) == first
    assert saved.list() == [second]
    with pytest.raises(NotFoundError):
        saved.delete(first.id)


def test_a_change_keeps_the_id_and_takes_no_name_of_another(store: Store, clock: ManualClock) -> None:
    saved = SavedQueries(store, clock, "acme")
    one, other = save(saved, "one"), save(saved, "other")
    clock.advance(timedelta(minutes=1))
    changed = saved.change(one.id, "better", "Why.", "select 1", [])
    assert (changed.id, changed.created_at, changed.changed_at) == (one.id, NOON, NOON + timedelta(minutes=1))
    assert saved.get(one.id) == changed
    with pytest.raises(NameTakenError, match="'other'"):
        saved.change(one.id, "other", "", SQL, {})
    assert saved.list() == [changed, other]


def test_the_same_again_is_one_query_and_another_under_its_name_is_refused(store: Store, clock: ManualClock) -> None:
    saved = SavedQueries(store, clock, "acme")
    made = save(saved, "one")
    assert save(saved, "one") == made
    with pytest.raises(NameTakenError, match="'one'"):
        save(saved, "one", "select 1")
    assert saved.list() == [made]


def test_a_tenant_has_its_own_queries_and_names(store: Store, clock: ManualClock) -> None:
    ours, theirs = SavedQueries(store, clock, "acme"), SavedQueries(store, clock, "other")
    made = save(theirs, "one")
    assert ours.list() == []
    for reach in (ours.get, ours.delete, lambda found: ours.change(found, "x", "", SQL, {})):
        with pytest.raises(NotFoundError):
            reach(made.id)
    save(ours, "one", "select 1")
    assert theirs.list() == [made]


def test_there_is_an_end_to_how_many_there_may_be(store: Store, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rtlakehouse.control.saved_queries.MOST", 3)
    saved = SavedQueries(store, clock, "acme")
    for name in "abc":
        save(saved, name)
    with pytest.raises(UsageError, match="delete one"):
        save(saved, "d")
    save(SavedQueries(store, clock, "other"), "d")
    assert MOST > 3
