"""Rules of alerts that a tenant has made: what is measured, compared with what, and for how long that must hold."""

from __future__ import annotations

import operator
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from rtlakehouse.clock import Clock
from rtlakehouse.control.alerts import wait_anew
from rtlakehouse.control.audit import ITSELF, Action, record
from rtlakehouse.control.store import Store
from rtlakehouse.control.tables import ALERT_RULES
from rtlakehouse.errors import KeyReusedError, NameTakenError, NotFoundError

__all__ = ["AlertRule", "AlertRules", "Comparison", "Target"]

_ID_BYTES = 6


class Comparison(StrEnum):
    """How a value is to stand to the threshold for the rule to hold."""

    GT = "gt"
    GE = "ge"
    LT = "lt"
    LE = "le"
    EQ = "eq"
    NE = "ne"

    def holds(self, value: float, threshold: float) -> bool:
        compare: Callable[[float, float], bool] = getattr(operator, self.value)
        return compare(value, threshold)


@dataclass(frozen=True)
class Target:
    """Who is told. url: with its secrets; never show it. shown: what of it may be shown."""

    url: str
    shown: str


@dataclass(frozen=True)
class AlertRule:
    """condition: what is measured, as JSON. hold: how long it must hold before the rule fires, and must not before it is
    resolved. notify: None: whom the settings name. created_at: None for a rule that is built in."""

    id: str
    tenant_id: str
    name: str
    condition: Mapping[str, Any]
    comparison: Comparison
    threshold: float
    hold: timedelta
    notify: tuple[Target, ...] | None = None
    created_at: datetime | None = None

    @property
    def is_built_in(self) -> bool:
        return self.created_at is None


class AlertRules:
    """The rules of a store, without those that are built in."""

    def __init__(self, store: Store, clock: Clock, by: str = ITSELF) -> None:
        """by: who changes them, for the audit."""
        self._by = by
        self._store = store
        self._clock = clock

    def create(self, rule: AlertRule, key: str | None = None) -> AlertRule:
        """Keep a rule; its id and time are made here, of `key` where there is one. What is there already as it is, is the answer.

        Raises NameTakenError where another rule of the tenant has its name, KeyReusedError where the key made another rule.
        """
        rule_id = key or secrets.token_hex(_ID_BYTES)
        new = {"id": rule_id, "tenant_id": rule.tenant_id, "name": rule.name, "definition": _definition(rule)}
        with self._store.writing() as connection:
            there = connection.execute(select(ALERT_RULES).where(ALERT_RULES.c.id == rule_id)).one_or_none()
            if there is not None:
                return _same(_rule(there), rule, KeyReusedError("That Idempotency-Key made another rule; give each its own."))
            named = (ALERT_RULES.c.tenant_id == rule.tenant_id) & (ALERT_RULES.c.name == rule.name)
            there = connection.execute(select(ALERT_RULES).where(named)).one_or_none()
            if there is not None:
                return _same(_rule(there), rule, _taken(rule.name))
            try:
                inserted = insert(ALERT_RULES).values(**new, created_at=self._clock.now()).returning(ALERT_RULES)
                made = _rule(connection.execute(inserted).one())
            except IntegrityError as error:
                # Another process gave the name away since it was looked for.
                raise _taken(rule.name) from error
            self._record(connection, Action.ALERT_RULE_CREATE, made)
        return made

    def get(self, tenant_id: str, rule_id: str) -> AlertRule:
        """One rule of a tenant. Raises NotFoundError."""
        with self._store.reading() as connection:
            return _found(connection, tenant_id, rule_id)

    def change(self, rule: AlertRule) -> AlertRule:
        """All of a rule but its id and time. Where it measures or judges otherwise, waits for it begin again; what fires goes on.

        Raises NotFoundError, and NameTakenError where another rule of the tenant has the name.
        """
        this = _this(rule.tenant_id, rule.id)
        values = {"name": rule.name, "definition": _definition(rule)}
        with self._store.writing() as connection:
            before = _found(connection, rule.tenant_id, rule.id)
            if (before.name, _definition(before)) == (rule.name, _definition(rule)):
                return before
            try:
                made = _rule(connection.execute(update(ALERT_RULES).where(this).values(**values).returning(ALERT_RULES)).one())
            except IntegrityError as error:
                raise _taken(rule.name) from error
            if _judged(before) != _judged(made):
                wait_anew(connection, rule.tenant_id, rule.id)
            self._record(connection, Action.ALERT_RULE_CHANGE, made)
        return made

    def list(self, tenant_id: str | None = None) -> list[AlertRule]:
        """The rules of a tenant, or of all, the oldest first."""
        query = select(ALERT_RULES).order_by(ALERT_RULES.c.created_at, ALERT_RULES.c.id)
        if tenant_id is not None:
            query = query.where(ALERT_RULES.c.tenant_id == tenant_id)
        with self._store.reading() as connection:
            return [_rule(row) for row in connection.execute(query)]

    def delete(self, tenant_id: str, rule_id: str) -> AlertRule:
        """Take one away; what it fired is resolved with the next evaluation. Raises NotFoundError."""
        with self._store.writing() as connection:
            found = _found(connection, tenant_id, rule_id)
            connection.execute(delete(ALERT_RULES).where(_this(tenant_id, rule_id)))
            self._record(connection, Action.ALERT_RULE_DELETE, found)
        return found

    def _record(self, connection: Connection, action: Action, rule: AlertRule) -> None:
        record(connection, self._clock.now(), rule.tenant_id, self._by, action, rule.id, {"name": rule.name})


def _this(tenant_id: str, rule_id: str) -> ColumnElement[bool]:
    return (ALERT_RULES.c.tenant_id == tenant_id) & (ALERT_RULES.c.id == rule_id)


def _found(connection: Connection, tenant_id: str, rule_id: str) -> AlertRule:
    row = connection.execute(select(ALERT_RULES).where(_this(tenant_id, rule_id))).one_or_none()
    if row is None:
        raise NotFoundError(f"There is no alert rule {rule_id!r}; GET /api/v1/alerts/rules and `rtl alerts` list them.")
    return _rule(row)


def _judged(rule: AlertRule) -> tuple[Mapping[str, Any], Comparison, float, timedelta]:
    return rule.condition, rule.comparison, rule.threshold, rule.hold


def _same(there: AlertRule, asked: AlertRule, otherwise: Exception) -> AlertRule:
    if (there.name, _definition(there)) != (asked.name, _definition(asked)):
        raise otherwise
    return there


def _taken(name: str) -> NameTakenError:
    return NameTakenError(f"There is an alert rule {name!r} already; give this one another name, or change or delete that one.")


def _definition(rule: AlertRule) -> dict[str, Any]:
    return {
        "condition": dict(rule.condition),
        "comparison": rule.comparison.value,
        "threshold": rule.threshold,
        "hold_s": rule.hold.total_seconds(),
        "notify": None if rule.notify is None else [[target.url, target.shown] for target in rule.notify],
    }


def _rule(row: Row[Any]) -> AlertRule:
    told = row.definition
    notify = told.get("notify")
    return AlertRule(
        id=row.id,
        tenant_id=row.tenant_id,
        name=row.name,
        condition=told["condition"],
        comparison=Comparison(told["comparison"]),
        threshold=told["threshold"],
        hold=timedelta(seconds=told["hold_s"]),
        notify=None if notify is None else tuple(Target(*target) for target in notify),
        created_at=row.created_at,
    )
