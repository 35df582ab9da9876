"""Ids as Qdrant has them: a UUID made of ours, which is kept in the payload."""

from __future__ import annotations

import uuid

__all__ = ["ID", "number_of"]

# The payload's member for the id.
ID = "_id"
_NAMES = uuid.UUID("6f0e3b52-6c5f-4b0e-9a55-1f8b7d0e2c41")


def number_of(id_: str) -> str:
    """The UUID that stands for an id."""
    return str(uuid.uuid5(_NAMES, id_))
