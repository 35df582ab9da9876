"""What no log line may say: keys, passwords, tokens, wherever in a line they are."""

from __future__ import annotations

import re
from collections.abc import Mapping, MutableMapping
from typing import Any

__all__ = ["HIDDEN", "without_secrets"]

HIDDEN = "[hidden]"

_WORDS = r"password|passwd|secret|token|api[-_.]?key"
# Fields that are secrets by their names, also within a name such as `sasl.password`.
_NAMES = re.compile(rf"{_WORDS}|authorization|credential|sasl[._]jaas", re.IGNORECASE)
_TEXTS = (
    # A key of ours. Its id stays: it is what a key is told apart by, and good for nothing.
    (re.compile(r"\b(rtl_[a-z0-9]+)_[a-z0-9]{8,}"), rf"\1_{HIDDEN}"),
    # The password of an address: scheme://user:password@host.
    (re.compile(r"(\b[a-z][a-z0-9+.-]*://[^\s/:@]*):[^\s/]+@", re.IGNORECASE), rf"\1:{HIDDEN}@"),
    (re.compile(r"\b(Bearer|Basic)\s+[\w.~+/=-]+", re.IGNORECASE), rf"\1 {HIDDEN}"),
    # password=..., "sasl.password": "...", as options are written in messages of libraries.
    (re.compile(rf"((?:{_WORDS})[\"']?\s*[=:]\s*)[\"']?[^\s,;&\"']+[\"']?", re.IGNORECASE), rf"\1{HIDDEN}"),
)


def without_secrets(_: Any, __: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A processor of structlog: the line without secrets, in whatever field and however deep."""
    return {name: _clean(name, value) for name, value in line.items()}


def _clean(name: str, value: Any) -> Any:
    if _NAMES.search(name) and isinstance(value, str | bytes):
        return HIDDEN
    if isinstance(value, str):
        return _clean_text(value)
    if isinstance(value, Mapping):
        return {key: _clean(str(key), inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean(name, inner) for inner in value]
    return value if value is None or isinstance(value, bool | int | float) else _clean_text(str(value))


def _clean_text(text: str) -> str:
    for pattern, replacement in _TEXTS:
        text = pattern.sub(replacement, text)
    return text
