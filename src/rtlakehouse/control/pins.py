"""Pins: versions of tables that vacuum leaves alone, for as long as somebody wants them."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, and_, delete, insert, or_, select

from rtlakehouse.clock import Clock
from rtlakehouse.control.audit import ITSELF, Action, record
from rtlakehouse.control.store import Store
from rtlakehouse.control.tables import PINS
from rtlakehouse.errors import NotFoundError, UsageError
from rtlakehouse.settings import Settings

__all__ = ["MAX_NOTE", "HeldPins", "Pin", "Pins", "pinned_versions"]

MAX_NOTE = 500
_ID_BYTES = 6


@dataclass(frozen=True)
class Pin:
    """Versions that are kept, for whom, why and since when; expires_at: None where until somebody removes it."""

    id: str
    tenant_id: str
    versions: Mapping[str, int]
    note: str
    created_at: datetime
    expires_at: datetime | None = None


class Pins:
    """The pins of a store. One that has expired is as if it were not there."""

    def __init__(self, store: Store, clock: Clock, by: str = ITSELF) -> None:
        """by: who changes them, for the audit."""
        self._store = store
        self._clock = clock
        self._by = by

    def create(
        self,
        tenant_id: str,
        versions: Mapping[str, int],
        note: str = "",
        expires_at: datetime | None = None,
        pin_id: str | None = None,
    ) -> Pin:
        """Keep these versions from now on, with an id at random where none is given; where that is there, it stays as it is.

        Raises UsageError for a wrong note or expiry.
        """
        now = self._clock.now()
        if len(note) > MAX_NOTE or not note.isprintable():
            raise UsageError(f"The note of a pin has at most {MAX_NOTE} characters that can be printed.")
        if expires_at is not None and expires_at <= now:
            raise UsageError("`expires_at` is over; name a time to come, or none.")
        pin = Pin(pin_id or secrets.token_hex(_ID_BYTES), tenant_id, dict(versions), note, now, expires_at)
        with self._store.writing() as connection:
            connection.execute(delete(PINS).where(PINS.c.expires_at <= now))
            present = connection.execute(select(PINS).where(PINS.c.id == pin.id)).mappings().first()
            if present is None:
                connection.execute(insert(PINS).values(**_row(pin)))
                record(connection, now, tenant_id, self._by, Action.PIN_CREATE, pin.id, {"versions": pin.versions, "note": note})
        return _pin(present) if present else pin

    def list(self, tenant_id: str | None = None) -> list[Pin]:
        """The pins in force of a tenant, or of all, the oldest first."""
        query = select(PINS).where(self._in_force(tenant_id)).order_by(PINS.c.created_at, PINS.c.id)
        with self._store.reading() as connection:
            return [_pin(row) for row in connection.execute(query).mappings()]

    def versions_of(self, table: str) -> frozenset[int]:
        """The versions of a table that are pinned."""
        return frozenset(pin.versions[table] for pin in self.list() if table in pin.versions)

    def remove(self, pin_id: str, tenant_id: str | None = None) -> Pin:
        """Keep what a pin of a tenant, or of any, kept no longer. Raises NotFoundError."""
        chosen = self._in_force(tenant_id) & (PINS.c.id == pin_id)
        with self._store.writing() as connection:
            row = connection.execute(select(PINS).where(chosen)).mappings().first()
            connection.execute(delete(PINS).where(chosen))
            if row is not None:
                record(connection, self._clock.now(), row["tenant_id"], self._by, Action.PIN_REMOVE, pin_id)
        if row is None:
            raise NotFoundError(f"There is no pin {pin_id!r}; GET /api/v1/pins lists those there are.")
        return _pin(row)

    def _in_force(self, tenant_id: str | None) -> ColumnElement[bool]:
        lasting = or_(PINS.c.expires_at.is_(None), PINS.c.expires_at > self._clock.now())
        return lasting if tenant_id is None else and_(lasting, PINS.c.tenant_id == tenant_id)


class HeldPins:
    """All pins of the store of these settings, for what must know of them or has to end them."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock

    def count(self) -> int:
        """How many are in force. Raises StoreError where that cannot be known."""
        if not Store.is_there(self._settings):
            return 0
        with closing(Store.open(self._settings)) as store:
            return len(Pins(store, self._clock).list())

    def break_all(self, by: str) -> int:
        """Remove those in force, in the name of who wants it; how many."""
        if not Store.is_there(self._settings):
            return 0
        with closing(Store.open(self._settings)) as store:
            pins = Pins(store, self._clock, by)
            return len([pins.remove(pin.id) for pin in pins.list()])


def pinned_versions(settings: Settings, clock: Clock) -> Callable[[str], frozenset[int]]:
    """What the pins in force say of a table, looked up anew each time. The answer raises StoreError where it cannot be known."""

    def of(table: str) -> frozenset[int]:
        if not Store.is_there(settings):
            return frozenset()
        with closing(Store.open(settings)) as store:
            return Pins(store, clock).versions_of(table)

    return of


def _row(pin: Pin) -> dict[str, Any]:
    values = {column.name: getattr(pin, column.name) for column in PINS.c}
    return values | {"versions": json.dumps(pin.versions)}


def _pin(row: RowMapping) -> Pin:
    return replace(Pin(**row), versions=json.loads(row["versions"]))
