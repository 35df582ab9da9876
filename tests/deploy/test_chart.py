"""The chart for Kubernetes: its values keep their schema, it agrees with the rest, and what helm makes of it Kubernetes takes."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from deploy.compose import DOCKERFILE
from deploy.helm import CHART, KUBERNETES, RELEASE, helm, rendered
from markdown import ROOT
from needing import missing
from rtlakehouse import __version__
from rtlakehouse.kafka.local import Coordination
from rtlakehouse.settings import Settings

_VALIDATOR = "kubernetes-validate==1.37.0"
_STRIMZI, _OPERATOR = "kafka.strimzi.io/v1", "sparkoperator.k8s.io/v1beta2"
# Why, is said where they are.
_UNPROBED = ("mirror", "spark-kubernetes-executor")
_DEFINITION = ROOT / "build/spark-operator/sparkapplications.yaml"

# What a user may want, as values.
WANTED: dict[str, dict[str, Any]] = {
    "nothing": {},
    "spark with a Kafka of its own": {"engine": {"kind": "spark"}, "kafka": {"strimzi": {"enabled": True}}},
    "spark through its operator": {
        "engine": {"kind": "spark"},
        "spark": {"operator": {"enabled": True}},
        "kafka": {"bootstrap": "kafka:9092"},
        "image": {"pullSecrets": ["registry"]},
        "mirror": {"to": "s3://shop-lake/copy"},
        "secret": {"existing": "mine"},
    },
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
    "an operator for an engine without spark": {"spark": {"operator": {"enabled": True}}},
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
    said = helm("lint", "--strict", CHART, "--kube-version", f"{KUBERNETES[-1]}.0")
    assert "0 chart(s) failed" in said


@pytest.mark.long
@pytest.mark.timeout(600)
def test_kubernetes_takes_what_helm_makes_of_it(tmp_path: Path) -> None:
    """Of Kubernetes' own kinds; those of operators are not known to it, but the pods in them are."""
    for number, values in enumerate(WANTED.values()):
        found = rendered(values, tmp_path)
        kinds = [document for document in found if document["apiVersion"] not in (_STRIMZI, _OPERATOR)] + _templates(found)
        (tmp_path / f"{number}.yaml").write_text(yaml.safe_dump_all(kinds), "utf-8")
    for version in KUBERNETES:
        command = [sys.executable, "-m", "uv", "tool", "run", "--quiet", "--from", _VALIDATOR, "kubernetes-validate", "--strict"]
        files = [tmp_path / f"{number}.yaml" for number in range(len(WANTED))]
        done = subprocess.run([*command, "-k", version, *files], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.long
def test_every_pod_is_probed_bounded_and_may_do_no_more_than_it_needs(tmp_path: Path) -> None:
    for values in WANTED.values():
        found = rendered(values, tmp_path)
        pods = [d["spec"]["template"]["spec"] for d in found if "template" in d.get("spec", {})]
        pods += [template["template"]["spec"] for template in _templates(found)]
        assert pods
        for pod in pods:
            names = {container["name"] for container in pod["containers"]}
            assert pod["securityContext"]["runAsNonRoot"]
            # Spark's driver asks for its executors.
            assert pod["automountServiceAccountToken"] is ("spark-kubernetes-driver" in names)
            # Else a service called rtl would set variables that are no settings.
            assert pod["enableServiceLinks"] is False
            for container in pod["containers"]:
                assert container["name"] in _UNPROBED or container["livenessProbe"]
                assert container["name"].startswith("spark-kubernetes") or container["resources"]["limits"]["memory"]
                assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
                assert container["securityContext"]["readOnlyRootFilesystem"]


@pytest.mark.long
def test_settings_reach_the_program_as_it_reads_them(tmp_path: Path) -> None:
    maps = [d["data"] for d in rendered(WANTED["settings and secrets"], tmp_path) if d["kind"] == "ConfigMap"]
    assert len(maps) == 1
    read = Settings.model_validate({name.removeprefix("RTL_").lower(): value for name, value in maps[0].items()})
    assert (read.state_members, read.log_level, read.read_limit) == (3_000_000, "debug", False)


@pytest.mark.long
def test_the_spark_operator_takes_what_helm_makes_for_it(tmp_path: Path) -> None:
    """Without a field that its definition does not have: Kubernetes would drop it in silence."""
    (found,) = [d for d in rendered(WANTED["spark through its operator"], tmp_path) if d["apiVersion"] == _OPERATOR]
    if not _DEFINITION.exists():
        missing("needs the operator's definitions: make chart")
    definition = yaml.safe_load(_DEFINITION.read_text("utf-8"))["spec"]["versions"][0]
    assert definition["name"] == _OPERATOR.partition("/")[2]
    schema = jsonschema_rs.Draft202012Validator(_closed(definition["schema"]["openAPIV3Schema"]))
    assert [str(error) for error in schema.iter_errors(found)] == []
    found["spec"]["restartPolicy"]["onFailure"] = 1
    assert not schema.is_valid(found)


@pytest.mark.long
def test_with_the_operator_the_engine_is_its_application_alone(tmp_path: Path) -> None:
    """Of the Spark that is installed, from a file that the image has, with one container of pods as the engine has them."""
    found = rendered(WANTED["spark through its operator"], tmp_path)
    deployed = {d["metadata"]["name"] for d in found if d["kind"] in ("Deployment", "StatefulSet")}
    assert deployed == {"demo-rt-lakehouse-api", "demo-rt-lakehouse-monitor", "demo-rt-lakehouse-mirror"}
    (application,) = [d["spec"] for d in found if d["apiVersion"] == _OPERATOR]
    locked = {package["name"]: package for package in tomllib.loads((ROOT / "uv.lock").read_text("utf-8"))["package"]}
    assert application["sparkVersion"] == locked["pyspark"]["version"]
    assert application["imagePullSecrets"] == ["registry"]
    python = re.search(r"^FROM python:(\d+\.\d+)", DOCKERFILE.read_text("utf-8"), re.MULTILINE)
    assert python
    assert f"/opt/rtl/lib/python{python[1]}/site-packages/rtlakehouse/__main__.py" in application["mainApplicationFile"]
    for role in ("driver", "executor"):
        template = application[role]["template"]
        assert template["metadata"]["labels"]["app.kubernetes.io/instance"] == RELEASE
        assert {"secretRef": {"name": "mine"}} in template["spec"]["containers"][0]["envFrom"]
        assert template["spec"]["affinity"]


def _templates(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The pods of Spark's application as a kind that Kubernetes knows."""
    specs = [document["spec"] for document in found if document["apiVersion"] == _OPERATOR]
    return [
        {"apiVersion": "v1", "kind": "PodTemplate", "metadata": {"name": role}, "template": spec[role]["template"]}
        for spec in specs
        for role in ("driver", "executor")
    ]


def _closed(schema: Any) -> Any:
    """The schema of a definition, which takes no field that it does not have."""
    if isinstance(schema, list):
        return [_closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    parts = {name: _closed(part) for name, part in schema.items()}
    open_ended = schema.get("x-kubernetes-preserve-unknown-fields") or "additionalProperties" in schema
    return parts if open_ended or not isinstance(schema.get("properties"), dict) else {**parts, "additionalProperties": False}
