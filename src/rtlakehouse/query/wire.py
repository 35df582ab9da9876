"""What goes over the pipes between this process and a worker: frames of a length and that many bytes."""

from __future__ import annotations

from typing import IO, Any

import msgspec
import pyarrow as pa

__all__ = ["EXIT_OUT_OF_MEMORY", "Failure", "Relation", "Task", "packed", "receive", "send", "unpacked"]

# The status of a worker that could not say that it has no memory left.
EXIT_OUT_OF_MEMORY = 75
_LENGTH_BYTES = 8


class Relation(msgspec.Struct, frozen=True):
    """A table as the worker makes it, of its files by what is known of them.

    own: a query over files of nobody else's rows, read when asked. mixed: one over files of several tenants; its rows of this
    tenant are copied before the statement is known. rows: what it holds, as Arrow IPC, where there are no files. paths: the files
    of `own`, the only ones that stay open to the statement.
    """

    layer: str
    name: str
    rows: bytes
    own: str = ""
    mixed: str = ""
    paths: list[str] = []


class Task(msgspec.Struct, frozen=True):
    """One statement to run. parameters: by position or by name."""

    tenant_id: str
    relations: list[Relation]
    sql: str
    parameters: list[Any] | dict[str, Any]


class Failure(msgspec.Struct, frozen=True):
    """Why there is no result. kind: `statement` is the writer's to mend, `memory` and `size` are limits, `file` is one lost."""

    kind: str
    message: str


def send(stream: IO[bytes], content: bytes) -> None:
    """One frame."""
    stream.write(len(content).to_bytes(_LENGTH_BYTES, "big"))
    stream.write(content)
    stream.flush()


def receive(stream: IO[bytes], max_bytes: int) -> bytes:
    """The next frame. Raises EOFError where the other end is gone, or says more than `max_bytes`."""
    length = int.from_bytes(_exactly(stream, _LENGTH_BYTES), "big")
    if length > max_bytes:
        raise EOFError
    return _exactly(stream, length)


def _exactly(stream: IO[bytes], count: int) -> bytes:
    found = stream.read(count)
    if len(found) < count:
        raise EOFError
    return found


def packed(rows: pa.Table) -> bytes:
    """Rows as Arrow IPC."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema) as writer:
        writer.write_table(rows)
    return bytes(sink.getvalue())


def unpacked(content: bytes) -> pa.Table:
    """The rows that `packed` made these bytes of."""
    with pa.ipc.open_stream(content) as reader:
        return reader.read_all()
