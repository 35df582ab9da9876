"""Alert rules, standings and alerts in the control store: made once, written together, silenced, and kept by tenant."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from rtlakehouse.clock import ManualClock
from rtlakehouse.control import (
    AlertLog,
    AlertRule,
    AlertRules,
    AlertState,
    Comparison,
    RuleState,
    Silence,
    Standing,
    Store,
    Target,
    alert_round,
)
from rtlakehouse.control.tables import ALERT_MESSAGES
from rtlakehouse.errors import KeyReusedError, NameTakenError, NotFoundError, UsageError
from storage.rows import NOON

RULE = AlertRule("", "acme", "No events", {"kind": "freshness"}, Comparison.GT, 60, timedelta(seconds=30))
FIRED: dict[str, Any] = {
    "tenant_id": "acme",
    "rule_id": "r1",
    "rule_name": "No events",
    "told": "seconds above 60",
    "since": NOON,
    "fired_at": NOON,
    "value": 71.5,
    "why": "71 s old.",
}


@pytest.fixture
def rules(store: Store, clock: ManualClock) -> AlertRules:
    return AlertRules(store, clock)


@pytest.fixture
def alerts(store: Store, clock: ManualClock) -> AlertLog:
    return AlertLog(store, clock)


def standing(alert_id: int | None, state: RuleState = RuleState.FIRING) -> Standing:
    return Standing("acme", "r1", state, NOON, None, alert_id, 71.5, "71 s old.", None, NOON)


def test_a_rule_is_kept_as_it_was_made_and_found_by_its_tenant_alone(rules: AlertRules) -> None:
    made = rules.create(RULE)
    assert made == replace(RULE, id=made.id, created_at=NOON)
    assert rules.list() == rules.list("acme") == [made]
    assert rules.list("other") == []
    with pytest.raises(NotFoundError, match="GET /api/v1/alerts/rules"):
        rules.delete("other", made.id)
    assert rules.delete("acme", made.id) == made
    assert rules.list() == []


def test_the_same_again_makes_no_other_rule_and_another_under_its_name_or_key_is_refused(rules: AlertRules) -> None:
    made, keyed = rules.create(RULE), rules.create(replace(RULE, name="Keyed"), "k")
    assert rules.create(RULE) == made
    assert rules.create(replace(RULE, name="Keyed"), "k") == keyed
    with pytest.raises(NameTakenError, match="No events"):
        rules.create(replace(RULE, threshold=61))
    with pytest.raises(KeyReusedError, match="another rule"):
        rules.create(replace(RULE, name="Third"), "k")
    assert rules.list() == [made, keyed]
    assert rules.create(replace(RULE, tenant_id="other")).id != made.id


def test_a_rule_is_changed_but_for_its_id_and_time_and_a_wait_begins_again_where_it_judges_otherwise(
    rules: AlertRules, alerts: AlertLog, store: Store, clock: ManualClock
) -> None:
    rule, other = rules.create(RULE), rules.create(replace(RULE, name="Other"))
    waits = replace(standing(None, RuleState.PENDING), rule_id=rule.id)
    with alert_round(store) as written:
        written.keep([waits])
    clock.advance(timedelta(hours=1))
    assert rules.change(replace(rule, name="New")) == replace(rule, name="New") == rules.get("acme", rule.id)
    assert alerts.standings("acme") == {rule.id: waits}
    changed = rules.change(replace(rule, name="New", threshold=5.0))
    assert (changed.threshold, changed.created_at) == (5.0, NOON)
    assert alerts.standings("acme") == {rule.id: replace(waits, state=RuleState.INACTIVE, since=None)}
    fires = replace(standing(7), rule_id=rule.id, clear_since=NOON)
    with alert_round(store) as written:
        written.keep([fires])
    rules.change(replace(rule, name="New", hold=timedelta(0)))
    assert alerts.standings("acme") == {rule.id: replace(fires, clear_since=None)}
    with pytest.raises(NameTakenError, match="Other"):
        rules.change(replace(changed, name="Other"))
    with pytest.raises(NotFoundError, match="GET /api/v1/alerts/rules"):
        rules.change(replace(changed, tenant_id="other"))
    assert {each.name for each in rules.list()} == {"New", other.name}


def test_alerts_are_taken_off_the_list_when_they_were_resolved_long_ago(store: Store, alerts: AlertLog) -> None:
    ago = NOON - timedelta(days=90)
    with alert_round(store) as written:
        ids = [written.fire(FIRED) for _ in range(5)]
        for alert_id, at in zip(ids, (ago, ago - timedelta(seconds=1), None, ago - timedelta(days=9), ago), strict=True):
            written.tell_fired(alert_id, [Target("json://x", "json://x")], "Firing", "why", ago)
            if at is not None:
                written.resolve(alert_id, at, "over")
        written.resolve(ids[-1], ago - timedelta(days=9), "over")
        assert written.prune(ago) == 2
        assert written.prune(ago) == 0
        newest = written.fire(FIRED)
    assert [alert.id for alert in alerts.newest("acme", 10)] == [newest, ids[4], ids[2], ids[0]]
    with store.reading() as connection:
        told = set(connection.scalars(select(ALERT_MESSAGES.c.alert_id)))
    assert told == {ids[0], ids[2], ids[4]}


def test_a_round_is_kept_wholly_or_not_at_all(store: Store, alerts: AlertLog) -> None:
    def fail() -> None:
        with alert_round(store) as written:
            written.keep([standing(written.fire(FIRED))])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert (alerts.newest("acme", 10), alerts.standings("acme")) == ([], {})


def test_an_alert_fires_is_resolved_and_stays_on_the_list(store: Store, alerts: AlertLog) -> None:
    with alert_round(store) as written:
        first = written.fire(FIRED)
        written.keep([standing(first)])
    fired = alerts.get("acme", first)
    assert (fired.state, fired.value, fired.resolved_at) == (AlertState.FIRING, 71.5, None)
    assert alerts.standings("acme") == {"r1": standing(first)}
    assert alerts.counts() == {"inactive": 0, "pending": 0, "firing": 1, "troubled": 0}
    later = NOON + timedelta(minutes=1)
    with alert_round(store) as written:
        written.resolve(first, later, "2 s old.")
        written.keep([standing(None, RuleState.INACTIVE)])
        second = written.fire(FIRED)
    resolved = alerts.get("acme", first)
    assert (resolved.state, resolved.resolved_at, resolved.end_why) == (AlertState.RESOLVED, later, "2 s old.")
    assert [alert.id for alert in alerts.newest("acme", 10)] == [second, first]
    assert [alert.id for alert in alerts.newest("acme", 10, before=second)] == [first]
    assert [alert.id for alert in alerts.newest("acme", 10, state=AlertState.FIRING)] == [second]
    assert alerts.newest("acme", 10, rule_id="r2") == alerts.newest("other", 10) == []


def test_a_silence_is_of_the_rule_outlives_evaluations_and_ends_by_itself(
    store: Store, alerts: AlertLog, clock: ManualClock
) -> None:
    with alert_round(store) as written:
        alert_id = written.fire(FIRED)
        written.keep([standing(alert_id)])
    silence = Silence(NOON + timedelta(minutes=5), "Known.", "k1")
    alerts.silence("acme", alert_id, silence)
    with alert_round(store) as written:
        written.keep([standing(alert_id)])
    assert alerts.silences("acme") == {"r1": silence}
    clock.advance(timedelta(minutes=5))
    assert alerts.silences("acme") == {}
    with pytest.raises(UsageError, match="500 characters"):
        alerts.silence("acme", alert_id, replace(silence, why="x" * 501))
    with pytest.raises(NotFoundError, match="no alert"):
        alerts.silence("other", alert_id, silence)
    with alert_round(store) as written:
        written.forget(standing(alert_id))
    with pytest.raises(NotFoundError, match="was deleted"):
        alerts.silence("acme", alert_id, silence)
