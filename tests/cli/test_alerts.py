"""`rtl alerts`: rules are made, listed and removed, an alert is silenced, and a notification is tried."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

from api.test_alert_notifications import SECRET, Receiver
from cli.commands import Commands
from rtlakehouse.clock import SystemClock
from rtlakehouse.control import RuleState, Standing, Store, alert_round
from rtlakehouse.settings import Settings

RULE = {"name": "Few events", "condition": {"kind": "metric", "metric": "events"}, "comparison": "lt", "threshold": 5}


def test_a_rule_is_made_listed_and_removed(on_copy: Commands, tmp_path: Path) -> None:
    file = tmp_path / "rule.json"
    file.write_text(json.dumps(RULE))
    (made,) = on_copy.json("alerts", "add", file)
    assert made["told"] == "events in the last minute below 5 for 60 s"
    assert [rule["name"] for rule in on_copy.json("alerts", "rules")][-1] == "Few events"
    file.write_text(json.dumps(RULE | {"threshold": 9}))
    (changed,) = on_copy.json("alerts", "change", made["id"], file)
    assert (changed["id"], changed["told"]) == (made["id"], "events in the last minute below 9 for 60 s")
    assert "a rule and a file" in on_copy.refused(2, "alerts", "change", made["id"])
    assert on_copy.json("alerts", "remove", made["id"])[0]["id"] == made["id"]
    assert "built in" in on_copy.refused(2, "alerts", "remove", "freshness")
    file.write_text('{"name": "No threshold", "condition": {"kind": "ledger_difference"}}')
    assert "threshold: Field required" in on_copy.refused(2, "alerts", "add", file)


def test_an_alert_is_listed_and_silenced(on_copy: Commands) -> None:
    assert "No alert was ever fired." in on_copy.ok("alerts")
    now = SystemClock().now()
    names = {"tenant_id": "default", "rule_id": "freshness", "rule_name": "No new events", "told": "age above 60"}
    with closing(Store.open(Settings(lake=on_copy.lake))) as store, alert_round(store) as written:
        alert = written.fire({**names, "since": now, "fired_at": now, "value": 71.0, "why": "71 s old."})
        written.keep([Standing("default", "freshness", RuleState.FIRING, now, None, alert, 71.0, "71 s old.", None, now)])
    (silenced,) = on_copy.json("alerts", "silence", str(alert), "--why", "Known.")
    assert (silenced["why"], silenced["silence"]["why"]) == ("71 s old.", "Known.")
    assert on_copy.json("alerts") == [silenced]
    assert "by its number" in on_copy.refused(2, "alerts", "silence", "freshness")


def test_a_notification_is_tried(on_nothing: Commands) -> None:
    receiver = Receiver()
    try:
        assert "json://127.0.0.1 took it." in on_nothing.ok("alerts", "test", receiver.address)
        assert [body["title"] for body in receiver.told] == ["Test"]
        receiver.status = 500
        refused = on_nothing.refused(1, "alerts", "test", receiver.address)
        assert "did not take it" in refused
        assert SECRET not in refused
    finally:
        receiver.close()
    assert "alerts_notify" in on_nothing.refused(2, "alerts", "test")
