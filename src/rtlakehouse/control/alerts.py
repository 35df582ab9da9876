"""Alerts: how each rule stands, what it fired, and what is silenced. They outlive the process that evaluates."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, select, update

from rtlakehouse.clock import Clock, isoformat
from rtlakehouse.control.audit import ITSELF, Action, record
from rtlakehouse.control.store import Store
from rtlakehouse.control.tables import ALERT_STANDINGS, ALERTS
from rtlakehouse.errors import NotFoundError, UsageError

__all__ = [
    "MAX_WHY",
    "Alert",
    "AlertLog",
    "AlertState",
    "RuleState",
    "Silence",
    "Standing",
    "of_rule",
    "standing_of",
    "wait_anew",
]

MAX_WHY = 500


class RuleState(StrEnum):
    """How a rule stands. pending: it holds, but not for long enough yet."""

    INACTIVE = "inactive"
    PENDING = "pending"
    FIRING = "firing"


class AlertState(StrEnum):
    """Whether an alert still fires."""

    FIRING = "firing"
    RESOLVED = "resolved"


@dataclass(frozen=True)
class Silence:
    """Nobody is told of a rule until then. by: the id of a key; None: a command on this machine."""

    until: datetime
    why: str
    by: str | None


@dataclass(frozen=True)
class Standing:
    """How a rule stood when it was last evaluated.

    since: since when it holds. clear_since: of one that fires, since when it no longer holds. alert_id: what fires.
    note: what was measured, in words. trouble: why it could not be evaluated.
    """

    tenant_id: str
    rule_id: str
    state: RuleState
    since: datetime | None
    clear_since: datetime | None
    alert_id: int | None
    value: float | None
    note: str
    trouble: str | None
    evaluated_at: datetime


@dataclass(frozen=True)
class Alert:
    """What a rule fired. told: the rule in words. value, why: as of when it fired. end_why: as of when it was resolved."""

    id: int
    tenant_id: str
    rule_id: str
    rule_name: str
    told: str
    state: AlertState
    since: datetime
    fired_at: datetime
    resolved_at: datetime | None
    value: float | None
    why: str
    end_why: str | None


class AlertLog:
    """The alerts and standings of a store."""

    def __init__(self, store: Store, clock: Clock, by: str = ITSELF) -> None:
        """by: who changes them, for the audit."""
        self._by = by
        self._store = store
        self._clock = clock

    def newest(
        self, tenant_id: str, limit: int, before: int | None = None, state: AlertState | None = None, rule_id: str | None = None
    ) -> list[Alert]:
        """Alerts of a tenant with an id below `before`, the newest first."""
        query = select(ALERTS).where(ALERTS.c.tenant_id == tenant_id).order_by(ALERTS.c.id.desc()).limit(limit)
        for column, wanted in ((ALERTS.c.state, state), (ALERTS.c.rule_id, rule_id)):
            if wanted is not None:
                query = query.where(column == wanted)
        if before is not None:
            query = query.where(ALERTS.c.id < before)
        with self._store.reading() as connection:
            return [_alert(row) for row in connection.execute(query)]

    def get(self, tenant_id: str, alert_id: int) -> Alert:
        """One alert of a tenant. Raises NotFoundError."""
        with self._store.reading() as connection:
            row = connection.execute(select(ALERTS).where(ALERTS.c.id == alert_id)).one_or_none()
        if row is None or row.tenant_id != tenant_id:
            raise NotFoundError(f"There is no alert {alert_id}. GET /api/v1/alerts and `rtl alerts` list those there are.")
        return _alert(row)

    def standings(self, tenant_id: str) -> dict[str, Standing]:
        """How each rule of a tenant stands, by rule; those that were never evaluated are not there."""
        with self._store.reading() as connection:
            rows = connection.execute(select(ALERT_STANDINGS).where(ALERT_STANDINGS.c.tenant_id == tenant_id))
            return {row.rule_id: standing_of(row) for row in rows}

    def silences(self, tenant_id: str) -> dict[str, Silence]:
        """The silences in force of a tenant, by rule."""
        in_force = and_(ALERT_STANDINGS.c.tenant_id == tenant_id, ALERT_STANDINGS.c.silenced_until > self._clock.now())
        with self._store.reading() as connection:
            rows = connection.execute(select(ALERT_STANDINGS).where(in_force))
            return {row.rule_id: Silence(row.silenced_until, row.silence_why, row.silenced_by) for row in rows}

    def silence(self, tenant_id: str, alert_id: int, silence: Silence) -> Alert:
        """Tell nobody of the rule of an alert until then; a time that is over ends that. The same again changes nothing.

        Raises NotFoundError where there is no such alert, or its rule is no more; UsageError for a reason that is too long.
        """
        if len(silence.why) > MAX_WHY or not silence.why.isprintable():
            raise UsageError(f"The reason of a silence has at most {MAX_WHY} characters that can be printed.")
        alert = self.get(tenant_id, alert_id)
        values = {"silenced_until": silence.until, "silence_why": silence.why, "silenced_by": silence.by}
        with self._store.writing() as connection:
            this = of_rule(tenant_id, alert.rule_id)
            if not connection.execute(update(ALERT_STANDINGS).where(this).values(**values)).rowcount:
                raise NotFoundError(f"The rule {alert.rule_name!r} of alert {alert_id} was deleted: it fires no more.")
            detail = {"rule": alert.rule_name, "until": isoformat(silence.until), "why": silence.why}
            record(connection, self._clock.now(), tenant_id, self._by, Action.ALERT_SILENCE, str(alert_id), detail)
        return alert

    def counts(self) -> dict[str, int]:
        """How many rules of all tenants are in each state, and `troubled`: could not be evaluated."""
        query = select(ALERT_STANDINGS.c.state, func.count(), func.count(ALERT_STANDINGS.c.trouble)).group_by("state")
        with self._store.reading() as connection:
            rows = connection.execute(query).all()
        return dict.fromkeys(RuleState, 0) | {row[0]: row[1] for row in rows} | {"troubled": sum(row[2] for row in rows)}


def of_rule(tenant_id: str, rule_id: str) -> ColumnElement[bool]:
    """The condition of a rule's standing."""
    return and_(ALERT_STANDINGS.c.tenant_id == tenant_id, ALERT_STANDINGS.c.rule_id == rule_id)


def wait_anew(connection: Connection, tenant_id: str, rule_id: str) -> None:
    """Have a rule that judges otherwise from now on wait as if it had never held, or not held."""
    this = of_rule(tenant_id, rule_id)
    pending = ALERT_STANDINGS.c.state == RuleState.PENDING
    connection.execute(update(ALERT_STANDINGS).where(this).values(clear_since=None))
    connection.execute(update(ALERT_STANDINGS).where(this & pending).values(state=RuleState.INACTIVE, since=None))


def standing_of(row: Row[Any]) -> Standing:
    """The standing that a row is."""
    values = {field.name: getattr(row, field.name) for field in fields(Standing)}
    return Standing(**values | {"state": RuleState(row.state)})


def _alert(row: Row[Any]) -> Alert:
    return Alert(**dict(row._mapping) | {"state": AlertState(row.state)})
