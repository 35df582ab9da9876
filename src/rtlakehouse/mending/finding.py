"""Which records of bronze are of a person: by their `user_id`, or, where they have none that can be read, by whatever they hold.

A record whose `user_id` is another's is another's, whatever else it says: the id in one of its other members is a mention, which
is counted and left. Everything else is in quarantine, or would be, so to take one too many changes no figure.
"""

from __future__ import annotations

import json
from enum import Enum
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rtlakehouse.contract import strict_json

__all__ = ["Person", "Told", "names", "told_of"]


class Person(NamedTuple):
    """A user of a tenant."""

    tenant_id: str
    user_id: str


class Told(Enum):
    """What a record has to do with a person."""

    NOTHING = 0
    MENTION = 1
    OF_THEM = 2


def told_of(rows: pa.Table, person: Person) -> np.ndarray:
    """For each row of bronze of the person's tenant (`raw`, and `key` where there is one), the value of its `Told`."""
    found = np.full(len(rows), Told.NOTHING.value)
    keys = rows["key"] if "key" in rows.column_names else pa.chunked_array([pa.nulls(len(rows), pa.binary())])
    for i in np.flatnonzero(_near(rows["raw"], keys, person.user_id.encode())):
        found[i] = _told(rows["raw"][i].as_py(), keys[i].as_py(), person.user_id).value
    return found


def _near(raw: pa.ChunkedArray, keys: pa.ChunkedArray, user_id: bytes) -> np.ndarray:
    """The rows worth a closer look: with the id in them, or with a backslash, after which JSON may spell it otherwise."""
    holding = pc.or_(pc.match_substring(raw, user_id), pc.match_substring(raw, b"\\"))
    return np.array(pc.or_(holding, pc.fill_null(pc.equal(keys, pa.scalar(user_id)), False)), bool)


def _told(raw: bytes, key: bytes | None, user_id: str) -> Told:
    # Bytes that are no text are left out: what is around them may still be the id.
    text = raw.decode("utf-8", "ignore")
    document = _document(text)
    owner = document.get("user_id") if isinstance(document, dict) else None
    if isinstance(owner, str) and owner == user_id:
        return Told.OF_THEM
    holds = key == user_id.encode() or any(spelling in text for spelling in _spellings(user_id)) or _is_in(document, user_id)
    if not holds:
        return Told.NOTHING
    return Told.MENTION if isinstance(owner, str) and owner else Told.OF_THEM


def _document(text: str) -> Any:
    """What the record says; None where it is no JSON."""
    try:
        return strict_json.read(text)
    except (ValueError, RecursionError):
        return None


def names(content: bytes, user_id: str) -> bool:
    """Whether a file holds the id as a JSON string, as one within a JSON string, as bounds are in a log, or as one of SQL."""
    spelled = json.dumps(user_id)[1:-1].encode()
    return any(quote + spelled + quote in content for quote in (b'"', b'\\"', b"'"))


def _spellings(user_id: str) -> set[str]:
    """The id as a JSON string, for records that can only be searched."""
    return {json.dumps(user_id), json.dumps(user_id, ensure_ascii=False)}


def _is_in(value: Any, user_id: str) -> bool:
    """Whether one of the values in it is the id, however it is spelled."""
    if isinstance(value, dict):
        return any(_is_in(member, user_id) for member in value.values())
    if isinstance(value, list):
        return any(_is_in(member, user_id) for member in value)
    return isinstance(value, str) and not isinstance(value, strict_json.Number) and value == user_id
