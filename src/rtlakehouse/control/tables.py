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
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.types import TypeDecorator

__all__ = [
    "ALERTS",
    "ALERT_MESSAGES",
    "ALERT_RULES",
    "ALERT_STANDINGS",
    "API_KEYS",
    "AUDIT",
    "JOBS",
    "METADATA",
    "PINS",
    "REQUESTS",
    "SAVED_QUERIES",
    "SCHEMA_VERSION",
    "Instant",
]

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

ALERT_RULES = Table(
    "alert_rules",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("tenant_id", String(63), nullable=False),
    Column("name", String(128), nullable=False),
    # All else of a rule, as `control/alert_rules.py` writes it.
    Column("definition", JSON, nullable=False),
    Column("created_at", Instant, nullable=False),
    UniqueConstraint("tenant_id", "name"),
)

# How each rule stands, built-in ones too, which have no row above.
ALERT_STANDINGS = Table(
    "alert_standings",
    METADATA,
    Column("tenant_id", String(63), primary_key=True),
    Column("rule_id", String(32), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("since", Instant),
    Column("clear_since", Instant),
    # The alert that fires.
    Column("alert_id", Integer),
    Column("value", Float),
    Column("note", Text, nullable=False),
    # Why the rule could not be evaluated.
    Column("trouble", Text),
    Column("evaluated_at", Instant, nullable=False),
    Column("silenced_until", Instant),
    Column("silence_why", Text),
    Column("silenced_by", String(16)),
)

ALERTS = Table(
    "alerts",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("tenant_id", String(63), nullable=False, index=True),
    Column("rule_id", String(32), nullable=False),
    # As the rule was when it fired: it may be deleted since.
    Column("rule_name", String(128), nullable=False),
    Column("told", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("since", Instant, nullable=False),
    Column("fired_at", Instant, nullable=False),
    Column("resolved_at", Instant),
    Column("value", Float),
    Column("why", Text, nullable=False),
    Column("end_why", Text),
)

ALERT_MESSAGES = Table(
    "alert_messages",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("alert_id", Integer, nullable=False, index=True),
    Column("change", String(16), nullable=False),
    # With its secrets, for a message may outlive its rule.
    Column("url", Text, nullable=False),
    Column("shown", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("state", String(16), nullable=False, index=True),
    Column("attempts", Integer, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("sent_at", Instant),
    Column("error", Text),
)

AUDIT = Table(
    "audit",
    METADATA,
    # Counts up, so that entries are told in the order they were written.
    Column("id", Integer, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("tenant_id", String(63), nullable=False),
    Column("who", String(128), nullable=False),
    Column("action", String(64), nullable=False),
    Column("target", String(255), nullable=False),
    Column("detail", JSON, nullable=False),
    Index("audit_of_tenant", "tenant_id", "id"),
)

# Requests that named themselves by a key, so that each is done once.
REQUESTS = Table(
    "requests",
    METADATA,
    Column("tenant_id", String(63), primary_key=True),
    Column("who", String(128), primary_key=True),
    Column("key", String(255), primary_key=True),
    # A hash of what was asked for.
    Column("digest", String(32), nullable=False),
    Column("answer", JSON, nullable=False),
    Column("at", Instant, nullable=False),
    Index("requests_of_tenant", "tenant_id", "at"),
)
