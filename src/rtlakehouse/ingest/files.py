"""Files as a source: JSON lines as they are, CSV and Parquet through a mapping. Resumable, and done once however often run."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rtlakehouse.clock import Clock
from rtlakehouse.contract.mapping import Mapper, Mapping
from rtlakehouse.errors import SourceError, UsageError
from rtlakehouse.ingest.appender import BronzeAppender
from rtlakehouse.ingest.bytestream import COMPRESSED, beginning_of
from rtlakehouse.ingest.lines import read_lines
from rtlakehouse.ingest.records import records
from rtlakehouse.ingest.tables import Rows, parquet_total, read_csv, read_parquet
from rtlakehouse.storage.lake import Lake

__all__ = ["CHUNK_BYTES", "FileSource", "Progress", "open_file"]

# Events of up to 64 KiB make a chunk of 100,000 larger than an Arrow array may be, and than memory should be asked for.
CHUNK_BYTES = 64 << 20
_BATCH_ROWS = 50_000
_BLOCK_BYTES = 1 << 20
_PARQUET = b"PAR1"
_ZIP = b"PK\x03\x04"


class _Form(Enum):
    LINES = "JSON lines"
    CSV = "CSV"
    PARQUET = "Parquet"


@dataclass(frozen=True)
class Progress:
    """How far a file is: records in bronze, how many of them were there before this run, and how many there will be.

    `total` is an estimate, except for Parquet, which says; None before the first chunk, and for compressed files.
    """

    records: int
    resumed_from: int
    total: int | None


@dataclass(frozen=True)
class FileSource:
    """One file to replay. `topic` is its name and what identifies its content, tenant and mapping: the same file is the same
    source wherever it lies. Under another name it is another source, whose events are then duplicates."""

    path: Path
    topic: str
    tenant_id: str
    mapping: Mapping | None
    received_now: bool
    form: _Form

    def replay(
        self, lake: Lake, clock: Clock, chunk_events: int, *, rate: float | None = None, chunk_bytes: int = CHUNK_BYTES
    ) -> Iterator[Progress]:
        """Append the file's records to bronze, chunk by chunk; yields after each chunk, which is then durable.

        A file that was replayed before, wholly or in part, goes on where bronze says it stopped. rate: at most this many events a
        second. Raises SourceError where the file cannot be read on, MappingError where the mapping does not fit.
        """
        appender = BronzeAppender(lake, f"file:{self.topic}")
        done = resumed_from = appender.progress + 1
        started = clock.monotonic()
        yield Progress(done, resumed_from, self._total(0, 0))
        sent_bytes = 0
        size = chunk_events if rate is None else max(1, min(chunk_events, int(rate)))
        for chunk in _chunks(self._payloads(done), size, chunk_bytes):
            now = clock.now()
            appender.append(self._records(chunk, done, now), done + len(chunk) - 1)
            done += len(chunk)
            sent_bytes += chunk.nbytes
            yield Progress(done, resumed_from, self._total(done - resumed_from, sent_bytes))
            if rate is not None:
                clock.sleep(max(0.0, (done - resumed_from) / rate - (clock.monotonic() - started)))

    def _total(self, records_read: int, bytes_read: int) -> int | None:
        if self.form is _Form.PARQUET:
            return parquet_total(self.path)
        if not bytes_read or self.path.suffix.lower() in COMPRESSED:
            return None
        return int(self.path.stat().st_size * records_read / bytes_read)

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
        if self.form is _Form.LINES:
            return _skipping(read_lines(self.path), skip)
        read = read_csv if self.form is _Form.CSV else read_parquet
        return self._mapped(read(self.path, skip, _BATCH_ROWS))

    def _mapped(self, batches: Iterator[Rows]) -> Iterator[pa.Array]:
        first = next(batches, None)
        if first is None:
            return
        with closing(Mapper(first.table.schema, self.mapping, is_text=self.form is _Form.CSV)) as mapper:
            for rows in batches:
                yield _with_misfits(mapper.texts(rows.table).cast(pa.binary()), rows.misfits)


def open_file(path: Path, tenant_id: str, mapping: Mapping | None, *, received_now: bool) -> FileSource:
    """A file as a source. Reads it once, to tell by its content whether it was replayed before.

    Raises UsageError for what is no such file, SourceError for one that cannot be read.
    """
    if path.is_dir():
        raise UsageError(f"{path} is a directory; name the files in it.")
    if not path.is_file():
        raise UsageError(f"There is no file {path}.")
    form = _form(path, beginning_of(path))
    if mapping is not None and form is _Form.LINES:
        raise UsageError(f"{path} is taken for JSON lines, which need no mapping; mappings are for CSV (.csv, .tsv) and Parquet.")
    how = f"{tenant_id}|{mapping.fingerprint if mapping else ''}"
    identity = hashlib.blake2b(f"{_fingerprint(path)}|{how}".encode(), digest_size=8).hexdigest()
    return FileSource(path, f"{path.name}@{identity}", tenant_id, mapping, received_now, form)


def _form(path: Path, start: bytes) -> _Form:
    """What a file is: Parquet by how it begins or by its name, CSV by its name, else JSON lines."""
    suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() not in COMPRESSED]
    last = suffixes[-1] if suffixes else ""
    if start.startswith(_ZIP):
        raise UsageError(f"{path} is a ZIP archive or an Excel file; unpack it, or save it as CSV.")
    if last == ".parquet" or start.startswith(_PARQUET):
        return _Form.PARQUET
    return _Form.CSV if last in (".csv", ".tsv") else _Form.LINES


def _fingerprint(path: Path) -> str:
    content = hashlib.blake2b(digest_size=8)
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK_BYTES):
                content.update(block)
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror or error}.") from error
    return content.hexdigest()


def _with_misfits(events: pa.Array, misfits: dict[int, bytes]) -> pa.Array:
    """The events of the rows that fit, and the others at their places."""
    if not misfits:
        return events
    count = len(events) + len(misfits)
    places = np.fromiter(misfits, np.int64, len(misfits))
    order = np.empty(count, np.int64)
    order[np.setdiff1d(np.arange(count), places)] = np.arange(len(events))
    order[places] = np.arange(len(events), count)
    return pa.concat_arrays([events, pa.array(misfits.values(), pa.binary())]).take(pa.array(order))


def _skipping(arrays: Iterator[pa.Array], skip: int) -> Iterator[pa.Array]:
    for array in arrays:
        if skip < len(array):
            yield array.slice(skip)
        skip = max(0, skip - len(array))


def _chunks(arrays: Iterator[pa.Array], size: int, max_bytes: int) -> Iterator[pa.Array]:
    """The same records in arrays of up to `size` of them and up to `max_bytes`; a larger one is an array of its own."""
    waiting: list[pa.Array] = []
    count = held = 0
    for array in arrays:
        rest = array
        while len(rest):
            fitting = _fitting(rest, size - count, max_bytes - held)
            if count and not fitting:
                yield pa.concat_arrays(waiting)
                waiting, count, held = [], 0, 0
                continue
            part = rest.slice(0, max(1, fitting))
            waiting.append(part)
            count, held = count + len(part), held + part.nbytes
            rest = rest.slice(len(part))
    if count:
        yield pa.concat_arrays(waiting)


def _fitting(array: pa.Array, events: int, size_bytes: int) -> int:
    """How many of the first records of an array are at most so many and so many bytes."""
    if len(array) <= events and array.nbytes <= size_bytes:
        return len(array)
    sizes = np.cumsum(pc.binary_length(array.slice(0, events)).to_numpy(zero_copy_only=False), dtype=np.int64)
    return int(np.searchsorted(sizes, size_bytes, "right"))
