"""Jars that are fetched into a cache: once, also where two processes want them at one time, and whole, also after a crash."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from faults.programs import until
from rtlakehouse.environment import child_environment
from rtlakehouse.errors import SourceError
from rtlakehouse.jars import fetch_jars

pytest.importorskip("jgo", reason="There is no jgo; install it: make kafka")

THING = "org.example:thing:1.0"
JAR = b"a jar" * 20_000
PROGRAM = """
import sys
from pathlib import Path
from rtlakehouse.jars import fetch_jars
print(*fetch_jars(["org.example:thing:1.0"], Path(sys.argv[1]), repository=sys.argv[2]), sep="\\n")
"""
POM = """<project>
<modelVersion>4.0.0</modelVersion><groupId>org.example</groupId><artifactId>{name}</artifactId><version>{version}</version>
<dependencies>{dependencies}</dependencies>
</project>"""
NEEDS = "<dependency><groupId>org.example</groupId><artifactId>needed</artifactId><version>2.0</version></dependency>"
FILES = {
    "/org/example/thing/1.0/thing-1.0.pom": POM.format(name="thing", version="1.0", dependencies=NEEDS).encode(),
    "/org/example/thing/1.0/thing-1.0.jar": JAR,
    "/org/example/needed/2.0/needed-2.0.pom": POM.format(name="needed", version="2.0", dependencies="").encode(),
    "/org/example/needed/2.0/needed-2.0.jar": JAR,
}
NEEDED = "/org/example/needed/2.0/needed-2.0.jar"


@dataclass
class Repository:
    """A Maven repository on this machine, of one artifact that needs another. goes_on: else it stops in the middle of NEEDED."""

    address: str = ""
    asked: Counter[str] = field(default_factory=Counter)
    goes_on: threading.Event = field(default_factory=threading.Event)

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        self.asked[request.path] += 1
        content = FILES.get(request.path)
        request.send_response(404 if content is None else 200)
        request.send_header("Content-Length", str(len(content or b"")))
        request.end_headers()
        half = len(content or b"") // 2
        request.wfile.write((content or b"")[:half])
        if request.path == NEEDED:
            request.wfile.flush()
            self.goes_on.wait(60)
        request.wfile.write((content or b"")[half:])


@pytest.fixture
def repository() -> Iterator[Repository]:
    found = Repository()
    found.goes_on.set()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            try:
                found.answer(self)
            except (BrokenPipeError, ConnectionResetError):
                # Who asked was killed.
                self.close_connection = True

        def log_message(self, *args: object) -> None:
            """Say nothing of what is asked for."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.address = f"http://127.0.0.1:{server.server_port}"
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    yield found
    found.goes_on.set()
    server.shutdown()
    serving.join()
    server.server_close()


@dataclass
class Fetching:
    """A process that fetches the thing and prints where its jars are."""

    process: subprocess.Popen[bytes]
    output: Path

    @property
    def said(self) -> str:
        return self.output.read_text()

    @property
    def jars(self) -> list[Path]:
        assert self.process.wait(60) == 0, self.said
        return [Path(line) for line in self.said.splitlines() if line.endswith(".jar")]


@pytest.fixture
def fetching(tmp_path: Path, repository: Repository) -> Iterator[list[Fetching]]:
    """Two that fetch into one empty cache: the first is in the middle of a jar, the second waits for it."""
    repository.goes_on.clear()
    first = started(tmp_path, repository, "first")
    until(lambda: half_of(tmp_path), f"it does not begin\n{first.said}")
    second = started(tmp_path, repository, "second")
    until(lambda: "another process fetches the same jars and is waited for" in second.said, f"it does not wait\n{second.said}")
    yield [first, second]
    for each in (first, second):
        each.process.kill()
        each.process.wait()


def started(folder: Path, repository: Repository, name: str) -> Fetching:
    output = folder / f"{name}.txt"
    command = [sys.executable, "-c", PROGRAM, str(folder / "cache"), repository.address]
    with open(output, "wb") as said:
        return Fetching(subprocess.Popen(command, env=child_environment(), stdout=said, stderr=said), output)


def half_of(folder: Path) -> list[Path]:
    return [jar for jar in (folder / "cache").rglob("needed-2.0.jar") if 0 < jar.stat().st_size < len(JAR)]


def test_of_two_processes_one_fetches_and_the_other_waits_and_takes_it(
    tmp_path: Path, repository: Repository, fetching: list[Fetching]
) -> None:
    repository.goes_on.set()
    first, second = fetching
    assert first.jars == second.jars
    assert {jar.name: jar.read_bytes() for jar in first.jars} == {"thing-1.0.jar": JAR, "needed-2.0.jar": JAR}
    assert max(repository.asked.values()) == 1
    assert "waited for" not in first.said


def test_what_a_killed_process_leaves_half_is_fetched_anew_by_the_one_that_waits(
    tmp_path: Path, repository: Repository, fetching: list[Fetching]
) -> None:
    killed, waiting = fetching
    killed.process.kill()
    killed.process.wait()
    repository.goes_on.set()
    assert [jar.read_bytes() for jar in waiting.jars] == [JAR, JAR]
    assert repository.asked[NEEDED] == 2
    assert half_of(tmp_path) == []


def test_what_was_fetched_is_not_asked_for_again(tmp_path: Path, repository: Repository) -> None:
    found = fetch_jars([THING], tmp_path, repository=repository.address)
    asked = repository.asked.total()
    assert fetch_jars([THING], tmp_path, repository=repository.address) == found
    assert repository.asked.total() == asked


def test_what_is_there_already_is_left_out(tmp_path: Path, repository: Repository) -> None:
    found = fetch_jars([THING], tmp_path, present={"needed"}, repository=repository.address)
    assert [jar.name for jar in found] == ["thing-1.0.jar"]


def test_what_cannot_be_had_is_an_error_that_names_it_and_is_tried_again(tmp_path: Path, repository: Repository) -> None:
    for _ in range(2):
        with pytest.raises(SourceError, match=r"org\.example:other:1\.0 cannot be fetched: .*See that Maven Central"):
            fetch_jars(["org.example:other:1.0"], tmp_path, repository=repository.address)
    assert repository.asked["/org/example/other/1.0/other-1.0.pom"] == 2
