"""Files as a source: JSON lines as they are, CSV and Parquet through a mapping. Resumable, and done once however often run."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from rtlakehouse.clock import Clock
from rtlakehouse.contract.mapping import Mapping, read_rows
from rtlakehouse.errors import SourceError, UsageError
from rtlakehouse.ingest.appender import BronzeAppender
from rtlakehouse.ingest.records import records
from rtlakehouse.storage.lake import Lake

__all__ = ["FileSource", "Progress", "open_file"]

_TABULAR = {".csv", ".tsv", ".parquet"}
_BLOCK_BYTES = 16 << 20
_LINE_FEED = 10


@dataclass(frozen=True)
class Progress:
    """How far a file is: records in bronze, how many of them were there before this run, and how many there will be.

    `total` is an estimate, except for Parquet, which says; None before the first chunk.
    """

    records: int
    resumed_from: int
    total: int | None


@dataclass(frozen=True)
class FileSource:
    """One file to replay. `topic` names its content, so that the same content is the same source wherever it lies."""

    path: Path
    topic: str
    tenant_id: str
    mapping: Mapping | None
    received_now: bool

    def replay(self, lake: Lake, clock: Clock, chunk_events: int) -> Iterator[Progress]:
        """Append the file's records to bronze, chunk by chunk; yields after each chunk, which is then durable.

        A file that was replayed before, wholly or in part, goes on where bronze says it stopped.
        """
        appender = BronzeAppender(lake, f"file:{self.topic}")
        done = resumed_from = appender.progress + 1
        yield Progress(done, resumed_from, self._total(0, 0))
        sent_bytes = 0
        for chunk in _chunks(self._payloads(done), chunk_events):
            now = clock.now()
            appender.append(self._records(chunk, done, now), done + len(chunk) - 1)
            done += len(chunk)
            sent_bytes += chunk.nbytes
            yield Progress(done, resumed_from, self._total(done - resumed_from, sent_bytes))

    def _total(self, records_read: int, bytes_read: int) -> int | None:
        if self.path.suffix.lower() == ".parquet":
            return int(pq.read_metadata(self.path).num_rows)
        return int(self.path.stat().st_size * records_read / bytes_read) if bytes_read else None

    def _records(self, payloads: pa.Array, first_position: int, now: datetime) -> pa.Table:
        return records(
            payloads,
            tenant_id=self.tenant_id,
            source="file",
            topic=self.topic,
            partition=0,
            first_position=first_position,
            received_at=now if self.received_now else None,
            ingested_at=now,
        )

    def _payloads(self, skip: int) -> Iterator[pa.Array]:
        if self.path.suffix.lower() in _TABULAR:
            for texts in read_rows(self.path, self.mapping, skip, 50_000):
                yield texts.cast(pa.binary())
        else:
            yield from _skipping(_lines(self.path), skip)


def open_file(path: Path, tenant_id: str, mapping: Mapping | None, *, received_now: bool) -> FileSource:
    """A file as a source. Reads it once, to tell by its content whether it was replayed before. Raises UsageError."""
    if not path.is_file():
        raise UsageError(f"There is no file {path}.")
    if mapping is not None and path.suffix.lower() not in _TABULAR:
        raise UsageError(f"{path} is taken for JSON lines, which need no mapping; mappings are for .csv, .tsv and .parquet.")
    content = hashlib.blake2b(digest_size=8)
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            content.update(block)
    how = f"{tenant_id}|{mapping.fingerprint if mapping else ''}"
    identity = hashlib.blake2b(f"{content.hexdigest()}|{how}".encode(), digest_size=8).hexdigest()
    return FileSource(path, f"{path.name}@{identity}", tenant_id, mapping, received_now)


def _lines(path: Path) -> Iterator[pa.Array]:
    """The lines of a file, compressed or not, without their ends; blank ones are no records."""
    rest = b""
    try:
        with pa.input_stream(str(path), compression="detect") as stream:
            while block := stream.read(_BLOCK_BYTES):
                whole, cut, tail = (rest + block).rpartition(b"\n")
                rest = tail
                if cut:
                    yield _split(whole + cut)
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error}") from error
    if rest.strip():
        yield _split(rest + b"\n")


def _split(block: bytes) -> pa.Array:
    """The lines of a block that ends with a line feed. The ends are found and cut out at memory speed."""
    block = block.replace(b"\r\n", b"\n")
    ends = np.flatnonzero(np.frombuffer(block, np.uint8) == _LINE_FEED)
    offsets = np.zeros(len(ends) + 1, np.int32)
    offsets[1:] = ends - np.arange(len(ends))
    lines = pa.Array.from_buffers(pa.binary(), len(ends), [None, pa.py_buffer(offsets), pa.py_buffer(block.replace(b"\n", b""))])
    empty = offsets[1:] == offsets[:-1]
    return lines.filter(pa.array(~empty)) if empty.any() else lines


def _skipping(arrays: Iterator[pa.Array], skip: int) -> Iterator[pa.Array]:
    for array in arrays:
        if skip < len(array):
            yield array.slice(skip)
        skip = max(0, skip - len(array))


def _chunks(arrays: Iterator[pa.Array], size: int) -> Iterator[pa.Array]:
    """The same records in arrays of `size`, the last one shorter."""
    waiting: list[pa.Array] = []
    count = 0
    for array in arrays:
        waiting.append(array)
        count += len(array)
        while count >= size:
            joined = pa.concat_arrays(waiting)
            yield joined.slice(0, size)
            waiting, count = [joined.slice(size)], count - size
    if count:
        yield pa.concat_arrays(waiting)
