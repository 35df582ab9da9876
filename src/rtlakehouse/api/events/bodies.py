"""Request bodies of posted events: received within limits, decompressed within limits, cut into records byte for byte."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Sequence

import msgspec
from fastapi import Request

from rtlakehouse.errors import BodyTooLargeError, SlowBodyError, UsageError

__all__ = ["cut", "receive"]

_GZIP = 16 + zlib.MAX_WBITS
_ARRAY = msgspec.json.Decoder(list[msgspec.Raw])
_ANY = msgspec.json.Decoder(msgspec.Raw)


async def receive(request: Request, max_bytes: int, timeout_s: float) -> bytes:
    """The whole body, decompressed. Raises BodyTooLargeError as soon as it is too large, SlowBodyError at the deadline."""
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("identity", "gzip"):
        raise UsageError(f"Content-Encoding {encoding!r} is not taken; send gzip or none.")
    try:
        async with asyncio.timeout(timeout_s):
            body = await _read(request, max_bytes)
    except TimeoutError:
        raise SlowBodyError(f"The body did not arrive within {timeout_s:g} s; send smaller batches.") from None
    return _gunzip(body, max_bytes) if encoding == "gzip" else body


async def _read(request: Request, max_bytes: int) -> bytes:
    parts = bytearray()
    async for part in request.stream():
        parts += part
        if len(parts) > max_bytes:
            raise _too_large(max_bytes)
    return bytes(parts)


def _gunzip(body: bytes, max_bytes: int) -> bytes:
    """All members of a gzip body; stops at the limit, so that a small body cannot become a large one."""
    out = bytearray()
    try:
        while body:
            member = zlib.decompressobj(_GZIP)
            out += member.decompress(body, max_bytes + 1 - len(out))
            if len(out) > max_bytes:
                raise _too_large(max_bytes)
            if not member.eof:
                raise UsageError("The gzip body ends too early; send it whole.")
            body = member.unused_data
    except zlib.error as error:
        raise UsageError(f"The body is not gzip: {error}.") from error
    return bytes(out)


def _too_large(max_bytes: int) -> BodyTooLargeError:
    return BodyTooLargeError(f"The body is over {max_bytes:,} bytes; send smaller batches.")


def cut(body: bytes, content_type: str) -> Sequence[bytes]:
    """The records of a body: the lines of NDJSON whatever they hold, the elements of a JSON array, or the one JSON value.

    Raises UsageError where the body as a whole is neither.
    """
    if content_type.partition(";")[0].strip().lower() in ("application/x-ndjson", "application/jsonl", "application/ndjson"):
        found: Sequence[bytes] = [line.removesuffix(b"\r") for line in body.split(b"\n")]
        found = [line for line in found if line]
    else:
        found = _json(body)
    if not found:
        raise UsageError("The body holds no event; send one JSON object, an array of them, or NDJSON.")
    return found


def _json(body: bytes) -> Sequence[bytes]:
    try:
        if body.lstrip()[:1] == b"[":
            return [bytes(element).strip() for element in _ARRAY.decode(body)]
        return [bytes(_ANY.decode(body)).strip()]
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        hint = "send one JSON object or an array of them, or NDJSON with Content-Type application/x-ndjson"
        raise UsageError(f"The body is not JSON ({error}); {hint}. Nothing of it was stored.") from error
