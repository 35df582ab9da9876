"""`rtl erase`: shown first, done where no engine runs, by the engine where one does, and looked for afterwards."""

from __future__ import annotations

import json

import pytest

from cli.commands import Commands
from faults.loads import start_engine
from rtlakehouse.storage.lake import Lake


def user_of(rtl: Commands) -> str:
    found: str = Lake.open(rtl.lake).read("silver.events")["user_id"][0].as_py()
    return found


def test_a_user_is_shown_erased_and_not_found_again(on_copy: Commands) -> None:
    user = user_of(on_copy)
    would = on_copy.json("erase", user, "--dry-run")
    assert would[0]["detail"].startswith("would empty ")
    assert json.loads(on_copy.run("erase", user, "--check", "--json").printed)["checked"]["records"] > 0
    done = on_copy.json("erase", user, "--yes", "--why", "Request 4711.")
    assert (done["certificate"]["state"], done["certificate"]["why"]) == ("done", "Request 4711.")
    assert user not in json.dumps(done)
    checked = on_copy.json("erase", user, "--check")
    assert (checked["erasures"], checked["checked"]["records"]) == ([done["certificate"]["id"]], 0)
    assert on_copy.run("verify").code == 0
    again = on_copy.ok("erase", user, "--yes")
    assert "Nothing is of this user" in again


@pytest.mark.long
def test_an_engine_that_runs_does_it(on_copy: Commands) -> None:
    user = user_of(on_copy)
    engine = start_engine(on_copy.programs, on_copy.lake)
    done = on_copy.run("erase", user, "--yes", "--json")
    assert done.code == 0, done.said
    assert "as job 1" in done.said
    assert json.loads(done.printed)["certificate"]["state"] == "done"
    engine.stop()
    assert on_copy.run("verify").code == 0


def test_who_does_not_agree_erases_nobody(on_copy: Commands) -> None:
    user = user_of(on_copy)
    assert on_copy.run("erase", user).code != 0
    assert user_of(on_copy) == user


def test_what_cannot_be_erased_is_refused(rtl: Commands) -> None:
    assert "names the user" in rtl.refused(2, "erase", "ada", "--why", "for ada", "--dry-run")
    assert "must match" in rtl.refused(2, "erase", "ada", "--tenant", "A", "--dry-run")


def test_what_is_older_than_its_term_is_shown_and_let_go(on_copy: Commands) -> None:
    settings = {"retention_days": '{"bronze": 1}'}
    assert "kept for ever" in on_copy.ok("retain")
    assert on_copy.json("retain", "--dry-run", settings=settings)[0]["detail"] == "Nothing is older than it is kept."
    asked = on_copy.refused(2, "retain", "--yes", settings={"retention_days": '{"gold": 1}'})
    assert "retention_days" in asked
    assert on_copy.run("verify").code == 0
