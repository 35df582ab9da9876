"""The copy of a lake in S3: moto's server, which is a program of its own, keeps it, and delta-rs reads it back."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from deltalake import DeltaTable

from faults.conftest import programs
from faults.programs import Programs, until
from rtlakehouse.medallion.graph import TABLES
from rtlakehouse.stack.ports import free_port
from rtlakehouse.storage.lake import Lake

__all__ = ["programs"]

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]

_SERVER = ("uv", "tool", "run", "--quiet", "--from", "moto[s3,server]==5.2.5", "moto_server", "-H", "127.0.0.1", "-p")
_PLACE = "s3://bucket/lake"


@pytest.fixture
def s3(tmp_path: Path) -> Iterator[dict[str, str]]:
    """What a client's environment says of a server with one bucket."""
    port = str(free_port("127.0.0.1", 0))
    address = f"http://127.0.0.1:{port}"
    with (tmp_path / "s3.log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-m", *_SERVER, port], stdout=log, stderr=log, start_new_session=True)
    try:
        until(lambda: _answers(address), (tmp_path / "s3.log").read_text("utf-8"), 300)
        httpx.put(f"{address}/bucket", trust_env=False).raise_for_status()
        yield {
            "AWS_ENDPOINT_URL": address,
            "AWS_ALLOW_HTTP": "true",
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_REGION": "us-east-1",
        }
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _answers(address: str) -> bool:
    try:
        return httpx.get(address, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def test_a_mirror_that_is_killed_goes_on_and_the_copy_reads_as_the_lake(
    refined: Lake, programs: Programs, s3: dict[str, str]
) -> None:
    killed = programs.start("mirror", _PLACE, lake=refined.root, settings=s3)
    until(lambda: "silver/events/_delta_log/" in _listed(s3), "half of it is copied")
    killed.kill()
    done = programs.run("mirror", _PLACE, "--json", lake=refined.root, settings=s3)
    assert done.code == 0, done.said
    versions = {**refined.vector(), "bronze.events": refined.processed()}
    for name, version in versions.items():
        found = DeltaTable(f"{_PLACE}/{TABLES[name].layer}/{TABLES[name].short_name}", storage_options=s3)
        assert found.version() == version
        rows = TABLES[name].conform(found.to_pyarrow_table())
        assert sorted(map(str, rows.to_pylist())) == sorted(map(str, refined.read(name, version).to_pylist()))


def test_a_store_that_is_away_is_told_with_what_to_look_at(refined: Lake, programs: Programs, s3: dict[str, str]) -> None:
    nobody = {**s3, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{free_port('127.0.0.1', 0)}"}
    failed = programs.run("mirror", _PLACE, lake=refined.root, settings=nobody)
    assert failed.code == 1
    assert "AWS_ENDPOINT_URL" in failed.said


def _listed(s3: dict[str, str]) -> str:
    return httpx.get(f"{s3['AWS_ENDPOINT_URL']}/bucket?list-type=2&max-keys=10000", trust_env=False).text
