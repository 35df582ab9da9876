"""API keys: made, listed, revoked, recognised. Only a hash of each is kept."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import string
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, func, insert, select, update

from rtlakehouse.clock import Clock
from rtlakehouse.control.audit import ITSELF, Action, record
from rtlakehouse.control.roles import Role
from rtlakehouse.control.store import Store
from rtlakehouse.control.tables import API_KEYS
from rtlakehouse.errors import NotFoundError, UsageError
from rtlakehouse.ingest.records import TENANT_PATTERN

__all__ = ["MAX_NAME", "ApiKey", "Keys", "derived", "text_of"]

MAX_NAME = 128
_ALPHABET = string.ascii_lowercase + string.digits
_ID_LENGTH = 8
_INSTANT = timedelta(microseconds=1)
# 40 of 36 letters are 206 bits.
_SECRET_LENGTH = 40
_KEY = re.compile(rf"rtl_([a-z0-9]{{{_ID_LENGTH}}})_[a-z0-9]{{{_SECRET_LENGTH}}}")


@dataclass(frozen=True)
class ApiKey:
    """A key without its secret. id: the part of it that may be shown."""

    id: str
    name: str
    tenant_id: str
    role: Role
    created_at: datetime
    revoked_at: datetime | None = None


class Keys:
    """The keys of a store."""

    def __init__(self, store: Store, clock: Clock, by: str = ITSELF) -> None:
        """by: who changes them, for the audit."""
        self._store = store
        self._clock = clock
        self._by = by

    def create(self, tenant_id: str, role: Role, name: str = "", secret: str | None = None) -> tuple[ApiKey, str]:
        """A new key, and its text, which is kept nowhere: show it once. Raises UsageError for a tenant or name that is none.

        secret: as `derived` makes one; by default one at random.
        """
        made = self._made(tenant_id, role, name, secret)
        with self._store.writing() as connection:
            return self._inserted(connection, *made)

    def _made(self, tenant_id: str, role: Role, name: str, secret: str | None = None) -> tuple[ApiKey, str]:
        if not re.fullmatch(TENANT_PATTERN, tenant_id):
            raise UsageError(f"The tenant {tenant_id!r} must match {TENANT_PATTERN}: lower case letters, digits, underscores.")
        if len(name) > MAX_NAME or not name.isprintable():
            raise UsageError(f"A key's name has at most {MAX_NAME} characters that can be printed.")
        key = ApiKey(_random(_ID_LENGTH), name, tenant_id, role, self._clock.now())
        return key, text_of(key.id, secret or _random(_SECRET_LENGTH))

    def create_first(self, tenant_id: str, role: Role, name: str = "") -> tuple[ApiKey, str] | None:
        """The store's first key, as `create` makes it; None where there were others, if only revoked ones."""
        made = self._made(tenant_id, role, name)
        with self._store.writing() as connection:
            if connection.scalar(select(API_KEYS.c.id).limit(1)) is not None:
                return None
            return self._inserted(connection, *made)

    def _inserted(self, connection: Connection, key: ApiKey, text: str) -> tuple[ApiKey, str]:
        newest = connection.scalar(select(func.max(API_KEYS.c.created_at)))
        if newest is not None and newest >= key.created_at:
            # Their times are their order, also of those that are made in one instant.
            key = replace(key, created_at=newest + _INSTANT)
        connection.execute(insert(API_KEYS).values(**_row(key), digest=_digest(text)))
        detail = {"role": key.role.value, "name": key.name}
        record(connection, self._clock.now(), key.tenant_id, self._by, Action.KEY_CREATE, key.id, detail)
        return key, text

    def list(self, tenant_id: str | None = None) -> list[ApiKey]:
        """The keys of a tenant, or of all, in the order they were made; those that were revoked too."""
        query = select(API_KEYS).order_by(API_KEYS.c.created_at, API_KEYS.c.id)
        if tenant_id is not None:
            query = query.where(API_KEYS.c.tenant_id == tenant_id)
        with self._store.reading() as connection:
            return [_key(row) for row in connection.execute(query).mappings()]

    def revoke(self, key_id: str, tenant_id: str | None = None) -> ApiKey:
        """Let a key of a tenant, or of any, be good for nothing from now on. Again is the same. Raises NotFoundError."""
        chosen = API_KEYS.c.id == key_id
        if tenant_id is not None:
            chosen &= API_KEYS.c.tenant_id == tenant_id
        with self._store.writing() as connection:
            still_good = chosen & API_KEYS.c.revoked_at.is_(None)
            ended = connection.execute(update(API_KEYS).where(still_good).values(revoked_at=self._clock.now())).rowcount
            row = connection.execute(select(API_KEYS).where(chosen)).mappings().first()
            if ended and row is not None:
                record(connection, self._clock.now(), row["tenant_id"], self._by, Action.KEY_REVOKE, key_id)
        if row is None:
            raise NotFoundError(f"There is no key {key_id!r}. `rtl keys list` and GET /api/v1/keys say which there are.")
        return _key(row)

    def find(self, text: str) -> ApiKey | None:
        """The key that this is the text of; None for one that is not known, or was revoked."""
        match = _KEY.fullmatch(text)
        if match is None:
            return None
        with self._store.reading() as connection:
            row = connection.execute(select(API_KEYS).where(API_KEYS.c.id == match[1])).mappings().first()
        if row is None or not hmac.compare_digest(row["digest"], _digest(text)) or row["revoked_at"] is not None:
            return None
        return _key(row)


def text_of(key_id: str, secret: str) -> str:
    """The text of a key."""
    return f"rtl_{key_id}_{secret}"


def derived(text: str, nonce: str) -> str:
    """The secret of a key that the key of this text makes: the same for the same nonce, and for nobody who lacks one of both.

    So an answer with a new key can be given twice although the store has nothing that the key could be made of.
    """
    # Not a plain hash of the text, which the store has. 512 bits leave all letters equally likely.
    state = int.from_bytes(hmac.digest(text.encode(), nonce.encode(), "sha512"))
    letters = []
    for _ in range(_SECRET_LENGTH):
        state, letter = divmod(state, len(_ALPHABET))
        letters.append(_ALPHABET[letter])
    return "".join(letters)


def _random(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _row(key: ApiKey) -> dict[str, Any]:
    return {column.name: getattr(key, column.name) for column in API_KEYS.c if column.name != "digest"}


def _key(row: RowMapping) -> ApiKey:
    values = {name: value for name, value in row.items() if name != "digest"}
    return ApiKey(**values | {"role": Role(row["role"])})
