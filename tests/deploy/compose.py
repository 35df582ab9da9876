"""compose.yaml as Compose reads it, and its services as processes of this machine: the same commands, environment and order."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
from collections.abc import Iterable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from faults.programs import until
from markdown import ROOT

DOCKERFILE = ROOT / "deploy/containers/Dockerfile"
PROFILES = ("full", "light", "zookeeper")
_VARIABLE = re.compile(r"\$(?:\$|\{(\w+):-([^}]*)\})")
_STARTS_WITHIN_S = 180.0
_CHECK_TAKES_S = 30.0
_STOPS_WITHIN_S = 30.0


@cache
def document() -> dict[str, Any]:
    """The file with anchors and merges resolved."""
    found: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
    return found


@dataclass(frozen=True)
class Service:
    """One service, with its variables filled in from the defaults."""

    name: str
    definition: Mapping[str, Any]

    @property
    def ours(self) -> bool:
        """Whether its image is built here."""
        return "build" in self.definition

    @property
    def command(self) -> list[str]:
        """What its container runs: the entry point of the service, else of the image, and the command."""
        return [*map(filled, self.definition.get("entrypoint", ["rtl"])), *map(filled, self.definition["command"])]

    @property
    def environment(self) -> dict[str, str]:
        """That of the image, and on top that of the service."""
        own = {name: filled(value) for name, value in self.definition.get("environment", {}).items()}
        return {**image_environment(self.definition["build"]["target"]), **own}

    @property
    def health(self) -> list[str] | None:
        """The command whose success says that it is well."""
        test = [filled(word) for word in self.definition.get("healthcheck", {}).get("test", [])]
        return {"CMD": test[1:], "CMD-SHELL": ["sh", "-c", *test[1:]]}[test[0]] if test else None

    @property
    def hosts(self) -> set[str]:
        """The names that others reach it by."""
        networks = self.definition.get("networks", {})
        return {self.name, *networks.get("default", {}).get("aliases", [])}

    def needed(self, present: Iterable[str]) -> dict[str, str]:
        """Of the services of its profile those that it waits for, each with what it waits for."""
        wanted = self.definition.get("depends_on", {})
        return {name: wanted[name]["condition"] for name in wanted if wanted[name].get("required", True) or name in present}


def filled(text: str) -> str:
    return _VARIABLE.sub(lambda found: found[2] if found[1] else "$", text)


def services_of(profile: str) -> dict[str, Service]:
    """The services that run with a profile."""
    found = document()["services"].items()
    return {name: Service(name, definition) for name, definition in found if profile in definition.get("profiles", [profile])}


def image_environment(target: str) -> dict[str, str]:
    """What the Dockerfile sets in an image and in what it is made from."""
    stages = re.split(r"^FROM ", DOCKERFILE.read_text("utf-8"), flags=re.MULTILINE)[1:]
    by_name = {stage.split()[2]: stage for stage in stages}
    if target not in by_name:
        return {}
    lines = re.findall(r"^ENV (.+)$", by_name[target], re.MULTILINE)
    pairs = [word.partition("=") for line in lines for word in shlex.split(line)]
    return {**image_environment(by_name[target].split()[0]), **{name: value for name, _, value in pairs}}


@dataclass
class Processes:
    """Services run as processes.

    swapped: what is another on this machine than in a container, such as paths and addresses.
    words: the same, of whole arguments. added: what the environment has besides.
    """

    folder: Path
    swapped: Mapping[str, str]
    words: Mapping[str, str]
    added: Mapping[str, str]
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    opened: ExitStack = field(default_factory=ExitStack)

    def start(self, service: Service, present: Iterable[str]) -> None:
        """Start it once what it waits for is as it has to be."""
        for name, condition in service.needed(present).items():
            if name in self.running:
                self._await(services_of_all()[name], condition)
        log = self.opened.enter_context(self.log(service.name).open("wb"))
        self.running[service.name] = subprocess.Popen(
            [self._here(word) for word in service.command],
            env=self._environment(service),
            cwd=self.folder,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )

    def log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def healthy(self, service: Service) -> bool:
        """Whether its own check says so. A process that has ended is an AssertionError with what it said."""
        code = self.running[service.name].poll()
        assert code is None, f"{service.name} ended with {code}\n{self.log(service.name).read_text('utf-8')[-3000:]}"
        assert service.health, f"{service.name} has no check"
        check = [self._here(word) for word in service.health]
        quiet = subprocess.DEVNULL
        return not subprocess.run(
            check, env=self._environment(service), stdout=quiet, stderr=quiet, timeout=_CHECK_TAKES_S, check=False
        ).returncode

    def end(self) -> None:
        """Stop all, the last started first, as Compose does."""
        for process in reversed(self.running.values()):
            if process.poll() is None:
                process.terminate()
                with suppress(subprocess.TimeoutExpired):
                    process.wait(_STOPS_WITHIN_S)
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()
        self.opened.close()

    def _await(self, service: Service, condition: str) -> None:
        process = self.running[service.name]
        if condition == "service_completed_successfully":
            assert process.wait(_STARTS_WITHIN_S) == 0, self.log(service.name).read_text("utf-8")
        else:
            assert condition == "service_healthy", condition
            until(lambda: self.healthy(service), f"{service.name} is well", _STARTS_WITHIN_S)

    def _environment(self, service: Service) -> dict[str, str]:
        """Nothing of this process's own."""
        return {**{name: self._here(value) for name, value in service.environment.items()}, **self.added}

    def _here(self, text: str) -> str:
        longest_first = sorted(self.swapped, key=len, reverse=True)
        swapped = re.sub("|".join(map(re.escape, longest_first)), lambda found: self.swapped[found[0]], text)
        return self.words.get(text, swapped)


def services_of_all() -> dict[str, Service]:
    return {name: Service(name, definition) for name, definition in document()["services"].items()}


def in_order(services: Mapping[str, Service]) -> list[Service]:
    """Each after those that it waits for."""
    done: dict[str, Service] = {}
    while len(done) < len(services):
        ready = {n: s for n, s in services.items() if n not in done and s.needed(services).keys() <= done.keys()}
        assert ready, f"these wait for each other: {services.keys() - done.keys()}"
        done |= ready
    return list(done.values())
