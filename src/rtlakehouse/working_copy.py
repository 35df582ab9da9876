"""What the working copy of a lake with a home in an object store is called."""

from __future__ import annotations

import hashlib
import re

__all__ = ["folder_of"]


def folder_of(address: str) -> str:
    """The name of the directory for the lake of an address: readable, and another one for each."""
    place = address.rstrip("/")
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", place.partition("://")[2]).strip("-.")
    return f"{name}-{hashlib.blake2b(place.encode(), digest_size=4).hexdigest()}"
