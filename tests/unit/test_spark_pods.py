"""What Spark asks of its pods on Kubernetes becomes the engine and executors."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import pytest

from rtlakehouse.engines.spark.pods import command_of
from rtlakehouse.errors import UsageError

ASKED = ["driver", "--properties-file", "/opt/spark/conf/spark.properties", "--class", "org.apache.spark.deploy.PythonRunner"]
EXECUTOR = {
    "JAVA_HOME": "/java",
    "SPARK_CONF_DIR": "/opt/spark/conf",
    "SPARK_DRIVER_URL": "spark://CoarseGrainedScheduler@demo-svc:7078",
    "SPARK_EXECUTOR_ID": "3",
    "SPARK_EXECUTOR_CORES": "2",
    "SPARK_EXECUTOR_MEMORY": "512m",
    "SPARK_APPLICATION_ID": "spark-1",
    "SPARK_EXECUTOR_POD_IP": "10.0.0.7",
    "SPARK_EXECUTOR_POD_NAME": "demo-exec-3",
    "SPARK_RESOURCE_PROFILE_ID": "0",
}


def test_a_driver_is_the_program_whose_spark_has_what_was_submitted() -> None:
    found = command_of(
        [*ASKED, "local:///opt/rtl/main.py", "run", "--engine", "spark"], {"SPARK_DRIVER_BIND_ADDRESS": "10.0.0.6"}
    )
    assert found.words == (sys.executable, "-P", "/opt/rtl/main.py", "run", "--engine", "spark")
    submit = shlex.split(found.environment["PYSPARK_SUBMIT_ARGS"])
    assert submit[:2] == ["--properties-file", "/opt/spark/conf/spark.properties"]
    assert {"spark.driver.bindAddress=10.0.0.6", "spark.submit.deployMode=client"} <= set(submit)
    assert submit[-1] == "pyspark-shell"


def test_an_executor_is_given_what_its_driver_says_and_options_in_their_order() -> None:
    options = {f"SPARK_JAVA_OPT_{number}": f"-Dnumber={number} of 11" for number in reversed(range(11))}
    words = command_of(["executor"], {**EXECUTOR, **options}).words
    assert words[:12] == ("/java/bin/java", *(f"-Dnumber={number} of 11" for number in range(11)))
    assert words[12:14] == ("-Xms512m", "-Xmx512m")
    conf, jars = words[words.index("-cp") + 1].split(":")
    assert conf == "/opt/spark/conf"
    assert list(Path(jars).parent.glob("spark-kubernetes_*.jar"))
    assert dict(zip(words[-14::2], words[-13::2], strict=True)) == {
        "--driver-url": "spark://CoarseGrainedScheduler@demo-svc:7078",
        "--executor-id": "3",
        "--cores": "2",
        "--app-id": "spark-1",
        "--hostname": "10.0.0.7",
        "--resourceProfileId": "0",
        "--podName": "demo-exec-3",
    }


@pytest.mark.parametrize(
    ("asked", "said"), [(["executor"], "SPARK_EXECUTOR_MEMORY is not set"), (["worker"], "not for `worker`"), ([], "not for ``")]
)
def test_what_spark_does_not_ask_for_is_refused(asked: list[str], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        command_of(asked, {})
