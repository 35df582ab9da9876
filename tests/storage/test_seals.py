"""Seals: what a data file was when it was committed, whatever happens to it or to the list of seals."""

from __future__ import annotations

import hashlib
import os
import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rtlakehouse.errors import CorruptionError
from rtlakehouse.storage.seals import Seal, Seals, hash_file


@pytest.fixture
def seals(tmp_path: Path) -> Seals:
    (tmp_path / "table").mkdir()
    return Seals(tmp_path / "table", tmp_path / "silver.events.jsonl")


def data_file(seals: Seals, name: str, content: bytes = b"content") -> str:
    (seals.table / name).write_bytes(content)
    return name


def test_a_seal_is_the_size_and_hash_of_the_file(seals: Seals) -> None:
    seals.add([data_file(seals, "a"), data_file(seals, "b b\n", b"x" * 3_000_000)])
    found = seals.read()
    assert found["a"] == Seal(7, hashlib.blake2b(b"content", digest_size=16).hexdigest())
    assert found["b b\n"] == hash_file(seals.table / "b b\n")
    for path, seal in found.items():
        seals.check(path, seal)


def test_any_flipped_bit_is_seen(seals: Seals, chance: random.Random) -> None:
    content = chance.randbytes(5_000)
    seals.add([data_file(seals, "a", content)])
    for _ in range(20):
        damaged = bytearray(content)
        damaged[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        data_file(seals, "a", bytes(damaged))
        with pytest.raises(CorruptionError, match="a is not what was committed: 5,000 bytes"):
            seals.check("a", seals.read()["a"])


def test_a_longer_or_shorter_file_is_seen(seals: Seals) -> None:
    seals.add([data_file(seals, "a")])
    for content in (b"conten", b"content\0", b""):
        data_file(seals, "a", content)
        with pytest.raises(CorruptionError, match=f"{len(content)} bytes.*committed were 7 bytes"):
            seals.check("a", seals.read()["a"])


def test_a_missing_file_is_seen(seals: Seals) -> None:
    seals.add([data_file(seals, "a")])
    (seals.table / "a").unlink()
    with pytest.raises(CorruptionError, match="a is missing"):
        seals.check("a", seals.read()["a"])


def test_a_line_that_a_power_cut_tore_costs_only_its_own_seal(seals: Seals) -> None:
    seals.add([data_file(seals, "a"), data_file(seals, "b")])
    os.truncate(seals.store, seals.store.stat().st_size - 9)
    assert list(seals.read()) == ["a"]
    seals.add([data_file(seals, "c")])
    assert list(seals.read()) == ["a", "c"]


def test_without_a_list_there_are_no_seals(seals: Seals) -> None:
    assert seals.read() == {}


def test_what_is_forgotten_is_gone_and_the_rest_stays(seals: Seals) -> None:
    seals.add([data_file(seals, name) for name in "abc"])
    seals.forget(["b", "never there"])
    assert list(seals.read()) == ["a", "c"]


def test_a_seal_made_anew_counts(seals: Seals) -> None:
    seals.add([data_file(seals, "a", b"one")])
    seals.add([data_file(seals, "a", b"other")])
    seals.check("a", seals.read()["a"])


ADDER = """
import sys
from pathlib import Path
from rtlakehouse.storage.seals import Seals
seals = Seals(Path(sys.argv[1]), Path(sys.argv[2]))
for name in sys.argv[3:]:
    seals.add([name])
"""


def test_several_processes_seal_at_once_while_another_forgets(seals: Seals) -> None:
    names = [[data_file(seals, f"{adder}-{i}") for i in range(60)] for adder in range(3)]
    gone = [data_file(seals, f"gone-{i}") for i in range(20)]
    seals.add(gone)

    def add(own: list[str]) -> None:
        command = [sys.executable, "-c", ADDER, str(seals.table), str(seals.store), *own]
        subprocess.run(command, check=True)

    with ThreadPoolExecutor() as pool:
        adders = [pool.submit(add, own) for own in names]
        for name in gone:
            seals.forget([name])
    for adder in adders:
        adder.result()
    seals.forget([])
    assert sorted(seals.read()) == sorted(name for own in names for name in own)
