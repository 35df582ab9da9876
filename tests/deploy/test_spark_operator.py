"""Spark through the Spark operator: what its spark-submit makes of the chart runs, pod by pod, as processes of this machine."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from pyspark.find_spark_home import _find_spark_home

import rtlakehouse
from deploy.compose import image_environment
from deploy.helm import NAMESPACE, rendered
from deploy.namespace import HOST, Namespace
from faults.loads import assert_right, commit, is_refined, shop
from faults.programs import until
from rtlakehouse.engines.spark.jars import copy_into
from rtlakehouse.environment import user_cache
from rtlakehouse.stack.java import find_java
from rtlakehouse.storage.lake import Lake

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]

VALUES: dict[str, Any] = {
    "engine": {"kind": "spark"},
    "spark": {"operator": {"enabled": True}, "workers": 2, "heapMb": 512, "cores": 1},
    "settings": {"spark_trigger_s": 1},
}


@pytest.fixture
def documents(tmp_path: Path) -> list[dict[str, Any]]:
    return rendered(VALUES, tmp_path)


@pytest.fixture
def namespace(tmp_path: Path, documents: list[dict[str, Any]]) -> Iterator[Namespace]:
    lake = tmp_path / "lake"
    copy_into(tmp_path / "jars", user_cache())
    application = _one(documents, "SparkApplication")
    swapped = {
        application["spec"]["mainApplicationFile"].removeprefix("local://"): str(
            Path(rtlakehouse.__file__).with_name("__main__.py")
        ),
        "/opt/jars": f"{tmp_path}/jars",
        "/usr/lib/jvm/default-java": str(find_java().resolve().parent.parent),
        "/opt/rtl/bin": str(Path(sys.executable).parent),
        "$PATH": os.environ["PATH"],
    }
    made = Namespace(tmp_path / "pods", image_environment("spark"), swapped, {"demo-rt-lakehouse-lake": lake})
    made.folder.mkdir()
    with made.served():
        made.swapped["https://kubernetes.default.svc"] = made.address
        made.create("configmaps", _one(documents, "ConfigMap"))
        yield made


def _one(documents: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    (found,) = [document for document in documents if document["kind"] == kind]
    return found


def _submitted(application: dict[str, Any], namespace: Namespace, folder: Path) -> list[str]:
    """What the operator asks of spark-submit, as its submission.go has it, but for the address of the cluster."""
    spec, name = application["spec"], application["metadata"]["name"]
    conf = {
        "spark.kubernetes.namespace": NAMESPACE,
        "spark.kubernetes.container.image": spec["image"],
        "spark.kubernetes.container.image.pullPolicy": spec["imagePullPolicy"],
        "spark.kubernetes.pyspark.pythonVersion": spec["pythonVersion"],
        "spark.kubernetes.submission.waitAppCompletion": "false",
        "spark.kubernetes.driver.pod.name": f"{name}-driver",
        "spark.kubernetes.driver.master": namespace.address,
        "spark.kubernetes.authenticate.driver.serviceAccountName": spec["driver"]["serviceAccount"],
        "spark.executor.instances": spec["executor"]["instances"],
        **spec["sparkConf"],
    }
    for role in ("driver", "executor"):
        file = folder / f"{role}-pod-template.yaml"
        file.write_text(yaml.safe_dump(spec[role]["template"]), "utf-8")
        conf |= {
            f"spark.kubernetes.{role}.podTemplateFile": file,
            f"spark.kubernetes.{role}.podTemplateContainerName": f"spark-kubernetes-{role}",
            f"spark.{role}.cores": spec[role]["cores"],
            f"spark.{role}.memory": spec[role]["memory"],
            f"spark.{role}.memoryOverhead": spec[role]["memoryOverhead"],
            **{f"spark.kubernetes.{role}.label.{label}": value for label, value in application["metadata"]["labels"].items()},
        }
    flags = [word for key, value in conf.items() for word in ("--conf", f"{key}={value}")]
    where = ["--master", f"k8s://{namespace.address}", "--deploy-mode", spec["mode"], "--name", name]
    return [*where, *flags, spec["mainApplicationFile"], *spec["arguments"]]


def test_driver_and_executors_take_events_to_gold_with_no_more_than_they_may(
    tmp_path: Path, documents: list[dict[str, Any]], namespace: Namespace
) -> None:
    lake = Lake.create(tmp_path / "lake")
    commit(lake, shop(seed=7, count=300)[0], size=100)
    submit = [f"{_find_spark_home()}/bin/spark-submit", *_submitted(_one(documents, "SparkApplication"), namespace, tmp_path)]
    done = subprocess.run(submit, capture_output=True, text=True, check=False, env={**os.environ, "SPARK_LOCAL_IP": HOST})
    assert done.returncode == 0, done.stderr
    (driver,) = namespace.found("pods", {"spark-role": "driver"})
    name = driver["metadata"]["name"]
    namespace.asked.clear()
    namespace.run(driver)

    def refined() -> bool:
        assert namespace.running[name].poll() is None, namespace.log(name).read_text("utf-8")[-6000:]
        return is_refined(lake)

    until(refined, "the events are in gold", 300)
    assert_right(lake)
    assert namespace.probe(driver)
    executors = namespace.found("pods", {"spark-role": "executor"})
    assert len(executors) == 2
    assert {pod["status"]["phase"] for pod in executors} == {"Running"}
    processes = [namespace.running[pod["metadata"]["name"]] for pod in executors]
    assert namespace.end(name, signal.SIGTERM) == 0
    until(lambda: all(process.poll() is not None for process in processes), "executors end with their driver", 30)
    rules = _one(documents, "Role")["rules"]
    assert namespace.asked <= {(verb, resource) for rule in rules for resource in rule["resources"] for verb in rule["verbs"]}
