"""A real Kafka on this machine without Docker: jars fetched by name, one broker, data kept between starts."""

from __future__ import annotations

import base64
import subprocess
import uuid
from collections.abc import Sequence
from pathlib import Path

import msgspec
import psutil

from rtlakehouse.clock import Clock
from rtlakehouse.errors import SourceError
from rtlakehouse.jars import fetch_jars
from rtlakehouse.kafka.client import answers
from rtlakehouse.kafka.local import Coordination, LocalProcess, Running, note_in, running_in
from rtlakehouse.stack.java import find_java
from rtlakehouse.stack.kafka_files import HOST, LOGGING, broker_properties, zookeeper_properties
from rtlakehouse.stack.ports import free_port
from rtlakehouse.stack.supervisor import Part

__all__ = ["LocalKafka"]

# Writes the log; of Kafka's own jars none takes what is said through slf4j.
_LOGGING_JAR = "org.apache.logging.log4j:log4j-slf4j-impl:2.25.4"
_MEMORY = {"kafka": "512m", "zookeeper": "128m", "format": "128m"}
_READY_S = 180.0
_STOP_S = 30.0
_POLL_S = 0.1
_SAID_CHARACTERS = 2_000


class LocalKafka:
    """The Kafka of a folder. cache: where jars are kept. partitions: of topics whose maker does not say how many."""

    def __init__(self, folder: Path, cache: Path, clock: Clock, partitions: int) -> None:
        self.folder = folder.absolute()
        self._cache = cache
        self._clock = clock
        self._partitions = partitions

    def running(self) -> Running | None:
        """What was started in the background, where any of it lives."""
        try:
            noted = running_in(self.folder)
        except SourceError:
            return None
        return noted if any(_found(process) for process in noted.processes.values()) else None

    def start(self, coordination: Coordination, port: int) -> Running:
        """Start it in the background; return once it answers. Raises SourceError where it does not."""
        started = {part.name: self._spawn(part, coordination) for part in self.parts(coordination, port)}
        running = Running(f"{HOST}:{port}", coordination.version, coordination.value, started)
        note_in(self.folder).write_bytes(msgspec.json.encode(running))
        self._wait(running)
        return running

    def stop(self, running: Running) -> None:
        """End it cleanly, the broker before ZooKeeper."""
        for noted in reversed(list(running.processes.values())):
            if (process := _found(noted)) is not None:
                _end(process)
        note_in(self.folder).unlink(missing_ok=True)

    def parts(self, coordination: Coordination, port: int) -> list[Part]:
        """The processes of a broker on this port, in order; all they need is fetched and written before this returns."""
        home = self.folder / coordination.value
        home.mkdir(parents=True, exist_ok=True)
        (home / "logging.properties").write_text(LOGGING)
        coordinator = free_port(HOST, 0)
        settings, jars = home / "server.properties", self._jars(coordination)
        settings.write_text(broker_properties(home, port, self._partitions, coordination.value, coordinator))
        broker = Part("kafka", [*_java(home, "kafka", jars), "kafka.Kafka", str(settings)])
        if coordination is Coordination.KRAFT:
            _format([*_java(home, "format", jars), "kafka.tools.StorageTool", "format"], settings)
            return [broker]
        own = home / "zookeeper.properties"
        own.write_text(zookeeper_properties(home, coordinator))
        main = "org.apache.zookeeper.server.quorum.QuorumPeerMain"
        return [Part("zookeeper", [*_java(home, "zookeeper", jars), main, str(own)]), broker]

    def log_of(self, coordination: str) -> Path:
        """Where the broker writes what it does."""
        return self.folder / coordination / "kafka.log"

    def _jars(self, coordination: Coordination) -> list[Path]:
        # Each by itself: what one asks for must not change the versions that the other was tested with.
        artifacts = (f"org.apache.kafka:kafka_2.13:{coordination.version}", _LOGGING_JAR)
        return [jar for artifact in artifacts for jar in fetch_jars([artifact], self._cache)]

    def _spawn(self, part: Part, coordination: Coordination) -> LocalProcess:
        # A session of its own: it stays when the terminal goes.
        with open(self.folder / coordination.value / f"{part.name}.out", "wb") as out:
            process = subprocess.Popen(part.command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True)
        return LocalProcess(process.pid, psutil.Process(process.pid).create_time())

    def _wait(self, running: Running) -> None:
        deadline = self._clock.monotonic() + _READY_S
        while not answers(running.address):
            ended = [name for name, process in running.processes.items() if _found(process) is None]
            if ended or self._clock.monotonic() > deadline:
                self.stop(running)
                why = f"its {ended[0]} has ended" if ended else f"it does not answer within {_READY_S:g} s"
                raise SourceError(f"The local Kafka did not start: {why}. {self._said(running.coordination)}")
            self._clock.sleep(_POLL_S)

    def _said(self, coordination: str) -> str:
        logs = (self.folder / coordination / name for name in ("kafka.out", "kafka.log"))
        texts = [path.read_text("utf-8", "replace")[-_SAID_CHARACTERS:] for path in logs if path.exists()]
        return f"{self.log_of(coordination)} ends with:\n" + "\n".join(texts)


def _java(home: Path, name: str, jars: Sequence[Path]) -> list[str]:
    """The command line up to the class to run."""
    return [
        str(find_java()),
        f"-Xmx{_MEMORY[name]}",
        "-XX:+UseSerialGC",
        f"-Dlog4j2.configurationFile={home / 'logging.properties'}",
        f"-Drtl.log={home / f'{name}.log'}",
        "-cp",
        ":".join(map(str, jars)),
    ]


def _format(command: Sequence[str], settings: Path) -> None:
    """Give an empty data directory its cluster id; one that has an id keeps it."""
    if (settings.parent / "data" / "meta.properties").exists():
        return
    cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    ended = subprocess.run([*command, f"--cluster-id={cluster}", "--config", str(settings)], capture_output=True, text=True)
    if ended.returncode:
        raise SourceError(f"{settings.parent / 'data'} cannot be formatted: {(ended.stderr or ended.stdout)[-_SAID_CHARACTERS:]}")


def _found(noted: LocalProcess) -> psutil.Process | None:
    """The process, where it lives."""
    try:
        process = psutil.Process(noted.pid)
        lives = process.create_time() == noted.started and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return None
    return process if lives else None


def _end(process: psutil.Process) -> None:
    process.terminate()
    try:
        process.wait(_STOP_S)
    except psutil.TimeoutExpired:
        process.kill()
        process.wait(_STOP_S)
