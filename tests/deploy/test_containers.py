"""Dockerfile and compose.yaml keep their formats, agree with the rest, and what their containers run runs.

compose-spec.json is the schema of the Compose specification, https://github.com/compose-spec/compose-spec, Apache License 2.0.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import jsonschema_rs
import pytest

from deploy.compose import DOCKERFILE, PROFILES, Service, document, in_order, services_of, services_of_all
from markdown import ROOT
from rtlakehouse import __version__
from rtlakehouse.kafka.local import Coordination

_PINNED = re.compile(r"[^:@]+:v?\d+\.\d+\.\d+[\w.-]*$")
_ADDRESS = re.compile(r"(?:^|//|\s)([a-z][a-z-]*):\d{4}\b")
_MAKEFILE = (ROOT / "Makefile").read_text("utf-8")


def _version_of(name: str) -> str:
    found = re.search(rf"^{name} := (\S+)$", _MAKEFILE, re.MULTILINE)
    assert found
    return found[1]


def _waits(services: dict[str, Service]) -> set[str]:
    """The services whose health somebody waits for."""
    return {name for s in services.values() for name, how in s.needed(services).items() if how == "service_healthy"}


def test_compose_yaml_follows_the_specification() -> None:
    schema = json.loads(Path(__file__).with_name("compose-spec.json").read_text("utf-8"))
    assert [str(error) for error in jsonschema_rs.Draft202012Validator(schema).iter_errors(document())] == []


def test_the_dockerfile_keeps_the_rules_of_its_linter() -> None:
    program = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([program, "--failure-threshold", "warning", DOCKERFILE], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_image_is_pinned_and_of_the_versions_that_the_tests_run() -> None:
    bases = re.findall(r"^FROM (\S+)", DOCKERFILE.read_text("utf-8"), re.MULTILINE)
    stages = set(re.findall(r" AS (\S+)$", DOCKERFILE.read_text("utf-8"), re.MULTILINE))
    images = {service.definition["image"] for service in services_of_all().values()}
    assert all(_PINNED.match(image) for image in images | (set(bases) - stages))
    assert {image for image in images if image.startswith("rt-")} == {
        f"rt-lakehouse:{__version__}",
        f"rt-lakehouse-spark:{__version__}",
    }
    assert f"apache/kafka:{Coordination.KRAFT.version}" in images
    assert f"node:{_version_of('NODE_VERSION')}-bookworm-slim" in bases
    assert f"uv=={_version_of('UV_VERSION')}" in DOCKERFILE.read_text("utf-8")


def test_no_image_of_ours_runs_as_root() -> None:
    stages = re.split(r"^FROM ", DOCKERFILE.read_text("utf-8"), flags=re.MULTILINE)[1:]
    by_name = {stage.split()[2]: stage for stage in stages}
    for target in ("rtl", "spark"):
        users = re.findall(r"^USER (\S+)", by_name["base"] + by_name[target], re.MULTILINE)
        assert users[-1] == "10001:10001"


@pytest.mark.parametrize("profile", PROFILES)
def test_a_profile_has_all_that_its_services_wait_for_and_speak_to(profile: str) -> None:
    services = services_of(profile)
    assert len(in_order(services)) == len(services)
    reachable = {host for service in services.values() for host in service.hosts}
    asked = {host for s in services.values() for word in _words(s) for host in _ADDRESS.findall(word)} - {"localhost"}
    assert asked <= reachable
    assert all(services[name].definition.get("healthcheck") for name in _waits(services))


def _words(service: Service) -> list[str]:
    return [*map(str, service.definition.get("command", [])), *service.definition.get("environment", {}).values()]


@pytest.mark.parametrize("name", services_of_all())
def test_a_container_is_bounded_and_may_do_no_more_than_it_needs(name: str) -> None:
    definition = services_of_all()[name].definition
    assert definition["mem_limit"] == "6g"
    assert definition["cap_drop"] == ["ALL"]
    assert definition["security_opt"] == ["no-new-privileges:true"]
    assert all(port.startswith("127.0.0.1:") for port in definition.get("ports", []))
    declared = document()["volumes"]
    assert all(v.split(":")[0] in declared or (ROOT / v.split(":")[0]).is_dir() for v in definition.get("volumes", []))


def test_a_profile_is_chosen_where_none_is_named() -> None:
    chosen = re.findall(r"^COMPOSE_PROFILES=(\S+)$", (ROOT / ".env").read_text("utf-8"), re.MULTILINE)
    assert len(chosen) == 1
    assert chosen[0] in PROFILES
