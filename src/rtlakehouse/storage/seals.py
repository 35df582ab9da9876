"""Seals: the size and hash of every data file, written down when its commit is made durable.

Delta's log does not say what a file's bytes were; a flipped byte in a Parquet page is served as data. One line a file in
`<lake>/_rtl/seals/<table>.jsonl`. Several processes may seal one table: they take turns by a lock on a file beside it.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rtlakehouse.errors import CorruptionError
from rtlakehouse.storage.durable import write_atomically

__all__ = ["Seal", "Seals", "hash_file"]

_BLOCK_BYTES = 1 << 20


@dataclass(frozen=True)
class Seal:
    """What a data file was when its commit was made durable."""

    size_bytes: int
    blake2b: str


def hash_file(path: Path) -> Seal:
    """Size and BLAKE2b-128 of a file as it is now."""
    digest = hashlib.blake2b(digest_size=16)
    size = 0
    with open(path, "rb") as file:
        while block := file.read(_BLOCK_BYTES):
            digest.update(block)
            size += len(block)
    return Seal(size, digest.hexdigest())


class Seals:
    """The seals of one table."""

    def __init__(self, table: Path, store: Path) -> None:
        self.table = table
        self.store = store

    def add(self, paths: Iterable[str]) -> None:
        """Hash these files of the table (relative paths) and write their seals down."""
        lines = [self._line(path, hash_file(self.table / path)) for path in paths]
        with self._locked():
            descriptor = os.open(self.store, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
            try:
                _append_whole(descriptor, "".join(lines).encode())
            finally:
                os.close(descriptor)

    def read(self) -> dict[str, Seal]:
        """Every seal by path; a torn last line (a crash while writing) is left out: its file is sealed again at start."""
        if not self.store.exists():
            return {}
        found: dict[str, Seal] = {}
        for line in self.store.read_bytes().splitlines():
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            found[entry["path"]] = Seal(entry["size"], entry["blake2b"])
        return found

    def check(self, path: str, seal: Seal) -> None:
        """Raise CorruptionError where the file is missing or is not what was sealed."""
        try:
            now = hash_file(self.table / path)
        except FileNotFoundError:
            raise CorruptionError(f"{self.table / path} is missing.") from None
        if now != seal:
            raise CorruptionError(
                f"{self.table / path} is not what was committed: {now.size_bytes:,} bytes, hash {now.blake2b}; "
                f"committed were {seal.size_bytes:,} bytes, hash {seal.blake2b}."
            )

    def forget(self, paths: Iterable[str]) -> None:
        """Forget files that vacuum has removed. What others seal meanwhile stays."""
        gone = frozenset(paths)
        with self._locked():
            kept = [self._line(path, seal) for path, seal in self.read().items() if path not in gone]
            write_atomically(self.store, "".join(kept).encode())

    @contextmanager
    def _locked(self) -> Iterator[None]:
        descriptor = os.open(self.store.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    @staticmethod
    def _line(path: str, seal: Seal) -> str:
        return json.dumps({"path": path, "size": seal.size_bytes, "blake2b": seal.blake2b}) + "\n"


def _append_whole(descriptor: int, data: bytes) -> None:
    """Append all of it or, where the disk is full, nothing; on a line of its own, also after a line that a power cut tore."""
    size = os.fstat(descriptor).st_size
    if size and os.pread(descriptor, 1, size - 1) != b"\n":
        data = b"\n" + data
    try:
        while data:
            data = data[os.write(descriptor, data) :]
    except OSError:
        os.ftruncate(descriptor, size)
        raise
