"""`rtl keys`: the secret once, the rest as often as one likes."""

from __future__ import annotations

import re

from cli.commands import Commands


def test_a_key_is_made_listed_and_revoked(on_copy: Commands) -> None:
    text = on_copy.ok("keys", "create", "--tenant", "acme", "--role", "ingest", "--name", "the till").strip()
    key_id = re.fullmatch(r"rtl_([a-z0-9]{8})_[a-z0-9]{40}", text)[1]  # type: ignore[index]
    (listed,) = on_copy.json("keys", "list")
    assert listed | {"created_at": ""} == {
        "id": key_id,
        "name": "the till",
        "tenant_id": "acme",
        "role": "ingest",
        "created_at": "",
        "revoked_at": None,
    }
    assert text.rpartition("_")[2] not in on_copy.ok("keys", "list") + repr(listed)
    assert "the till" in on_copy.ok("keys", "list")
    (revoked,) = on_copy.json("keys", "revoke", key_id)
    assert revoked["revoked_at"]
    assert on_copy.json("keys", "list") == [revoked]


def test_a_script_gets_the_secret_with_the_rest(on_copy: Commands) -> None:
    made = on_copy.json("keys", "create")
    assert (made["tenant_id"], made["role"]) == ("default", "reader")
    assert made["key"].startswith(f"rtl_{made['id']}_")
    assert on_copy.json("keys", "list", "--tenant", "acme") == []


def test_what_is_wrong_is_said(on_copy: Commands) -> None:
    assert "There is no key 'zzzzzzzz'" in on_copy.refused(1, "keys", "revoke", "zzzzzzzz")
    assert "takes the id of one key" in on_copy.refused(2, "keys", "revoke")
    assert "takes the id of one key" in on_copy.refused(2, "keys", "list", "zzzzzzzz")
    assert "must match" in on_copy.refused(2, "keys", "create", "--tenant", "Acme Inc.")
    assert "root" in on_copy.refused(2, "keys", "create", "--role", "root")


def test_without_a_lake_there_are_no_keys(on_nothing: Commands) -> None:
    assert "There is no lake" in on_nothing.refused(1, "keys", "list")
    assert not on_nothing.lake.exists()
