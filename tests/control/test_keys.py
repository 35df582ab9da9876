"""API keys: recognised until they are revoked, of one tenant, and nowhere kept."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from rtlakehouse.clock import ManualClock
from rtlakehouse.control import Keys, Role, Store
from rtlakehouse.control.tables import API_KEYS
from rtlakehouse.errors import NotFoundError, UsageError
from storage.rows import NOON


def test_a_key_is_recognised_with_its_tenant_and_role(keys: Keys) -> None:
    made, text = keys.create("acme", Role.INGEST, "the till")
    assert (made.tenant_id, made.role, made.name, made.created_at) == ("acme", Role.INGEST, "the till", NOON)
    assert keys.find(text) == made


def test_the_text_names_the_key_and_is_kept_nowhere(keys: Keys, store: Store) -> None:
    made, text = keys.create("acme", Role.READER)
    assert re.fullmatch(rf"rtl_{made.id}_[a-z0-9]{{40}}", text)
    with store.reading() as connection:
        rows = connection.execute(select(API_KEYS)).all()
    assert text.rpartition("_")[2] not in repr(rows)


@pytest.mark.parametrize("change", [str.upper, lambda text: text[:-1], lambda text: text + "a", lambda text: f" {text}"])
def test_what_is_almost_a_key_is_none(keys: Keys, change: object) -> None:
    _, text = keys.create("acme", Role.READER)
    assert keys.find(change(text)) is None  # type: ignore[operator]


def test_the_secret_of_one_key_is_not_good_for_another(keys: Keys) -> None:
    (one, _), (_, other) = keys.create("acme", Role.ADMIN), keys.create("acme", Role.READER)
    assert keys.find(f"rtl_{one.id}_{other.rpartition('_')[2]}") is None


def test_a_revoked_key_is_good_for_nothing_and_stays_listed(keys: Keys, clock: ManualClock) -> None:
    made, text = keys.create("acme", Role.READER)
    clock.advance(timedelta(hours=1))
    revoked = keys.revoke(made.id)
    assert revoked.revoked_at == NOON + timedelta(hours=1)
    assert keys.find(text) is None
    assert keys.list() == [revoked]
    clock.advance(timedelta(hours=1))
    assert keys.revoke(made.id) == revoked


def test_a_tenant_sees_and_revokes_its_own_keys_alone(keys: Keys) -> None:
    (ours, _), (theirs, text) = keys.create("acme", Role.ADMIN), keys.create("other", Role.ADMIN)
    assert keys.list("acme") == [ours]
    with pytest.raises(NotFoundError) as foreign:
        keys.revoke(theirs.id, "acme")
    with pytest.raises(NotFoundError) as unknown:
        keys.revoke("zzzzzzzz", "acme")
    assert str(foreign.value).replace(theirs.id, "zzzzzzzz") == str(unknown.value)
    assert keys.find(text) == theirs


def test_keys_of_one_instant_are_listed_as_they_were_made(keys: Keys) -> None:
    made = [keys.create("acme", Role.READER)[0] for _ in range(20)]
    assert keys.list() == made


def test_the_first_key_is_made_once(keys: Keys) -> None:
    first = keys.create_first("acme", Role.ADMIN, "first")
    assert first is not None
    assert keys.find(first[1]) == first[0]
    assert keys.create_first("acme", Role.ADMIN) is None
    keys.revoke(first[0].id)
    assert keys.create_first("acme", Role.ADMIN) is None
    assert [key.id for key in keys.list()] == [first[0].id]


@pytest.mark.parametrize("tenant", ["", "Acme", "acme\n", "1acme", "a" * 64, "acme'--"])
def test_a_tenant_that_is_none_gets_no_key(keys: Keys, tenant: str) -> None:
    with pytest.raises(UsageError, match="must match"):
        keys.create(tenant, Role.READER)
    assert keys.list() == []


@pytest.mark.parametrize("name", ["x" * 129, "two\nlines"])
def test_a_name_is_one_short_line(keys: Keys, name: str) -> None:
    with pytest.raises(UsageError, match="128"):
        keys.create("acme", Role.READER, name)


def test_roles_include_those_before_them() -> None:
    covered = {role: {needed for needed in Role if role.covers(needed)} for role in Role}
    assert covered == {
        Role.READER: {Role.READER},
        Role.INGEST: {Role.READER, Role.INGEST},
        Role.ADMIN: {Role.READER, Role.INGEST, Role.ADMIN},
    }
