"""The audit: who did what, and when. Written in the transaction of what was done, where that is in the control store too."""

from __future__ import annotations

import os
import pwd
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, insert, select

from rtlakehouse.clock import Clock
from rtlakehouse.control.store import Store
from rtlakehouse.control.tables import API_KEYS, AUDIT

__all__ = ["ITSELF", "Action", "Audit", "AuditEntry", "AuditFilter", "local_user", "record"]

# Who did what nobody asked for.
ITSELF = "rtl"


class Action(StrEnum):
    """What is written down."""

    KEY_CREATE = "key.create"
    KEY_REVOKE = "key.revoke"
    PIPELINE_PAUSE = "pipeline.pause"
    PIPELINE_RESUME = "pipeline.resume"
    ALERT_RULE_CREATE = "alert_rule.create"
    ALERT_RULE_CHANGE = "alert_rule.change"
    ALERT_RULE_DELETE = "alert_rule.delete"
    ALERT_SILENCE = "alert.silence"
    JOB_ASK = "job.ask"
    JOB_CANCEL = "job.cancel"
    PIN_CREATE = "pin.create"
    PIN_REMOVE = "pin.remove"
    QUARANTINE_REPAIR = "quarantine.repair"
    QUARANTINE_READMIT = "quarantine.readmit"
    QUERY_SAVE = "query.save"
    QUERY_CHANGE = "query.change"
    QUERY_DELETE = "query.delete"
    TABLE_OPTIMIZE = "table.optimize"
    TABLE_VACUUM = "table.vacuum"
    TABLE_CHECKPOINT = "table.checkpoint"
    TABLES_BACKFILL = "tables.backfill"
    TABLES_RESTORE = "tables.restore"
    TABLES_RETAIN = "tables.retain"
    USER_ERASE = "user.erase"
    SNAPSHOT_WRITE = "snapshot.write"
    ENGINE_HANDOVER = "engine.handover"


@dataclass(frozen=True)
class AuditEntry:
    """who: the id of a key, `user:NAME` for who used `rtl` on the machine, `rtl` for what it did by itself. target: of what."""

    id: int
    at: datetime
    tenant_id: str
    who: str
    action: Action
    target: str
    detail: Mapping[str, Any]
    key_name: str | None = None


@dataclass(frozen=True)
class AuditFilter:
    """Which entries; None where any. start is in the range, end is not."""

    who: str | None = None
    action: Action | None = None
    start: datetime | None = None
    end: datetime | None = None


class Audit:
    """The entries of a store."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def record(self, tenant_id: str, who: str, action: Action, target: str = "", **detail: Any) -> None:
        """Write down what is about to be done, or was. Raises StoreError: then do not do it."""
        with self._store.writing() as connection:
            record(connection, self._clock.now(), tenant_id, who, action, target, detail)

    def newest(self, tenant_id: str, limit: int, before: int | None = None, which: AuditFilter | None = None) -> list[AuditEntry]:
        """A tenant's entries with an id below `before`, the newest first."""
        query = select(AUDIT, API_KEYS.c.name.label("key_name")).join(API_KEYS, AUDIT.c.who == API_KEYS.c.id, isouter=True)
        query = query.where(_matching(tenant_id, before, which or AuditFilter())).order_by(AUDIT.c.id.desc()).limit(limit)
        with self._store.reading() as connection:
            return [_entry(row) for row in connection.execute(query).mappings()]


def record(
    connection: Connection,
    now: datetime,
    tenant_id: str,
    who: str,
    action: Action,
    target: str = "",
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Write down what this transaction does: both are kept, or neither."""
    values = {
        "at": now,
        "tenant_id": tenant_id,
        "who": who,
        "action": action.value,
        "target": target,
        "detail": dict(detail or {}),
    }
    connection.execute(insert(AUDIT).values(**values))


def local_user() -> str:
    """Who runs this program on this machine, as an entry names it."""
    try:
        return f"user:{pwd.getpwuid(os.getuid()).pw_name}"
    except KeyError:
        return f"user:{os.getuid()}"


def _matching(tenant_id: str, before: int | None, which: AuditFilter) -> ColumnElement[bool]:
    wanted = [AUDIT.c.tenant_id == tenant_id]
    if before is not None:
        wanted.append(AUDIT.c.id < before)
    if which.who is not None:
        wanted.append(AUDIT.c.who == which.who)
    if which.action is not None:
        wanted.append(AUDIT.c.action == which.action.value)
    if which.start is not None:
        wanted.append(AUDIT.c.at >= which.start)
    if which.end is not None:
        wanted.append(AUDIT.c.at < which.end)
    return and_(*wanted)


def _entry(row: RowMapping) -> AuditEntry:
    return AuditEntry(**dict(row) | {"action": Action(row["action"])})
