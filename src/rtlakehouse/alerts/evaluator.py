"""Evaluates every rule once: measure all, then write down in one transaction how each stands and what that fires or resolves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from rtlakehouse.alerts.course import START, Course, after
from rtlakehouse.clock import Clock, isoformat
from rtlakehouse.control import AlertRound, AlertRule, RuleState, Standing, Store, Target, alert_round
from rtlakehouse.errors import RtlError

__all__ = ["Evaluator", "Gauge", "Measured"]

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Measured:
    """What a rule looks at. value: None where there is nothing to judge by, which never holds. note: the same in words."""

    value: float | None
    note: str


class Gauge(Protocol):
    """Measures what rules are about."""

    def measure(self, rule: AlertRule) -> Measured:
        """The present value. Raises RtlError, saying why, where it cannot be told."""
        ...

    def told(self, rule: AlertRule) -> str:
        """The rule in words."""
        ...


@dataclass(frozen=True)
class _Look:
    """What one look at a rule found: a measure, or why there is none."""

    rule: AlertRule
    measured: Measured | None
    trouble: str | None

    @property
    def holds(self) -> bool | None:
        if self.measured is None:
            return None
        value = self.measured.value
        return value is not None and self.rule.comparison.holds(value, self.rule.threshold)


class Evaluator:
    """rules: those of all tenants, as of now. gap: a wait that nobody looked for longer than this begins again. kept: how long
    alerts are after they are resolved. notify: who is told of the rules that do not say it."""

    def __init__(
        self,
        store: Store,
        rules: Callable[[], Iterable[AlertRule]],
        gauge: Gauge,
        clock: Clock,
        gap: timedelta,
        kept: timedelta,
        notify: Sequence[Target] = (),
    ) -> None:
        self._store = store
        self._notify = notify
        self._rules = rules
        self._gauge = gauge
        self._clock = clock
        self._gap = gap
        self._kept = kept

    def evaluate(self) -> bool:
        """Look at every rule; False: there is no more to do. Raises StoreError where the store does not answer; then nothing
        changed."""
        looks = [self._look(rule) for rule in self._rules()]
        now = self._clock.now()
        with alert_round(self._store) as written:
            standings = written.standings()
            written.keep([self._stands(written, look, standings.get((look.rule.tenant_id, look.rule.id)), now) for look in looks])
            there = {(look.rule.tenant_id, look.rule.id) for look in looks}
            for standing in (standing for key, standing in standings.items() if key not in there):
                _end(written, standing, now)
            pruned = written.prune(now - self._kept)
        if pruned:
            log.info("old alerts are taken off the list", alerts=pruned)
        return False

    def _look(self, rule: AlertRule) -> _Look:
        try:
            return _Look(rule, self._gauge.measure(rule), None)
        except RtlError as error:
            return _Look(rule, None, str(error))
        except Exception as error:
            log.exception("an alert rule cannot be evaluated", rule=rule.id, tenant=rule.tenant_id)
            return _Look(rule, None, f"Something unexpected happened ({type(error).__name__}); the server's log has it.")

    def _stands(self, written: AlertRound, look: _Look, before: Standing | None, now: datetime) -> Standing:
        rule = look.rule
        course = after(self._course(before, now), look.holds, now, rule.hold)
        alert_id = before.alert_id if before else None
        if course.state is RuleState.FIRING and alert_id is None:
            alert_id = self._fire(written, look, course, now)
        elif course.state is not RuleState.FIRING and alert_id is not None:
            _resolve(written, alert_id, look.measured.note if look.measured else "", now)
            alert_id = None
        return Standing(
            tenant_id=rule.tenant_id,
            rule_id=rule.id,
            state=course.state,
            since=course.since,
            clear_since=course.clear_since,
            alert_id=alert_id,
            value=look.measured.value if look.measured else None,
            note=look.measured.note if look.measured else "",
            trouble=look.trouble,
            evaluated_at=now,
        )

    def _course(self, standing: Standing | None, now: datetime) -> Course:
        if standing is None:
            return START
        watched = now - standing.evaluated_at <= self._gap
        if standing.state is RuleState.FIRING:
            return Course(RuleState.FIRING, standing.since, standing.clear_since if watched else None)
        return Course(standing.state, standing.since) if watched else START

    def _fire(self, written: AlertRound, look: _Look, course: Course, now: datetime) -> int:
        rule, measured = look.rule, look.measured
        values = {"rule_id": rule.id, "tenant_id": rule.tenant_id, "rule_name": rule.name, "told": self._gauge.told(rule)}
        why = {"value": measured.value, "why": measured.note} if measured else {"value": None, "why": ""}
        alert_id = written.fire({**values, **why, "since": course.since or now, "fired_at": now})
        targets = self._notify if rule.notify is None else rule.notify
        body = f"{why['why']}\n{values['told']}, since {isoformat(course.since or now)}"
        written.tell_fired(alert_id, targets, f"Firing: {rule.name}", body, now)
        log.warning("an alert fires", alert=alert_id, rule=rule.name, tenant=rule.tenant_id, why=why["why"])
        return alert_id


def _end(written: AlertRound, standing: Standing, now: datetime) -> None:
    """Of a rule that was deleted, and its silence with it."""
    if standing.alert_id is not None:
        _resolve(written, standing.alert_id, "The rule was deleted.", now)
    written.forget(standing)


def _resolve(written: AlertRound, alert_id: int, why: str, now: datetime) -> None:
    rule = written.resolve(alert_id, now, why)
    written.tell_resolved(alert_id, f"Resolved: {rule}", why, now)
    log.info("an alert is resolved", alert=alert_id, rule=rule, why=why)
