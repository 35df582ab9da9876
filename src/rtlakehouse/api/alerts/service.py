"""The rules of a tenant, and how they and their alerts are told."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from rtlakehouse.alerts import Evaluator, built_in_rules, target_of
from rtlakehouse.api.alerts.conditions import check_condition, condition_of, told
from rtlakehouse.api.alerts.measuring import LakeGauge
from rtlakehouse.api.alerts.schemas import AlertView, MessageView, RuleBody, RuleView, SilenceView
from rtlakehouse.api.answers import Answers
from rtlakehouse.api.formats import plain
from rtlakehouse.clock import Clock, isoformat
from rtlakehouse.control import (
    Alert,
    AlertLog,
    AlertMessage,
    AlertMessages,
    AlertRule,
    AlertRules,
    AlertState,
    Comparison,
    Keys,
    RuleState,
    Silence,
    Standing,
    Store,
    Target,
)
from rtlakehouse.errors import UsageError
from rtlakehouse.ingest.records import DEFAULT_TENANT
from rtlakehouse.settings import Settings

__all__ = ["AlertDesk", "make_evaluator"]

# A wait is begun again after so many evaluations that did not happen, such as while the API was down.
_MISSED = 3
_LEAST_GAP = timedelta(seconds=60)


def make_evaluator(settings: Settings, store: Store, answers: Answers, clock: Clock) -> Evaluator:
    """The evaluator of all tenants' rules. Raises UsageError for an address to notify that is none."""
    gauge = LakeGauge(answers, clock, timedelta(seconds=settings.watermark_s))
    gap = max(_LEAST_GAP, _MISSED * timedelta(seconds=settings.alerts_every_s))

    def rules() -> list[AlertRule]:
        made = AlertRules(store, clock).list()
        keys = (key.tenant_id for key in Keys(store, clock).list() if key.revoked_at is None)
        tenants = sorted({DEFAULT_TENANT, *keys, *(rule.tenant_id for rule in made)})
        return [rule for tenant in tenants for rule in built_in_rules(settings, tenant)] + made

    notify = [target_of(url.get_secret_value()) for url in settings.alerts_notify]
    return Evaluator(store, rules, gauge, clock, gap, timedelta(days=settings.alerts_kept_days), notify)


class AlertDesk:
    """The alerts and rules of one tenant, as they are asked for and told."""

    def __init__(self, settings: Settings, store: Store, clock: Clock, tenant_id: str, by: str) -> None:
        self._built_in = built_in_rules(settings, tenant_id)
        self._rules = AlertRules(store, clock, by)
        self._log = AlertLog(store, clock, by)
        self._messages = AlertMessages(store, clock)
        self._tenant_id = tenant_id

    def rules(self) -> list[RuleView]:
        rules = [*self._built_in, *self._rules.list(self._tenant_id)]
        standings, silences = self._log.standings(self._tenant_id), self._log.silences(self._tenant_id)
        return [_rule_view(rule, standings.get(rule.id), silences.get(rule.id)) for rule in rules]

    def create(self, body: RuleBody, key: str | None) -> RuleView:
        """Raises as `check_condition`, NameTakenError for a name that is taken, KeyReusedError for the key of another rule."""
        rule_id = hashlib.blake2b(f"{self._tenant_id}|{key}".encode(), digest_size=6).hexdigest() if key else None
        return self._shown(self._rules.create(self._asked("", body, ()), rule_id))

    def change(self, rule_id: str, body: RuleBody) -> RuleView:
        """All of a rule becomes what is sent. An address that is sent as it is shown stays the one that it was.

        Raises as `create` and `delete`.
        """
        self._not_built_in(rule_id, "changed")
        there = self._rules.get(self._tenant_id, rule_id)
        return self._shown(self._rules.change(self._asked(rule_id, body, there.notify or ())))

    def _asked(self, rule_id: str, body: RuleBody, known: Sequence[Target]) -> AlertRule:
        check_condition(body.condition)
        if body.name in (rule.name for rule in self._built_in):
            raise UsageError(f"A rule {body.name!r} is built in; give this one another name.")
        return AlertRule(
            id=rule_id,
            tenant_id=self._tenant_id,
            name=body.name,
            condition=body.condition.model_dump(mode="json"),
            comparison=Comparison(body.comparison),
            threshold=body.threshold,
            hold=timedelta(seconds=body.for_s),
            notify=None if body.notify is None else _targets([url.get_secret_value() for url in body.notify], known),
        )

    def _not_built_in(self, rule_id: str, done: str) -> None:
        if rule_id in (rule.id for rule in self._built_in):
            raise UsageError(f"The rule {rule_id} is built in and cannot be {done}; silence what it fires.")

    def delete(self, rule_id: str) -> RuleView:
        """Raises UsageError for one that is built in, NotFoundError for one that is not there."""
        self._not_built_in(rule_id, "deleted")
        standings = self._log.standings(self._tenant_id)
        return _rule_view(self._rules.delete(self._tenant_id, rule_id), standings.get(rule_id), None)

    def newest(self, limit: int, before: int | None, state: AlertState | None, rule_id: str | None) -> list[AlertView]:
        return self._told(self._log.newest(self._tenant_id, limit, before, state, rule_id))

    def firing(self) -> int:
        return sum(each.state is RuleState.FIRING for each in self._log.standings(self._tenant_id).values())

    def silence(self, alert_id: int, silence: Silence) -> AlertView:
        """Raises NotFoundError."""
        (view,) = self._told([self._log.silence(self._tenant_id, alert_id, silence)])
        return view

    def _shown(self, rule: AlertRule) -> RuleView:
        standings, silences = self._log.standings(self._tenant_id), self._log.silences(self._tenant_id)
        return _rule_view(rule, standings.get(rule.id), silences.get(rule.id))

    def _told(self, alerts: Sequence[Alert]) -> list[AlertView]:
        standings, silences = self._log.standings(self._tenant_id), self._log.silences(self._tenant_id)
        messages = self._messages.of([alert.id for alert in alerts])
        return [
            _alert_view(alert, standings.get(alert.rule_id), silences.get(alert.rule_id), messages.get(alert.id, []))
            for alert in alerts
        ]


