"""Request bodies of posted events: decompressed within limits, cut into records byte for byte."""

from __future__ import annotations

import codecs
import re
import zlib
from collections.abc import Sequence

import msgspec
from fastapi import Request
from fastapi.concurrency import run_in_threadpool

from rtlakehouse.api.events.json_text import JsonTextError, elements
from rtlakehouse.api.receiving import too_large
from rtlakehouse.errors import EncodingError, UsageError

__all__ = ["cut", "payloads_of"]

_GZIP = 16 + zlib.MAX_WBITS
# Concatenated gzip files have a few members, block-wise gzip one for each 64 KiB; many more are made to keep us busy.
_MAX_MEMBERS = 10_000
_BLOCK_BYTES = 16 << 10
# Smaller bodies are cut on the event loop, in well under a millisecond; larger ones would hold up everybody else there.
_SMALL_BYTES = 64 << 10
# What is nested too deeply for the fast parser is looked at again by a slow one, up to this size: that takes a second.
_DEEP_BYTES = 1 << 20
# Half a character as an escape: JSON's grammar has it, msgspec refuses it. Its stand-in has the same length.
_HALF = re.compile(rb"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")
_STAND_IN = rb"\\u0041"
_NDJSON = ("application/x-ndjson", "application/jsonl", "application/ndjson")
_ARRAY = msgspec.json.Decoder(list[msgspec.Raw])
_ANY = msgspec.json.Decoder(msgspec.Raw)


async def payloads_of(request: Request, max_bytes: int) -> Sequence[bytes]:
    """The records of a posted body.

    Raises BodyTooLargeError as soon as it is too large once decompressed, EncodingError for a coding that is not taken,
    UsageError for what is neither JSON nor NDJSON, and what receiving it raises (`BoundedBodies`).
    """
    coding = request.headers.get("content-encoding", "identity").strip().lower()
    if coding not in ("identity", "gzip"):
        raise EncodingError(f"Content-Encoding {coding!r} is not taken; send gzip or none.")
    content_type = request.headers.get("content-type", "")
    _check_charset(content_type)
    body = await request.body()

    def payloads() -> Sequence[bytes]:
        return cut(_gunzip(body, max_bytes) if coding == "gzip" else body, content_type)

    if coding == "identity" and len(body) <= _SMALL_BYTES:
        return payloads()
    return await run_in_threadpool(payloads)


def _check_charset(content_type: str) -> None:
    for parameter in content_type.split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name.strip().lower() != "charset":
            continue
        try:
            charset = codecs.lookup(value.strip().strip('"')).name
        except LookupError:
            charset = value.strip()
        if charset not in ("utf-8", "ascii"):
            raise EncodingError(f"JSON is UTF-8; charset {charset} is not taken. Send UTF-8.")


def _gunzip(body: bytes, max_bytes: int) -> bytes:
    """All members of a gzip body; stops at the limit, so that a small body cannot become a large one."""
    out = bytearray()
    view, at, members = memoryview(body), 0, 0
    try:
        while at < len(view):
            members += 1
            if members > _MAX_MEMBERS:
                raise UsageError(f"The gzip body has more than {_MAX_MEMBERS:,} members; compress it as one.")
            at = _member(view, at, out, max_bytes)
    except zlib.error as error:
        raise UsageError(f"The body is not gzip: {error}.") from error
    return bytes(out)


def _member(view: memoryview, at: int, out: bytearray, max_bytes: int) -> int:
    """Decompress the member at `at`; where the next one begins. Block by block, for each block that is left over is copied."""
    member = zlib.decompressobj(_GZIP)
    while not member.eof:
        if at == len(view):
            raise UsageError("The gzip body ends too early; send it whole.")
        block = view[at : at + _BLOCK_BYTES]
        out += member.decompress(block, max_bytes + 1 - len(out))
        if len(out) > max_bytes:
            raise too_large(max_bytes)
        at += len(block) - len(member.unused_data) - len(member.unconsumed_tail)
    return at


def cut(body: bytes, content_type: str) -> Sequence[bytes]:
    """The records of a body: the lines of NDJSON whatever they hold, the elements of a JSON array, or the one JSON value.

    Raises UsageError where the body as a whole is neither.
    """
    if content_type.partition(";")[0].strip().lower() in _NDJSON:
        lines = (line.removesuffix(b"\r") for line in body.split(b"\n"))
        found: Sequence[bytes] = [line for line in lines if line]
    else:
        found = _json(body)
    if not found:
        raise UsageError("The body holds no event; send one JSON object, an array of them, or NDJSON.")
    return found


def _json(body: bytes) -> Sequence[bytes]:
    if not body.strip():
        return []
    try:
        return _elements(body)
    except (msgspec.MsgspecError, RecursionError):
        return _second_look(body)


def _elements(body: bytes) -> Sequence[bytes]:
    if body.lstrip()[:1] == b"[":
        return [bytes(element).strip() for element in _ARRAY.decode(body)]
    return [bytes(_ANY.decode(body)).strip()]


def _second_look(body: bytes) -> Sequence[bytes]:
    """msgspec refuses some JSON that the contract only quarantines: what is nested deeply, and escapes of half a character."""
    try:
        return _cut_alike(body, _HALF.sub(_STAND_IN, body))
    except RecursionError as error:
        if len(body) > _DEEP_BYTES:
            raise UsageError("The body is nested too deeply to be cut; send its events as NDJSON. Nothing was stored.") from error
    except msgspec.MsgspecError as error:
        raise _not_json(error) from error
    try:
        return elements(body)
    except JsonTextError as error:
        raise _not_json(error) from error


def _cut_alike(body: bytes, like: bytes) -> Sequence[bytes]:
    """The records of `body`, which are where those of `like` are."""
    found, at = [], 0
    for element in _elements(like):
        at = like.index(element, at)
        found.append(body[at : at + len(element)])
        at += len(element)
    return found


def _not_json(error: Exception) -> UsageError:
    hint = "Send one JSON object or an array of them, or NDJSON with Content-Type application/x-ndjson"
    return UsageError(f"The body is not JSON ({error}). {hint}. Nothing of it was stored.")
