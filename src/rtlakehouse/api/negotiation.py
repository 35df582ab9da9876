"""What a request's `Accept` and `If-None-Match` say, by RFC 9110."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rtlakehouse.errors import NotAcceptableError

__all__ = ["ANY", "choose", "matches", "tags"]

ANY = "*"
_TAG = re.compile(r'\s*(?:W/)?"([\x21\x23-\x7e\x80-\xff]*)"\s*(?:,|$)')
_QUALITY = re.compile(r"\s*[qQ]=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)\s*")


def choose(accept: str, offered: Sequence[str]) -> str:
    """The media type of `offered` that `accept` likes best; of those it likes equally, the one offered first.

    The most specific range that fits a type gives its quality (RFC 9110, 12.5.1). Raises NotAcceptableError where none is liked.
    """
    ranges = [_range(part) for part in accept.split(",") if part.strip()] or [("*/*", 1.0)]
    best = max(offered, key=lambda media_type: _quality(media_type, ranges))
    if _quality(best, ranges) == 0:
        raise NotAcceptableError(f"Accept: {accept!r} takes none of what there is: {', '.join(offered)}.")
    return best


def _range(part: str) -> tuple[str, float]:
    media_range, *parameters = part.split(";")
    weights = [match[1] for parameter in parameters if (match := _QUALITY.fullmatch(parameter))]
    return media_range.strip().lower(), float(weights[0]) if weights else 1.0


def _quality(media_type: str, ranges: Sequence[tuple[str, float]]) -> float:
    for wanted in (media_type, f"{media_type.partition('/')[0]}/*", "*/*"):
        found = [quality for media_range, quality in ranges if media_range == wanted]
        if found:
            return max(found)
    return 0.0


def tags(header: str) -> frozenset[str]:
    """The opaque tags that an `If-None-Match` lists, weak or strong; {ANY} for `*`; nothing where it is not well-formed."""
    if header.strip() == ANY:
        return frozenset({ANY})
    found, at = set(), 0
    while at < len(header):
        match = _TAG.match(header, at)
        if match is None:
            return frozenset()
        found.add(match[1])
        at = match.end()
    return frozenset(found)


def matches(listed: frozenset[str], etag: str) -> bool:
    """Whether one of the tags is this one, by weak comparison, as `If-None-Match` asks for."""
    return etag.strip('"') in listed