def _targets(urls: Sequence[str], known: Sequence[Target]) -> tuple[Target, ...]:
    """Whom addresses name; those that are shown without their secrets are the first of `known` that looks so and is not taken."""
    left, found = list(known), []
    for url in urls:
        same = next((target for target in left if target.shown == url), None)
        if same is not None:
            left.remove(same)
        found.append(same or target_of(url))
    return tuple(found)


def _rule_view(rule: AlertRule, standing: Standing | None, silence: Silence | None) -> RuleView:
    return RuleView(
        id=rule.id,
        name=rule.name,
        condition=condition_of(rule),
        comparison=rule.comparison.value,
        threshold=rule.threshold,
        for_s=rule.hold.total_seconds(),
        told=told(rule),
        notify=None if rule.notify is None else [target.shown for target in rule.notify],
        built_in=rule.is_built_in,
        created_at=isoformat(rule.created_at) if rule.created_at else None,
        state=standing.state.value if standing else "inactive",
        since=isoformat(standing.since) if standing and standing.since else None,
        value=standing.value if standing else None,
        note=standing.note if standing else "Not evaluated yet.",
        trouble=standing.trouble if standing else None,
        evaluated_at=isoformat(standing.evaluated_at) if standing else None,
        alert_id=standing.alert_id if standing else None,
        silence=_silence_view(silence),
    )


def _alert_view(alert: Alert, standing: Standing | None, silence: Silence | None, messages: Sequence[AlertMessage]) -> AlertView:
    fires = standing is not None and standing.alert_id == alert.id
    same: dict[str, Any] = {name: getattr(alert, name) for name in ("id", "rule_id", "told", "value", "why", "end_why")}
    times = {name: plain(getattr(alert, name)) for name in ("since", "fired_at", "resolved_at")}
    return AlertView(
        **same,
        **times,
        rule=alert.rule_name,
        state=alert.state.value,
        current=standing.value if fires and standing else None,
        silence=_silence_view(silence),
        messages=[_message_view(message) for message in messages],
    )


def _message_view(message: AlertMessage) -> MessageView:
    return MessageView(
        id=message.id,
        change=message.change.value,
        to=message.shown,
        state=message.state.value,
        attempts=message.attempts,
        sent_at=isoformat(message.sent_at) if message.sent_at else None,
        error=message.error,
    )


def _silence_view(silence: Silence | None) -> SilenceView | None:
    return SilenceView(until=isoformat(silence.until), why=silence.why, by=silence.by) if silence else None
