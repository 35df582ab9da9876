"""The audit: each change of the control store is written down with it, by whom, and is told in its order."""

from __future__ import annotations

from datetime import timedelta

import pytest

from rtlakehouse.clock import ManualClock
from rtlakehouse.control import (
    Action,
    AlertRule,
    AlertRules,
    Audit,
    AuditFilter,
    Comparison,
    JobKind,
    Jobs,
    Keys,
    Pins,
    Role,
    SavedQueries,
    Store,
)
from rtlakehouse.errors import NotFoundError
from storage.rows import NOON


@pytest.fixture
def audit(store: Store, clock: ManualClock) -> Audit:
    return Audit(store, clock)


def test_every_change_is_written_down_with_who_made_it(audit: Audit, store: Store, clock: ManualClock) -> None:
    office, _ = Keys(store, clock).create("acme", Role.ADMIN, "the office")
    keys, pins, jobs = Keys(store, clock, office.id), Pins(store, clock, office.id), Jobs(store, clock, office.id)
    queries = SavedQueries(store, clock, "acme", office.id)
    till, _ = keys.create("acme", Role.INGEST, "the till")
    keys.revoke(till.id)
    pin = pins.create("acme", {"gold.kpis_1m": 4}, "November")
    pins.remove(pin.id)
    job = jobs.ask("acme", JobKind.VACUUM, {"retention_s": 60}, "room")
    jobs.cancel(job.id)
    rules = AlertRules(store, clock, office.id)
    rule = rules.create(AlertRule("", "acme", "busy", {"metric": "events"}, Comparison.GT, 5.0, timedelta(0), None))
    rules.delete("acme", rule.id)
    query = queries.create("all", "", "select 1", {})
    queries.change(query.id, "all", "", "select 2", {})
    queries.delete(query.id)
    *told, first = audit.newest("acme", 100)
    assert (first.who, first.action, first.target, first.at) == ("rtl", Action.KEY_CREATE, office.id, NOON)
    assert {(entry.who, entry.key_name) for entry in told} == {(office.id, "the office")}
    assert [(entry.action.value, entry.target) for entry in reversed(told)] == [
        ("key.create", till.id),
        ("key.revoke", till.id),
        ("pin.create", pin.id),
        ("pin.remove", pin.id),
        ("job.ask", str(job.id)),
        ("job.cancel", str(job.id)),
        ("alert_rule.create", rule.id),
        ("alert_rule.delete", rule.id),
        ("query.save", query.id),
        ("query.change", query.id),
        ("query.delete", query.id),
    ]
    assert told[6].detail == {"kind": "vacuum", "retention_s": 60, "why": "room"}


def test_what_changed_nothing_is_not_written_down(audit: Audit, store: Store, clock: ManualClock) -> None:
    keys, pins = Keys(store, clock), Pins(store, clock)
    made, _ = keys.create("acme", Role.READER)
    keys.revoke(made.id)
    pins.create("acme", {}, pin_id="one")
    before = audit.newest("acme", 100)
    keys.revoke(made.id)
    pins.create("acme", {}, pin_id="one")
    with pytest.raises(NotFoundError):
        keys.revoke("zzzzzzzz", "acme")
    with pytest.raises(NotFoundError):
        pins.remove("two", "acme")
    assert audit.newest("acme", 100) == before


def test_entries_are_told_by_tenant_actor_action_and_time_a_page_at_a_time(audit: Audit, clock: ManualClock) -> None:
    for number in range(6):
        who, action = ("one", Action.PIPELINE_PAUSE) if number % 2 else ("two", Action.PIPELINE_RESUME)
        audit.record("acme", who, action, str(number))
        clock.advance(timedelta(minutes=1))
    audit.record("other", "one", Action.PIPELINE_PAUSE)

    def told(limit: int = 100, before: int | None = None, which: AuditFilter | None = None) -> list[str]:
        return [entry.target for entry in audit.newest("acme", limit, before, which)]

    assert told() == ["5", "4", "3", "2", "1", "0"]
    first = audit.newest("acme", 2)
    assert told(2, first[-1].id) == ["3", "2"]
    assert told(which=AuditFilter(who="one")) == ["5", "3", "1"]
    assert told(which=AuditFilter(action=Action.PIPELINE_RESUME)) == ["4", "2", "0"]
    minute = NOON + timedelta(minutes=1)
    assert told(which=AuditFilter(start=minute, end=minute + timedelta(minutes=2))) == ["2", "1"]
