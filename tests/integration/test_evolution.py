"""A new version of the contract on a lake that is already there, with the whole program at that version."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import rtlakehouse
from corpus import VALID
from faults.programs import Program, Programs
from rtlakehouse.contract.contract import load

NEXT = load().version + 1
OPTIONAL = "{name: channel, kind: string, max_length: 16, doc: 'Where it was sold.'}"

Runs = Callable[..., Program]


@pytest.fixture
def with_field(programs: Programs, root: Path, tmp_path: Path) -> Callable[[str], Runs]:
    """The program as it would be with this field in another version of the contract."""

    def make(field: str) -> Runs:
        package = Path(rtlakehouse.__file__).parent
        shutil.copytree(package, tmp_path / "next" / package.name, ignore=shutil.ignore_patterns("__pycache__"))
        contract = tmp_path / "next" / package.name / "contract"
        newest = (contract / f"v{load().version}.yaml").read_text()
        changed = newest.replace(f"version: {load().version}\n", f"version: {NEXT}\n") + f"  - {field}\n"
        (contract / f"v{NEXT}.yaml").write_text(changed)

        def run(*arguments: str | Path) -> Program:
            command = ["env", f"PYTHONPATH={tmp_path / 'next'}", sys.executable, "-m", package.name, *map(str, arguments)]
            program = programs.adopt(command, root)
            program.wait()
            return program

        return run

    return make


def _file(path: Path, *events: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(event) + "\n" for event in events))
    return path


def test_a_lake_goes_on_under_a_version_with_a_new_optional_field(
    with_field: Callable[[str], Runs], programs: Programs, root: Path, tmp_path: Path
) -> None:
    early = [VALID | {"event_id": "old"}, VALID | {"event_id": "early", "channel": "shop"}]
    assert programs.run("ingest", _file(tmp_path / "before.jsonl", *early), lake=root).code == 0
    rtl = with_field(OPTIONAL)
    later = [
        VALID | {"event_id": "old"},
        VALID | {"event_id": "without"},
        VALID | {"event_id": "with", "channel": "shop"},
        VALID | {"event_id": "wrong", "channel": "x" * 17},
    ]
    replayed = rtl("ingest", _file(tmp_path / "after.jsonl", *later), "--json")
    assert replayed.code == 0, replayed.said
    (counts,) = json.loads(replayed.printed)
    assert (counts["accepted"], counts["duplicates"], counts["quarantined"]) == (2, 1, 1)

    read = rtl("read", "silver.events", "--format", "json")
    rows = {row["event_id"]: row for row in map(json.loads, read.printed.splitlines())}
    told = {name: (row["channel"], row["extras"], row["contract_version"]) for name, row in rows.items()}
    old, new = load().version, NEXT
    assert told == {
        "old": (None, None, old),
        "early": (None, '{"channel":"shop"}', old),
        "without": (None, None, new),
        "with": ("shop", None, new),
    }
    verified = rtl("verify")
    assert verified.code == 0, verified.printed


def test_a_version_that_is_not_additive_is_refused_with_the_reason(with_field: Callable[[str], Runs], root: Path) -> None:
    rtl = with_field("{name: channel, kind: string, required: true, max_length: 16, doc: 'Where it was sold.'}")
    refused = rtl("doctor")
    assert refused.code not in (0, None)
    assert f"not an additive change of version {load().version}: channel is new and required" in " ".join(refused.said.split())
    assert not root.exists()
