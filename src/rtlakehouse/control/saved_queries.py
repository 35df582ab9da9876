"""Queries that people saved under a name, each of one tenant."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Connection, RowMapping, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from rtlakehouse.clock import Clock
from rtlakehouse.control.audit import ITSELF, Action, record
from rtlakehouse.control.store import Store
from rtlakehouse.control.tables import SAVED_QUERIES
from rtlakehouse.errors import NameTakenError, NotFoundError, UsageError

__all__ = ["MOST", "SavedQueries", "SavedQuery"]

# By name, or in order.
Values: TypeAlias = Mapping[str, Any] | list[Any]

# Of a tenant: as many as somebody can look through, and one answer can list.
MOST = 500


@dataclass(frozen=True)
class SavedQuery:
    """A query under its name. parameters: values of its parameters where a run gives no others, by name or in order."""

    id: str
    tenant_id: str
    name: str
    description: str
    sql: str
    parameters: Values
    created_at: datetime
    changed_at: datetime


class SavedQueries:
    """The saved queries of a tenant. What is of another tenant is not there."""

    def __init__(self, store: Store, clock: Clock, tenant_id: str, by: str = ITSELF) -> None:
        """by: who changes them, for the audit."""
        self._by = by
        self._store = store
        self._clock = clock
        self._tenant_id = tenant_id

    def list(self) -> list[SavedQuery]:
        """All of them, by name."""
        query = select(SAVED_QUERIES).where(self._mine).order_by(SAVED_QUERIES.c.name)
        with self._store.reading() as connection:
            return [_query(row) for row in connection.execute(query).mappings()]

    def get(self, query_id: str) -> SavedQuery:
        """The query of that id. Raises NotFoundError."""
        with self._store.reading() as connection:
            return self._found(connection, query_id)

    def create(self, name: str, description: str, sql: str, parameters: Values) -> SavedQuery:
        """A new one. The same again under its name is the one that is there.

        Raises NameTakenError where another query has the name, UsageError where there are as many as there may be.
        """
        now = self._clock.now()
        made = SavedQuery(secrets.token_hex(6), self._tenant_id, name, description, sql, parameters, now, now)
        with self._store.writing() as connection:
            there = self._named(connection, name)
            if there is not None:
                return _same(there, made)
            count = select(func.count()).select_from(SAVED_QUERIES).where(self._mine)
            if (connection.scalar(count) or 0) >= MOST:
                raise UsageError(f"There are {MOST} saved queries, and no more can be; delete one that is not needed.")
            _write(connection, insert(SAVED_QUERIES).values(_row(made)), name)
            self._record(connection, Action.QUERY_SAVE, made)
        return made

    def change(self, query_id: str, name: str, description: str, sql: str, parameters: Values) -> SavedQuery:
        """All of it but its id. Raises NotFoundError, and NameTakenError where another query has the name."""
        with self._store.writing() as connection:
            found = self._found(connection, query_id)
            there = self._named(connection, name)
            if there is not None and there.id != query_id:
                raise _taken(name)
            changed = SavedQuery(
                query_id, self._tenant_id, name, description, sql, parameters, found.created_at, self._clock.now()
            )
            _write(
                connection, update(SAVED_QUERIES).where(self._mine, SAVED_QUERIES.c.id == query_id).values(_row(changed)), name
            )
            self._record(connection, Action.QUERY_CHANGE, changed)
        return changed

    def delete(self, query_id: str) -> SavedQuery:
        """Take one away. Raises NotFoundError."""
        with self._store.writing() as connection:
            found = self._found(connection, query_id)
            connection.execute(delete(SAVED_QUERIES).where(self._mine, SAVED_QUERIES.c.id == query_id))
            self._record(connection, Action.QUERY_DELETE, found)
        return found

    def _record(self, connection: Connection, action: Action, query: SavedQuery) -> None:
        record(connection, self._clock.now(), self._tenant_id, self._by, action, query.id, {"name": query.name})

    @property
    def _mine(self) -> ColumnElement[bool]:
        return SAVED_QUERIES.c.tenant_id == self._tenant_id

    def _found(self, connection: Connection, query_id: str) -> SavedQuery:
        row = connection.execute(select(SAVED_QUERIES).where(self._mine, SAVED_QUERIES.c.id == query_id)).mappings().first()
        if row is None:
            raise NotFoundError(f"There is no saved query {query_id!r}; GET /api/v1/queries lists those there are.")
        return _query(row)

    def _named(self, connection: Connection, name: str) -> SavedQuery | None:
        row = connection.execute(select(SAVED_QUERIES).where(self._mine, SAVED_QUERIES.c.name == name)).mappings().first()
        return None if row is None else _query(row)


def _write(connection: Connection, statement: Any, name: str) -> None:
    """Raises NameTakenError where another process gave the name away since it was looked for."""
    try:
        connection.execute(statement)
    except IntegrityError as error:
        raise _taken(name) from error


def _same(there: SavedQuery, made: SavedQuery) -> SavedQuery:
    told = ("description", "sql", "parameters")
    if any(getattr(there, member) != getattr(made, member) for member in told):
        raise _taken(made.name)
    return there


def _taken(name: str) -> NameTakenError:
    return NameTakenError(f"There is a saved query {name!r} already; give this one another name, or change that one.")


def _row(query: SavedQuery) -> dict[str, Any]:
    values = {column.name: getattr(query, column.name) for column in SAVED_QUERIES.c}
    return values | {"parameters": json.dumps(query.parameters)}


def _query(row: RowMapping) -> SavedQuery:
    return SavedQuery(**dict(row) | {"parameters": json.loads(row["parameters"])})
