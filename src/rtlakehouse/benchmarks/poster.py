"""Posts as fast as the server answers. A bare HTTP/1.1 client: the machine's two cores are for the server.

A client library takes half a millisecond of processor time a post, more than the server; so the bytes are put together once and
of the answer only the status and the length are looked at.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator

from rtlakehouse.errors import RtlError

__all__ = ["post_all"]

_FULL = (b"429", b"503")
_PAUSE_S = 0.02


def post_all(port: int, key: str, bodies: Iterable[bytes], connections: int) -> int:
    """Post each body once, over so many connections, each waiting for its answer before its next post.

    The value is how often the server said it was full, after which the post was made again. Raises RtlError for any other answer
    than 202.
    """
    return asyncio.run(_post_all(port, _head(key), iter(bodies), connections))


async def _post_all(port: int, head: bytes, bodies: Iterator[bytes], connections: int) -> int:
    return sum(await asyncio.gather(*(_post_by_one(port, head, bodies) for _ in range(connections))))


async def _post_by_one(port: int, head: bytes, bodies: Iterator[bytes]) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    full = 0
    for body in bodies:
        message = b"%bContent-Length: %d\r\n\r\n%b" % (head, len(body), body)
        writer.write(message)
        while (status := await _status(reader)) != b"202":
            if status not in _FULL:
                raise RtlError(f"A post was answered {status.decode()}.")
            full += 1
            await asyncio.sleep(_PAUSE_S)
            writer.write(message)
    writer.close()
    return full


def _head(key: str) -> bytes:
    lines = (
        "POST /api/v1/events HTTP/1.1",
        "Host: 127.0.0.1",
        f"Authorization: Bearer {key}",
        "Content-Type: application/x-ndjson",
    )
    return "".join(f"{line}\r\n" for line in lines).encode()


async def _status(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    await reader.readexactly(length)
    return head[9:12]
