"""The bytes of a file as it is meant: what is compressed is decompressed, told by how it begins and not by its name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pyarrow as pa

from rtlakehouse.errors import SourceError

__all__ = ["COMPRESSED", "beginning_of", "opened"]

COMPRESSED = {".gz": b"\x1f\x8b", ".bz2": b"BZh", ".zst": b"\x28\xb5\x2f\xfd"}
_CODECS = {".gz": "gzip", ".bz2": "bz2", ".zst": "zstd"}


def beginning_of(path: Path) -> bytes:
    """The first bytes of a file, enough to tell what it is. Raises SourceError."""
    try:
        with path.open("rb") as file:
            return file.read(8)
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror or error}.") from error


@contextmanager
def opened(path: Path) -> Iterator[IO[Any]]:
    """The file's bytes, decompressed. Raises SourceError, also inside the block, where it cannot be read or is torn."""
    start = beginning_of(path)
    codec = next((_CODECS[suffix] for suffix, magic in COMPRESSED.items() if start.startswith(magic)), None)
    try:
        with pa.input_stream(str(path), compression=codec) as stream:
            yield stream
    except OSError as error:
        raise SourceError(f"{path} cannot be read on: {error}. What was read before it stands.") from error
