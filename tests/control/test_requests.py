"""Requests that name themselves by a key: done once, by one alone, and answered the same for a day."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import func, select

from control.conftest import Opener
from rtlakehouse.clock import ManualClock
from rtlakehouse.control import Keys, Requests, Role, Store, requests
from rtlakehouse.control.tables import REQUESTS
from rtlakehouse.errors import KeyReusedError

DAY = timedelta(days=1)


class Work:
    """Counts how often it was done."""

    def __init__(self) -> None:
        self.done = 0

    def __call__(self) -> dict[str, Any]:
        self.done += 1
        return {"done": self.done}


@pytest.fixture
def ours(store: Store, clock: ManualClock) -> Requests:
    return Requests(store, clock, "acme", "office")


def test_what_comes_again_is_answered_the_same_and_not_done_again(ours: Requests) -> None:
    work = Work()
    assert ours.known("k", "this") is None
    assert [ours.once("k", "this", work) for _ in range(3)] == [{"done": 1}] * 3
    assert ours.known("k", "this") == {"done": 1}
    assert work.done == 1


def test_a_key_that_comes_with_something_else_is_refused_and_does_nothing(ours: Requests) -> None:
    work = Work()
    ours.once("k", "this", work)
    with pytest.raises(KeyReusedError, match="use another key"):
        ours.once("k", "that", work)
    with pytest.raises(KeyReusedError):
        ours.known("k", "that")
    assert work.done == 1


def test_the_key_of_another_who_asks_or_another_tenant_is_another(ours: Requests, store: Store, clock: ManualClock) -> None:
    work = Work()
    others = [Requests(store, clock, *whose) for whose in (("acme", "till"), ("other", "office"))]
    assert [each.once("k", "this", work)["done"] for each in (ours, *others)] == [1, 2, 3]


def test_what_fails_leaves_nothing_and_may_come_again(ours: Requests, keys: Keys) -> None:
    def fail() -> dict[str, Any]:
        keys.create("acme", Role.READER)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        ours.once("k", "this", fail)
    assert keys.list() == []
    assert ours.known("k", "this") is None
    assert ours.once("k", "this", Work()) == {"done": 1}


def test_what_is_done_sees_its_own_changes(ours: Requests, keys: Keys) -> None:
    def do() -> dict[str, Any]:
        made, _ = keys.create("acme", Role.READER)
        return {"listed": [key.id for key in keys.list()], "made": made.id}

    answer = ours.once("k", "this", do)
    assert answer["listed"] == [answer["made"]]


def test_of_many_at_once_from_several_processes_one_does_it(opener: Opener, clock: ManualClock) -> None:
    each = [Requests(opener(), clock, "acme", "office") for _ in range(4)]
    work = Work()
    with ThreadPoolExecutor(12) as threads:
        answers = list(threads.map(lambda i: each[i % 4].once("k", "this", work), range(36)))
    assert answers == [{"done": 1}] * 36
    assert work.done == 1


def test_it_is_forgotten_after_a_day(ours: Requests, clock: ManualClock, store: Store) -> None:
    work = Work()
    ours.once("k", "this", work)
    clock.advance(DAY - timedelta(seconds=1))
    assert ours.once("k", "this", work) == {"done": 1}
    clock.advance(timedelta(seconds=1))
    assert ours.known("k", "that") is None
    assert ours.once("k", "that", work) == {"done": 2}
    with store.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(REQUESTS)) == 1


def test_no_tenant_has_more_than_so_many_kept_and_none_pushes_out_those_of_another(
    ours: Requests, store: Store, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests, "MOST", 3)
    theirs, number = Requests(store, clock, "other", "office"), count()
    theirs.once("theirs", "this", Work())
    for _ in range(6):
        clock.advance(timedelta(seconds=1))
        ours.once(f"k{next(number)}", "this", Work())
    assert [ours.known(f"k{i}", "this") is not None for i in range(6)] == [False] * 3 + [True] * 3
    assert theirs.known("theirs", "this") is not None
