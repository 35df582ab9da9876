"""Alerts over HTTP: rules are made, evaluated when the tests say so, fire, are resolved, silenced and deleted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import delete

from api.conftest import NOW
from api.serving import Site, site_on, until
from api.test_every_read import is_problem
from api.test_receipts import view
from rtlakehouse.alerts import Watch, target_of
from rtlakehouse.api.alerts.service import make_evaluator
from rtlakehouse.control import AlertRules, Role
from rtlakehouse.control.tables import ALERT_RULES, ALERT_STANDINGS, ALERTS

RULES = "/api/v1/alerts/rules"
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
LEDGER = {"kind": "ledger_difference"}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site_on(tmp_path_factory.mktemp("alerts") / "lake", NOW) as found:
        yield found


@pytest.fixture
def watched(shop: Site) -> Iterator[Site]:
    """In another hour than the test before: two good records and a bad one, all refined; no rule and no alert is left."""
    hours = (shop.clock.now() - NOW) // HOUR + 1
    shop.clock.advance(NOW + hours * HOUR - shop.clock.now())
    shop.post(seen(shop), b"{", seen(shop, timedelta(minutes=2)))
    shop.refine()
    yield shop
    with shop.parts.store.writing() as connection:
        for table in (ALERT_RULES, ALERT_STANDINGS, ALERTS):
            connection.execute(delete(table))


def seen(site: Site, age: timedelta = timedelta()) -> bytes:
    """An event so long ago by the site's clock."""
    return view(uuid4().hex, NOW - site.clock.now() + age)


def evaluate(site: Site, *steps: timedelta) -> None:
    """Evaluate now, and again after each step."""
    parts = site.parts
    for step in (timedelta(), *steps):
        site.clock.advance(step)
        # Another one each time, as after a restart: nothing is kept but in the store.
        make_evaluator(parts.settings, parts.store, parts.answers, parts.clock).evaluate()


def make(site: Site, body: dict[str, Any], **headers: str) -> httpx.Response:
    return site.client.post(RULES, json={"for_s": 0, **body}, headers={**site.key(), **headers})


