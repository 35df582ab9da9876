"""JSON as the contract reads it: RFC 8259 alone, of two members of one name the first, numbers kept as they are written."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

__all__ = ["Number", "read", "written"]


class Number(str):
    """The text of a JSON number, told apart from a JSON string."""


def read(text: str) -> Any:
    """The value of a JSON text. Raises ValueError for what is none, RecursionError for nesting that goes too deep."""
    return json.loads(text, parse_int=Number, parse_float=Number, parse_constant=_refuse, object_pairs_hook=_first_wins)


def written(value: Any) -> str:
    """The JSON text of what `read` gave, or of values of Python's own; numbers that were read are written as they were."""
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(name)}:{written(member)}" for name, member in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(written, value)) + "]"
    return json.dumps(value, allow_nan=False)


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")


def _first_wins(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        found.setdefault(key, value)
    return found
