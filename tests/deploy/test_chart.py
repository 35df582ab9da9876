"""The chart for Kubernetes: its values keep their schema, it agrees with the rest, and what helm makes of it Kubernetes takes."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from markdown import ROOT
from needing import missing
from rtlakehouse import __version__
from rtlakehouse.kafka.local import Coordination
from rtlakehouse.settings import Settings

CHART = ROOT / "deploy/helm/rt-lakehouse"
# Oldest that the chart says it takes, and the newest that there are schemas of.
KUBERNETES = ("1.29", "1.37")
_VALIDATOR = "kubernetes-validate==1.37.0"
_STRIMZI = "kafka.strimzi.io/v1"

# What a user may want, as values.
WANTED: dict[str, dict[str, Any]] = {
    "nothing": {},
    "spark with a Kafka of its own": {"engine": {"kind": "spark"}, "kafka": {"strimzi": {"enabled": True}}},
    "a Kafka and a volume that are there": {
        "kafka": {"bootstrap": "kafka:9092"},
        "lake": {"existingClaim": "mine", "accessModes": ["ReadWriteMany"], "oneNode": False},
        "secret": {"existing": "mine"},
        "image": {"pullSecrets": ["registry"]},
    },
    "a copy in an object store": {
        "mirror": {"to": "s3://shop-lake/copy"},
        "secret": {"values": {"AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "secret"}},
    },
    "a home in an object store": {
        "settings": {"home": "s3://shop-lake/live", "acknowledge": "home"},
        "secret": {"values": {"AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "secret"}},
    },
    "settings and secrets": {
        "settings": {"state_members": 3_000_000, "log_level": "debug", "read_limit": False},
        "secret": {"values": {"RTL_CONTROL_URL": "postgresql://u:p@db/rtl"}},
        "networkPolicy": {"from": [{"namespaceSelector": {"matchLabels": {"name": "shop"}}}]},
    },
    "no more than it takes": {
        "monitor": {"enabled": False},
        "networkPolicy": {"enabled": False},
        "disruptionBudgets": False,
    },
}
WRONG: dict[str, dict[str, Any]] = {
    "a misspelt value": {"engin": {"kind": "spark"}},
    "pods on many nodes with a volume of one": {"lake": {"oneNode": False}},
    "an image that changes under its name": {"image": {"tag": "latest"}},
    "a copy at no address": {"mirror": {"to": "shop-lake/copy"}},
    "a setting that the chart sets": {"settings": {"host": "127.0.0.1"}},
    "a secret that is no setting": {"secret": {"values": {"PASSWORD": "x"}}},
}


def _schema() -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(json.loads((CHART / "values.schema.json").read_text("utf-8")))


def _values() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((CHART / "values.yaml").read_text("utf-8"))
    return found


def _merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """As helm merges values: deep, but for lists."""
    both = {name: _merged(base[name], over[name]) for name in base.keys() & over.keys() if isinstance(over[name], dict)}
    return {**base, **over, **both}


@pytest.mark.parametrize("wanted", WANTED)
def test_the_schema_takes_what_a_user_may_want(wanted: str) -> None:
    assert [str(error) for error in _schema().iter_errors(_merged(_values(), WANTED[wanted]))] == []


@pytest.mark.parametrize("wrong", WRONG)
def test_the_schema_refuses_what_is_wrong(wrong: str) -> None:
    assert not _schema().is_valid(_merged(_values(), WRONG[wrong]))


def test_the_chart_is_of_this_release_and_of_the_kafka_that_the_tests_run() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text("utf-8"))
    assert (chart["version"], chart["appVersion"]) == (__version__, __version__)
    assert _values()["kafka"]["strimzi"]["version"] == Coordination.KRAFT.version


def test_every_value_of_the_schema_has_a_default_and_names_settings_that_there_are() -> None:
    schema = json.loads((CHART / "values.schema.json").read_text("utf-8"))
    assert set(_values()) == set(schema["properties"]) - {"global"}
    assert set(schema["properties"]["settings"]["propertyNames"]["not"]["enum"]) <= set(Settings.model_fields)


@pytest.mark.long
def test_helm_finds_nothing_wrong() -> None:
    said = _helm("lint", "--strict", CHART, "--kube-version", f"{KUBERNETES[-1]}.0")
    assert "0 chart(s) failed" in said


@pytest.mark.long
@pytest.mark.timeout(600)
def test_kubernetes_takes_what_helm_makes_of_it(tmp_path: Path) -> None:
    """Of Kubernetes' own kinds; those of Strimzi are not known to it."""
    for number, values in enumerate(WANTED.values()):
        kinds = [document for document in _rendered(values, tmp_path) if document["apiVersion"] != _STRIMZI]
        (tmp_path / f"{number}.yaml").write_text(yaml.safe_dump_all(kinds), "utf-8")
    for version in KUBERNETES:
        command = [sys.executable, "-m", "uv", "tool", "run", "--quiet", "--from", _VALIDATOR, "kubernetes-validate", "--strict"]
        files = [tmp_path / f"{number}.yaml" for number in range(len(WANTED))]
        done = subprocess.run([*command, "-k", version, *files], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.long
def test_every_pod_is_probed_bounded_and_may_do_no_more_than_it_needs(tmp_path: Path) -> None:
    for values in WANTED.values():
        pods = [d["spec"]["template"]["spec"] for d in _rendered(values, tmp_path) if "template" in d.get("spec", {})]
        assert pods
        for pod in pods:
            assert pod["securityContext"]["runAsNonRoot"]
            assert pod["automountServiceAccountToken"] is False
            # Else a service called rtl would set variables that are no settings.
            assert pod["enableServiceLinks"] is False
            for container in pod["containers"]:
                assert container["name"] == "mirror" or container["livenessProbe"]
                assert container["resources"]["limits"]["memory"]
                assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
                assert container["securityContext"]["readOnlyRootFilesystem"]


@pytest.mark.long
def test_settings_reach_the_program_as_it_reads_them(tmp_path: Path) -> None:
    maps = [d["data"] for d in _rendered(WANTED["settings and secrets"], tmp_path) if d["kind"] == "ConfigMap"]
    assert len(maps) == 1
    read = Settings.model_validate({name.removeprefix("RTL_").lower(): value for name, value in maps[0].items()})
    assert (read.state_members, read.log_level, read.read_limit) == (3_000_000, "debug", False)


def _rendered(values: dict[str, Any], folder: Path) -> list[dict[str, Any]]:
    (folder / "values.yaml").write_text(yaml.safe_dump(values), "utf-8")
    flags = ("--namespace", "shop", "--kube-version", f"{KUBERNETES[-1]}.0", "--values", folder / "values.yaml")
    return [found for found in yaml.safe_load_all(_helm("template", "demo", CHART, *flags)) if found]


def _helm(*arguments: str | Path) -> str:
    built = ROOT / "build/bin/helm"
    program = built if built.exists() else shutil.which("helm") or missing("needs helm: make chart")
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
