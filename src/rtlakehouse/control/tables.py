"""The tables of the control store. What is written here is the newest schema; `migrations.py` leads there."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.types import TypeDecorator

__all__ = ["API_KEYS", "JOBS", "METADATA", "PINS", "SAVED_QUERIES", "SCHEMA_VERSION", "Instant"]

METADATA = MetaData()


class Instant(TypeDecorator[datetime]):
    """A time in UTC with its zone, which SQLite has no type for."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


# One row: how many steps of `migrations.py` have been taken.
SCHEMA_VERSION = Table("schema_version", METADATA, Column("version", Integer, nullable=False))

API_KEYS = Table(
    "api_keys",
    METADATA,
    Column("id", String(16), primary_key=True),
    Column("name", String(128), nullable=False),
    Column("tenant_id", String(63), nullable=False, index=True),
    Column("role", String(16), nullable=False),
    # SHA-256 of the whole key. It is 200 random bits, which nobody finds by trying, so nothing slower is needed.
    Column("digest", LargeBinary(32), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("revoked_at", Instant),
)

PINS = Table(
    "pins",
    METADATA,
    Column("id", String(16), primary_key=True),
    # A JSON object: table to version.
    Column("versions", Text, nullable=False),
    Column("note", String(500), nullable=False),
    Column("tenant_id", String(63), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant),
)

SAVED_QUERIES = Table(
    "saved_queries",
    METADATA,
    Column("id", String(16), primary_key=True),
    Column("tenant_id", String(63), nullable=False),
    Column("name", String(128), nullable=False),
    Column("description", Text, nullable=False),
    Column("sql", Text, nullable=False),
    # Values of its parameters, as JSON.
    Column("parameters", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    UniqueConstraint("tenant_id", "name"),
)

JOBS = Table(
    "jobs",
    METADATA,
    # Counts up, so that jobs are done in the order they were asked for.
    Column("id", Integer, primary_key=True),
    Column("tenant_id", String(63), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("options", JSON, nullable=False),
    Column("why", String(500), nullable=False),
    Column("state", String(16), nullable=False, index=True),
    Column("created_at", Instant, nullable=False),
    Column("started_at", Instant),
    Column("ended_at", Instant),
    # How often an engine began it: it begins again where the one before ended with it.
    Column("attempts", Integer, nullable=False),
    Column("cancel", Boolean, nullable=False),
    Column("steps", Integer, nullable=False),
    Column("done", Integer, nullable=False),
    Column("result", JSON),
    Column("error", Text),
    # What a request named itself by, and a hash of what it asked for.
    Column("key", String(255)),
    Column("digest", String(32), nullable=False),
    UniqueConstraint("tenant_id", "key"),
)
