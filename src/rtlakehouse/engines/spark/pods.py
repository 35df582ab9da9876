"""What pods of Spark on Kubernetes run: `driver` is asked for by spark-submit, `executor` by a driver, as of Spark's own image.

In Spark's image a driver is a JVM that starts the program. Here the program is the engine, which starts its JVM as everywhere:
it is told when the pod is to stop, and its lock of the lake is the JVM's too.
"""

from __future__ import annotations

import os
import shlex
import sys
from argparse import REMAINDER, ArgumentParser
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pyspark.find_spark_home import _find_spark_home

from rtlakehouse.environment import child_environment
from rtlakehouse.errors import UsageError

__all__ = ["Command", "command_of"]

_EXECUTOR = "org.apache.spark.scheduler.cluster.k8s.KubernetesExecutorBackend"
_OPTION = "SPARK_JAVA_OPT_"
# Of each flag of an executor the variable that its driver gives it in.
_FLAGS = {
    "--driver-url": "SPARK_DRIVER_URL",
    "--executor-id": "SPARK_EXECUTOR_ID",
    "--cores": "SPARK_EXECUTOR_CORES",
    "--app-id": "SPARK_APPLICATION_ID",
    "--hostname": "SPARK_EXECUTOR_POD_IP",
    "--resourceProfileId": "SPARK_RESOURCE_PROFILE_ID",
    "--podName": "SPARK_EXECUTOR_POD_NAME",
}


@dataclass(frozen=True)
class Command:
    """What a container becomes, and its environment."""

    words: tuple[str, ...]
    environment: Mapping[str, str]


def command_of(arguments: Sequence[str], environment: Mapping[str, str]) -> Command:
    """What a container with these arguments is to run. Raises UsageError where they are none of Spark's, or variables lack."""
    match list(arguments):
        case ["driver", *rest]:
            return _driver(rest, environment)
        case ["executor"]:
            return _executor(environment)
    raise UsageError(f"Spark asks for `driver ...` or `executor`, not for `{shlex.join(arguments)}`.")


def _driver(arguments: list[str], environment: Mapping[str, str]) -> Command:
    """The program, in whose JVM the file has what spark-submit set; where the two differ, the program's own goes before."""
    parser = ArgumentParser("driver")
    parser.add_argument("--properties-file", required=True)
    parser.add_argument("--class", dest="runner")  # which of Spark's classes would start the program
    parser.add_argument("program")
    parser.add_argument("arguments", nargs=REMAINDER)
    wanted = parser.parse_args(arguments)
    conf = {
        "spark.driver.bindAddress": _of(environment, "SPARK_DRIVER_BIND_ADDRESS"),
        # The driver's pod is there already: what is submitted in it runs in it.
        "spark.submit.deployMode": "client",
    }
    flags = [word for name, value in conf.items() for word in ("--conf", f"{name}={value}")]
    submit = shlex.join(["--properties-file", wanted.properties_file, *flags, "pyspark-shell"])
    # -P: the program's folder is a package, whose modules are not to be taken for others of their names.
    words = (sys.executable, "-P", wanted.program.removeprefix("local://"), *wanted.arguments)
    return Command(words, {**environment, "PYSPARK_SUBMIT_ARGS": submit})


def _executor(environment: Mapping[str, str]) -> Command:
    home = Path(_find_spark_home())
    options = sorted((name for name in environment if name.startswith(_OPTION)), key=lambda name: int(name.removeprefix(_OPTION)))
    heap = _of(environment, "SPARK_EXECUTOR_MEMORY")
    classes = [environment.get("SPARK_CONF_DIR", ""), environment.get("SPARK_CLASSPATH", ""), f"{home}/jars/*"]
    words = (
        f"{_of(environment, 'JAVA_HOME')}/bin/java",
        *(environment[name] for name in options),
        f"-Xms{heap}",
        f"-Xmx{heap}",
        "-cp",
        ":".join(filter(None, classes)),
        _EXECUTOR,
        *(word for flag, name in _FLAGS.items() for word in (flag, _of(environment, name))),
    )
    return Command(words, {**environment, "SPARK_HOME": str(home)})


def _of(environment: Mapping[str, str], name: str) -> str:
    try:
        return environment[name]
    except KeyError:
        raise UsageError(f"{name} is not set: this runs in pods that Spark makes.") from None


if __name__ == "__main__":
    wanted = command_of(sys.argv[1:], child_environment())
    # It becomes that, so that it is what Kubernetes tells to stop.
    os.execve(wanted.words[0], wanted.words, wanted.environment)  # noqa: S606 - no shell: words are taken as they are
