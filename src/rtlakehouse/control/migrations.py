"""From any earlier schema of the control store to the newest, a step at a time, each taken once and never changed."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection, insert, select, text, update

from rtlakehouse.control.tables import (
    ALERT_MESSAGES,
    ALERT_RULES,
    ALERT_STANDINGS,
    ALERTS,
    API_KEYS,
    AUDIT,
    JOBS,
    PINS,
    REQUESTS,
    SAVED_QUERIES,
    SCHEMA_VERSION,
)
from rtlakehouse.errors import StoreError

__all__ = ["STEPS", "migrate"]

# Any number that no other program locks in the same database.
_LOCK = 7_203_571


def _api_keys(connection: Connection) -> None:
    API_KEYS.create(connection)


def _pins(connection: Connection) -> None:
    PINS.create(connection)


def _saved_queries(connection: Connection) -> None:
    SAVED_QUERIES.create(connection)


def _jobs(connection: Connection) -> None:
    JOBS.create(connection)


def _alerts(connection: Connection) -> None:
    for table in (ALERT_RULES, ALERT_STANDINGS, ALERTS):
        table.create(connection)


def _alert_messages(connection: Connection) -> None:
    ALERT_MESSAGES.create(connection)


def _audit(connection: Connection) -> None:
    AUDIT.create(connection)


def _requests(connection: Connection) -> None:
    REQUESTS.create(connection)


# A change of a table is a step of its own, appended: a store that is there has taken those before it.
STEPS: tuple[Callable[[Connection], None], ...] = (
    _api_keys,
    _pins,
    _saved_queries,
    _jobs,
    _alerts,
    _alert_messages,
    _audit,
    _requests,
)


def migrate(connection: Connection) -> None:
    """Take the steps that are missing, in the transaction of a connection that writes. Raises StoreError for a newer schema."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    SCHEMA_VERSION.create(connection, checkfirst=True)
    version = connection.scalar(select(SCHEMA_VERSION.c.version))
    if version is None:
        connection.execute(insert(SCHEMA_VERSION).values(version=0))
    done = version or 0
    if done > len(STEPS):
        raise StoreError(f"The control store has schema {done}; this release knows {len(STEPS)}. Use the release that wrote it.")
    for step in STEPS[done:]:
        step(connection)
    connection.execute(update(SCHEMA_VERSION).values(version=len(STEPS)))
