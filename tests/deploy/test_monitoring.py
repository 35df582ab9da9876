"""What is in deploy/ for Prometheus and Grafana works with a real Prometheus, and the manual tells of all of it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import httpx
import yaml
from prometheus_client import REGISTRY

import rtlakehouse.api.app
import rtlakehouse.api.events.kafka_gateway  # noqa: F401 - registers the figures of a gateway to Kafka
from deploy.prometheus import FOLDER, program, watching
from e2e.stack import Stack, event
from faults.programs import Programs, until
from markdown import ROOT, pages, rows, section, spans

_RULES = [rule for group in yaml.safe_load((FOLDER / "rules.yml").read_text("utf-8"))["groups"] for rule in group["rules"]]
_ALERTS = [rule["alert"] for rule in _RULES if "alert" in rule]
_DASHBOARD: dict[str, Any] = json.loads((ROOT / "deploy/grafana/rt-lakehouse.json").read_text("utf-8"))
_EXPRESSIONS = [target["expr"].replace("$instance", ".*") for panel in _DASHBOARD["panels"] for target in panel["targets"]]
_NAME = re.compile(r"\b(?:rtl|process)[_:][a-z0-9_:]+")


def _registered() -> dict[str, list[str]]:
    """Each figure of ours with its labels."""
    families: set[Any] = {family for name, family in REGISTRY._names_to_collectors.items() if name.startswith("rtl_")}
    return {family._name + ("_total" if family._type == "counter" else ""): list(family._labelnames) for family in families}


def test_every_figure_is_in_the_manual_with_its_labels() -> None:
    table = rows(section(pages()[Path("docs/monitoring.md")], "The figures"))
    assert {spans(row[0])[0]: spans(row[1]) for row in table} == _registered()


def test_every_alert_is_in_the_runbook_and_no_other() -> None:
    table = rows(section(pages()[Path("docs/runbook.md")], "Alerts"))
    assert [spans(row[0])[0] for row in table] == _ALERTS
    assert all(all(cell.strip() for cell in row) for row in table)


def test_every_alert_is_made_to_fire_by_a_test() -> None:
    """By made-up series, or by breaking the real thing."""
    folder = Path(__file__).parent
    made_up = yaml.safe_load((folder / "alerts.test.yml").read_text("utf-8"))["tests"]
    fired = {case["alertname"] for test in made_up for case in test["alert_rule_test"] if case["exp_alerts"]}
    broken = set(re.findall(r"\.told\([^)]*?\"(Rtl\w+)\"", (folder / "test_operator.py").read_text("utf-8")))
    assert broken
    assert set(_ALERTS) <= fired | broken


def test_rules_and_dashboard_ask_only_for_figures_that_there_are() -> None:
    recorded = {rule["record"] for rule in _RULES if "record" in rule}
    known = {*recorded, *_registered(), "process_resident_memory_bytes"}
    asked = {name for text in [*_EXPRESSIONS, *(rule["expr"] for rule in _RULES)] for name in _NAME.findall(text)}
    assert {name.removesuffix("_bucket") for name in asked} <= known


def test_prometheus_takes_the_rules_and_they_do_what_they_say(tmp_path: Path) -> None:
    for source in (FOLDER / "rules.yml", FOLDER / "prometheus.yml", Path(__file__).with_name("alerts.test.yml")):
        shutil.copy(source, tmp_path)
    for check in (("check", "config", "prometheus.yml"), ("test", "rules", "alerts.test.yml")):
        done = subprocess.run([program("promtool"), *check], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_figures_keep_the_conventions_and_the_dashboard_gets_answers(programs: Programs, root: Path, tmp_path: Path) -> None:
    """And an engine, events and an API that are away are told, one after the other, until they are back."""
    stack = Stack.start(programs, root)
    stack.post(event("1"))
    metrics = httpx.get(f"{stack.address}/metrics", trust_env=False).text
    lint = subprocess.run([program("promtool"), "check", "metrics"], input=metrics, capture_output=True, text=True, check=False)
    assert (lint.returncode, lint.stderr) == (0, "")
    with watching(stack.address, tmp_path) as prometheus:
        until(lambda: prometheus.query('rtl_ledger_records{fate="received"} == 1'), "the event is counted")
        stack.engine.kill()
        for expression in _EXPRESSIONS:
            prometheus.query(expression)
        until(lambda: ("RtlPartDown", "engine") in prometheus.firing(), "the dead engine is told")
        until(lambda: ("RtlNoEvents", "") in prometheus.firing(), "it is told that nothing comes")
        well = {found["metric"]["part"] for found in prometheus.query('rtl_part_status{status="ok"} == 1')}
        # The engine has said something of its journals by now, or not yet.
        assert well - {"journals"} == {"api", "data", "gateway", "search"}
        stack.gateway.program.kill()
        until(lambda: ("RtlApiDown", "") in prometheus.firing(), "the dead API is told")
        stack.restart_engine()
        stack.restart_api()
        until(lambda: prometheus.firing() <= {("RtlNoEvents", "")}, "what is back is told no more")
