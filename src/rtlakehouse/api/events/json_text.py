"""JSON text by its grammar alone (RFC 8259): any depth, any escape. Slow; a faster parser is asked first."""

from __future__ import annotations

import re

__all__ = ["JsonTextError", "elements"]

_SPACE = re.compile(rb"[ \t\n\r]*")
_SCALAR = re.compile(
    rb'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"'
    rb"|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null"
)
_STRING = re.compile(rb'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"')
_CLOSING = {b"[": b"]", b"{": b"}"}


class JsonTextError(ValueError):
    """The text is not JSON."""


def elements(text: bytes) -> list[bytes]:
    """The elements of the array that `text` is, as they are written, or the one value that it is. Raises JsonTextError."""
    start = _space(text, 0)
    if text[start : start + 1] != b"[":
        end = _value(text, start)
        found = [text[start:end]]
    else:
        found, end = _array(text, start + 1)
    if _space(text, end) != len(text):
        raise _at(end, "more text after the value")
    return found


def _array(text: bytes, at: int) -> tuple[list[bytes], int]:
    found: list[bytes] = []
    at = _space(text, at)
    if text[at : at + 1] == b"]":
        return found, at + 1
    while True:
        start = _space(text, at)
        end = _value(text, start)
        found.append(text[start:end])
        at = _space(text, end) + 1
        if text[at - 1 : at] == b"]":
            return found, at
        if text[at - 1 : at] != b",":
            raise _at(at - 1, "expected , or ]")


def _value(text: bytes, at: int) -> int:
    """Where the value that begins at `at` ends. What is open is on a list, not on the call stack."""
    open_brackets: list[bytes] = []
    while True:
        opening = text[at : at + 1]
        if opening in _CLOSING and opening:
            inside = _space(text, at + 1)
            if text[inside : inside + 1] != _CLOSING[opening]:
                open_brackets.append(opening)
                at = _key(text, inside) if opening == b"{" else inside
                continue
            at = inside + 1
        else:
            at = _scalar(text, at)
        at = _closed(text, at, open_brackets)
        if not open_brackets:
            return at
        at = _space(text, at + 1)
        if open_brackets[-1] == b"{":
            at = _key(text, at)


def _closed(text: bytes, at: int, open_brackets: list[bytes]) -> int:
    """Behind a value: close what closes here. Where the next comma is, or, when nothing is open any more, the end."""
    while open_brackets:
        at = _space(text, at)
        found = text[at : at + 1]
        if found == b",":
            return at
        if found != _CLOSING[open_brackets[-1]]:
            raise _at(at, f"expected , or {_CLOSING[open_brackets[-1]].decode()}")
        open_brackets.pop()
        at += 1
    return at


def _key(text: bytes, at: int) -> int:
    """Behind the name and the colon that begin at `at`."""
    name = _STRING.match(text, at)
    if name is None:
        raise _at(at, "expected a name in quotes")
    at = _space(text, name.end())
    if text[at : at + 1] != b":":
        raise _at(at, "expected :")
    return _space(text, at + 1)


def _scalar(text: bytes, at: int) -> int:
    found = _SCALAR.match(text, at)
    if found is None:
        raise _at(at, "expected a value")
    return found.end()


def _space(text: bytes, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _at(at: int, what: str) -> JsonTextError:
    return JsonTextError(f"{what} at byte {at:,}")
