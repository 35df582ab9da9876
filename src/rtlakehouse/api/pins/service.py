"""Pinning what is still there, and telling of pins."""

from __future__ import annotations

import hashlib

from rtlakehouse.api.access import Caller
from rtlakehouse.api.deps import Parts
from rtlakehouse.api.pins.schemas import PinBody, PinnedVersions
from rtlakehouse.clock import isoformat
from rtlakehouse.control import Pin, Pins
from rtlakehouse.errors import KeyReusedError
from rtlakehouse.storage.vacuumed import nothing_removed

__all__ = ["pin", "pins_of", "told"]


def pins_of(parts: Parts, caller: Caller) -> Pins:
    return Pins(parts.store, parts.clock, caller.who)


def pin(parts: Parts, body: PinBody, caller: Caller, key: str | None) -> Pin:
    """Pin what is asked for; with a key that was used before, the pin that it made.

    Raises as `Catalog.snapshot`, VersionGoneError for what was vacuumed, and KeyReusedError for a key that made another pin.
    """
    pin_id = _id_of(caller.tenant_id, key) if key else None
    with nothing_removed(parts.lake):
        snapshot = parts.catalog.snapshot(body.versions)
        snapshot.raise_if_gone(snapshot.versions)
        found = pins_of(parts, caller).create(caller.tenant_id, snapshot.versions, body.note, body.expires_at, pin_id)
    is_as_asked = body.versions is None or found.versions == snapshot.versions
    if not is_as_asked or (found.note, found.expires_at) != (body.note, body.expires_at):
        raise KeyReusedError(f"Idempotency-Key {key!r} was used for another pin. Nothing was pinned; give each its own key.")
    return found


def _id_of(tenant_id: str, key: str) -> str:
    return hashlib.blake2b(f"{tenant_id}|{key}".encode(), digest_size=6).hexdigest()


def told(found: Pin) -> PinnedVersions:
    return PinnedVersions(
        id=found.id,
        versions=dict(found.versions),
        as_of=",".join(f"{name}={version}" for name, version in found.versions.items()),
        note=found.note,
        created_at=isoformat(found.created_at),
        expires_at=isoformat(found.expires_at) if found.expires_at else None,
    )
