"""What the simulator says it sent is what lands in the lake, whichever way it takes."""

from __future__ import annotations

import json
import signal
import socket
from pathlib import Path

import pytest

from faults.gateways import HOST, Gateway, admin_key
from faults.loads import is_refined, start_engine
from faults.programs import PATIENCE_S, Programs, until
from integration.landing import DIRTY, landed, report_of, without_what_only_senders_know
from rtlakehouse.stack.ports import free_port
from rtlakehouse.storage.lake import Lake
from running import broken


def test_over_http_everything_lands_as_what_it_was_sent_as(programs: Programs, root: Path) -> None:
    engine = start_engine(programs, root)
    gateway = Gateway.start(programs, root)
    # Out of order within 10 s of a watermark of 15 s: a machine that stops for 5 s would make such an event late.
    flags = ("--events", "4000", "--rate", "2000", "--seed", "7", *DIRTY, "--out-of-order", "0", "--json")
    key = {"api_key": gateway.key}
    said = report_of(programs.start("simulate", "--to", gateway.address, *flags, lake=root, settings=key))
    assert said["resent"] == 0
    lake = Lake.open(root)
    until(lambda: is_refined(lake), "it is never refined")
    engine.stop()
    assert landed(lake) == without_what_only_senders_know(said)
    assert said["late"] > 300
    assert broken(lake) == []


def test_through_a_file_everything_lands_as_what_it_was_written_as(programs: Programs, root: Path, tmp_path: Path) -> None:
    """By their own time no event of a file is late."""
    file = tmp_path / "f.jsonl"
    said = report_of(programs.start("simulate", "--to", file, "--events", "4000", "--seed", "7", *DIRTY, "--json", lake=root))
    replay = programs.run("ingest", file, "--json", lake=root)
    assert replay.code == 0, replay.said
    lake = Lake.open(root)
    assert landed(lake) == without_what_only_senders_know(said) | {"late": 0}
    assert len(file.read_bytes().splitlines()) == said["records"] == 4000
    assert broken(lake) == []


def test_the_same_seed_and_start_make_the_same_file(programs: Programs, root: Path, tmp_path: Path) -> None:
    def written(name: str, seed: str) -> bytes:
        flags = ("--seed", seed, "--start", "2026-11-24T10:00:00Z", "--events", "2000", "--json")
        report_of(programs.start("simulate", "--to", tmp_path / name, *flags, lake=root))
        return (tmp_path / name).read_bytes()

    assert written("a", "7") == written("b", "7")
    assert written("a", "7") != written("c", "8")


def test_standard_output_is_a_file_like_any_other(programs: Programs, root: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    piped = programs.run("simulate", "--to", "-", "--events", "100", "--quiet", "--report", report, lake=root)
    assert piped.code == 0, piped.said
    assert len(piped.printed.splitlines()) == json.loads(report.read_text())["records"] == 100


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_with_the_report_of_what_was_sent(
    number: signal.Signals, programs: Programs, root: Path, tmp_path: Path
) -> None:
    file = tmp_path / "f.jsonl"
    flags = ("--rate", "2000", "--paced", "--duration", "600", "--json")
    sending = programs.start("simulate", "--to", file, *flags, lake=root)
    until(lambda: not sending.running or (file.exists() and file.stat().st_size), "it sends nothing")
    sending.signal(number)
    assert report_of(sending)["records"] == len(file.read_bytes().splitlines()) > 0


def test_a_signal_ends_it_also_while_there_is_no_server(programs: Programs, root: Path) -> None:
    with socket.create_server((HOST, 0)) as server:
        server.settimeout(PATIENCE_S)
        sending = programs.start("simulate", "--to", f"http://{HOST}:{server.getsockname()[1]}", "--quiet", lake=root)
        server.accept()[0].close()
    sending.signal(signal.SIGTERM)
    assert sending.wait() == 1
    assert "records may not be stored" in sending.said
    assert "Traceback" not in sending.said


def test_a_server_that_starts_later_gets_everything(programs: Programs, root: Path) -> None:
    port = free_port(HOST, 0)
    flags = ("--events", "200", "--rate", "200", *DIRTY, "--json")
    key = admin_key(root)
    sending = programs.start("simulate", "--to", f"http://{HOST}:{port}", *flags, lake=root, settings={"api_key": key})
    Gateway.start(programs, root, port=port, key=key)
    assert report_of(sending)["records"] == Lake.open(root).read("bronze.events").num_rows == 200