def made(site: Site, **body: Any) -> str:
    answer = make(site, body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def fired(site: Site, rule_id: str = "freshness", **parameters: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = site.get("/alerts", rule_id=rule_id, **parameters)["data"]
    return found


def rule(site: Site, rule_id: str) -> dict[str, Any]:
    return next(each for each in site.get("/alerts/rules")["data"] if each["id"] == rule_id)


def delete_rule(site: Site, rule_id: str, key: dict[str, str]) -> httpx.Response:
    return site.client.request("DELETE", f"{RULES}/{rule_id}", headers=key)


def change_rule(site: Site, rule_id: str, body: dict[str, Any]) -> httpx.Response:
    return site.client.request("PUT", f"{RULES}/{rule_id}", json=body, headers=site.key())


def silence(site: Site, alert_id: int, body: dict[str, Any]) -> httpx.Response:
    return site.client.post(f"/api/v1/alerts/{alert_id}/silence", json=body, headers=site.key())


def test_built_in_rules_are_there_from_the_start_and_stay(fresh: Site) -> None:
    assert [(each["id"], each["built_in"], each["evaluated_at"]) for each in fresh.get("/alerts/rules")["data"]] == [
        ("ledger-difference", True, None),
        ("freshness", True, None),
        ("quarantine-rate", True, None),
    ]
    assert "built in" in is_problem(delete_rule(fresh, "freshness", fresh.key()), 400)["detail"]
    evaluate(fresh)
    assert [(each["state"], each["trouble"]) for each in fresh.get("/alerts/rules")["data"]] == [("inactive", None)] * 3
    assert rule(fresh, "freshness")["note"] == "There is nothing in silver.events yet."


def test_freshness_fires_without_an_engine_once_and_is_resolved_when_events_are_there_again(watched: Site) -> None:
    evaluate(watched, MINUTE)
    assert (rule(watched, "freshness")["state"], rule(watched, "freshness")["value"]) == ("inactive", 60)
    evaluate(watched, MINUTE / 2)
    assert (rule(watched, "freshness")["state"], fired(watched)) == ("pending", [])
    evaluate(watched, MINUTE, timedelta(seconds=5), HOUR)
    (alert,) = fired(watched, state="firing")
    assert (alert["state"], alert["value"], alert["rule"], alert["resolved_at"]) == ("firing", 150, "No new events", None)
    assert alert["told"] == "age in seconds of the newest of silver.events above 60 for 60 s"
    assert alert["current"] == 3_755
    watched.post(seen(watched))
    watched.refine()
    evaluate(watched)
    assert [each["state"] for each in fired(watched)] == ["firing"]
    evaluate(watched, MINUTE)
    (alert,) = fired(watched)
    assert (alert["state"], alert["current"], alert["end_why"]) == (
        "resolved",
        None,
        "The newest of silver.events is 60 s old.",
    )
    assert watched.get("/alerts")["firing"] == 0


def test_a_wait_that_nobody_watched_begins_again(watched: Site) -> None:
    evaluate(watched, 1.5 * MINUTE, HOUR)
    assert rule(watched, "freshness")["state"] == "pending"


@pytest.mark.parametrize(
    ("condition", "value"),
    [
        ({"kind": "metric", "metric": "events", "minutes": 3}, 2),
        ({"kind": "metric", "metric": "page_views"}, 1),
        (
            {
                "kind": "metric",
                "metric": "gross",
                "minutes": 3,
                "filters": [{"dimension": "currency", "operator": "eq", "values": ["EUR"]}],
            },
            0,
        ),
        ({"kind": "metric", "metric": "conversion_rate", "minutes": 3}, 0),
        ({"kind": "metric", "metric": "average_order_value", "minutes": 3, "filters": "EUR"}, None),
        ({"kind": "freshness", "table": "gold.kpis_1m"}, 35),
        ({"kind": "quarantine_rate"}, 1 / 3),
        (LEDGER, 0),
        ({"kind": "anomaly", "severity": "critical"}, 0),
        ({"kind": "anomaly", "metric": "gross", "currency": "EUR"}, 0),
        ({"kind": "anomaly", "metric": "purchases", "dimension": "country"}, 0),
    ],
)
def test_every_kind_of_condition_is_measured(watched: Site, condition: dict[str, Any], value: float | None) -> None:
    if condition.get("filters") == "EUR":
        condition = condition | {"filters": [{"dimension": "currency", "operator": "eq", "values": ["EUR"]}]}
    holds = made(watched, name="Holds", condition=condition, comparison="ge", threshold=value or 0)
    not_so = made(watched, name="Not so", condition=condition, comparison="gt", threshold=value or 0)
    evaluate(watched, timedelta(seconds=55))
    found = rule(watched, holds)
    assert (found["value"], found["trouble"]) == (value, None), found
    assert found["note"][-1] in ".%"
    assert (found["state"], rule(watched, not_so)["state"]) == ("inactive" if value is None else "firing", "inactive")


def test_a_rule_that_cannot_be_evaluated_says_so_and_does_not_fire(watched: Site) -> None:
    few = made(watched, name="Few", condition={"kind": "metric", "metric": "events"}, comparison="lt", threshold=5)
    watched.post(seen(watched))
    evaluate(watched, MINUTE)
    assert "behind what was acknowledged" in rule(watched, few)["trouble"]
    assert (rule(watched, few)["state"], watched.get("/alerts")["firing"]) == ("inactive", 0)
    metrics = watched.client.get("/metrics").text
    assert 'rtl_alert_rules{state="troubled"} 2.0' in metrics
    assert 'rtl_alert_rules{state="firing"} 0.0' in metrics


def test_a_silence_is_shown_with_who_and_why_until_it_ends(watched: Site) -> None:
    known = made(watched, name="Always", condition=LEDGER, comparison="eq", threshold=0)
    evaluate(watched)
    (alert,) = fired(watched, known)
    until_then = (watched.clock.now() + MINUTE).isoformat()
    told = silence(watched, alert["id"], {"until": until_then, "why": "Known."}).json()["silence"]
    assert (told["why"], bool(told["by"])) == ("Known.", True)
    assert fired(watched, known)[0]["silence"] == told == rule(watched, known)["silence"]
    watched.clock.advance(MINUTE)
    assert fired(watched, known)[0]["silence"] is None
    is_problem(silence(watched, 999, {"until": until_then, "why": "Known."}), 404)


def test_a_deleted_rule_fires_no_more_and_its_alert_stays(watched: Site) -> None:
    gone = made(watched, name="Always", condition=LEDGER, comparison="eq", threshold=0)
    evaluate(watched)
    assert delete_rule(watched, gone, watched.key()).json()["state"] == "firing"
    evaluate(watched)
    (alert,) = fired(watched, gone)
    assert (alert["state"], alert["rule"], alert["end_why"]) == ("resolved", "Always", "The rule was deleted.")
    is_problem(delete_rule(watched, gone, watched.key()), 404)
    is_problem(silence(watched, alert["id"], {"until": NOW.isoformat(), "why": "Known."}), 404)


def test_a_rule_is_changed_while_it_fires_and_keeps_the_secrets_of_whom_it_tells(watched: Site) -> None:
    body = {"name": "Always", "condition": LEDGER, "comparison": "eq", "threshold": 0, "for_s": 0}
    secret = target_of("json://user:secret@hooks.example/path")
    changing = made(watched, **body, notify=[secret.url])
    evaluate(watched)
    shown = rule(watched, changing)["notify"]
    assert shown == [secret.shown]
    answer = change_rule(watched, changing, body | {"threshold": 1, "notify": [*shown, "json://other.example"]})
    assert (answer.status_code, answer.json()["state"]) == (200, "firing")
    assert answer.json()["notify"] == [*shown, "json://other.example"]
    assert {key: answer.json()[key] for key in ("threshold", "id")} == {"threshold": 1, "id": changing}
    kept = AlertRules(watched.parts.store, watched.clock).get("default", changing)
    assert [target.url for target in kept.notify or ()] == [secret.url, "json://other.example"]
    evaluate(watched)
    assert [alert["state"] for alert in fired(watched, changing)] == ["resolved"]
    entries = watched.client.get("/api/v1/audit", params={"action": "alert_rule.change"}, headers=watched.key()).json()["data"]
    assert [entry["target"] for entry in entries] == [changing]
    for rule_id, wrong, status in (
        ("freshness", body, 400),
        ("000000000000", body, 404),
        (changing, body | {"threshold": "1"}, 422),
        (changing, body | {"name": "No new events"}, 400),
    ):
        answer = change_rule(watched, rule_id, wrong)
        assert answer.status_code == status, answer.text


def test_only_an_admin_makes_rules_and_only_its_tenant_sees(watched: Site) -> None:
    ours = made(watched, name="Always", condition=LEDGER, comparison="eq", threshold=0)
    evaluate(watched)
    (alert,) = fired(watched, ours)
    body = {"name": "Mine", "condition": LEDGER, "threshold": 0}
    is_problem(watched.client.post(RULES, json=body, auth=None), 401)
    is_problem(watched.client.post(RULES, json=body, headers=watched.key(Role.INGEST)), 403)
    other = watched.key(tenant_id="acme")
    assert len(watched.client.get(RULES, headers=other).json()["data"]) == 3
    assert watched.client.get("/api/v1/alerts", headers=other).json()["data"] == []
    is_problem(delete_rule(watched, ours, other), 404)
    path = f"/api/v1/alerts/{alert['id']}/silence"
    is_problem(watched.client.post(path, json={"until": NOW.isoformat(), "why": "x"}, headers=other), 404)


def test_a_rule_that_is_sent_again_is_made_once(fresh: Site) -> None:
    body = {"name": "Again", "condition": LEDGER, "threshold": 0}
    assert make(fresh, body).json() == make(fresh, body).json()
    assert "another name" in is_problem(make(fresh, body | {"threshold": 1}), 409)["detail"]
    keyed = {"Idempotency-Key": "k"}
    assert make(fresh, body | {"name": "Keyed"}, **keyed).json() == make(fresh, body | {"name": "Keyed"}, **keyed).json()
    is_problem(make(fresh, body | {"name": "Other"}, **keyed), 422)
    assert len(fresh.get("/alerts/rules")["data"]) == 5
    for wrong, status, fix in (
        ({"name": "No new events"}, 400, "built in"),
        ({"condition": {"kind": "metric", "metric": "revenu"}}, 404, "Did you mean gross?"),
        ({"condition": {"kind": "metric", "metric": "gross"}}, 400, "filter on one"),
        ({"condition": {"kind": "freshness", "table": "gold.kpi"}}, 404, "gold.kpis_1m"),
        ({"condition": {"kind": "anomaly", "metric": "events", "currency": "EUR"}}, 400, "leave out"),
        ({"condition": {"kind": "anomaly", "dimension": "country"}}, 400, "name one of events"),
        ({"condition": {"kind": "weather"}}, 422, "quarantine_rate"),
        ({"threshold": "much"}, 422, "threshold"),
    ):
        assert fix in is_problem(make(fresh, body | {"name": "Wrong"} | wrong), status)["detail"]


def test_pages_of_alerts_follow_each_other(watched: Site) -> None:
    for number in range(3):
        made(watched, name=f"Always {number}", condition=LEDGER, comparison="eq", threshold=0)
        evaluate(watched)
    first = watched.get("/alerts", limit=2)
    second = watched.get("/alerts", limit=2, cursor=first["next_cursor"])
    assert [alert["rule"] for alert in first["data"] + second["data"]] == ["Always 2", "Always 1", "Always 0"]
    assert (first["firing"], second["next_cursor"]) == (3, None)


def test_one_process_evaluates_and_another_takes_over(fresh: Site) -> None:
    worked: list[str] = []

    def look(name: str) -> bool:
        worked.append(name)
        return False

    with ExitStack() as stack:
        first, second = (Watch(fresh.lake, "alerts", fresh.clock, 0.01, partial(look, name)) for name in "ab")
        first.start()
        until(lambda: "a" in worked, "the first works")
        second.start()
        stack.callback(second.stop)
        seen = len(worked)
        until(lambda: len(worked) > seen + 5, "the first goes on")
        assert set(worked) == {"a"}
        first.stop()
        until(lambda: "b" in worked, "the second takes over")


def test_an_api_evaluates_by_itself(tmp_path: Path) -> None:
    with site_on(tmp_path / "lake", NOW, alerts_every_s=0.01) as site:
        until(lambda: rule(site, "freshness")["evaluated_at"], "the rules are evaluated")
