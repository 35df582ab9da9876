"""Measures what rules are about, over the newest snapshot, by the wall clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from rtlakehouse.alerts import Measured
from rtlakehouse.anomalies.series import Span as JudgedSpan
from rtlakehouse.anomalies.watched import Wanted
from rtlakehouse.api.alerts import conditions, queries
from rtlakehouse.api.alerts.conditions import (
    AnomalyCondition,
    Condition,
    FreshnessCondition,
    LedgerCondition,
    MetricCondition,
    QuarantineCondition,
    condition_of,
)
from rtlakehouse.api.anomalies import service as anomalies
from rtlakehouse.api.answers import Answers
from rtlakehouse.api.parameters import NoParameters, minute_of
from rtlakehouse.catalog.snapshot import Range
from rtlakehouse.clock import Clock
from rtlakehouse.control import AlertRule
from rtlakehouse.errors import InvariantError, StaleError
from rtlakehouse.figures import Span, figures
from rtlakehouse.ml import DEFAULT, detector
from rtlakehouse.quality.freshness import age
from rtlakehouse.quality.queries import BALANCE
from rtlakehouse.semantic.catalogue import load
from rtlakehouse.semantic.statement import compile_question

__all__ = ["LakeGauge"]

_MINUTE = timedelta(minutes=1)


class LakeGauge:
    """delay: how long after its end a minute is final."""

    def __init__(self, answers: Answers, clock: Clock, delay: timedelta) -> None:
        self._answers = answers
        self._clock = clock
        self._delay = delay
        # By tenant and condition: the final minute that anomalies were last judged up to, and what was found.
        self._judged: dict[tuple[str, str], tuple[datetime, Measured]] = {}

    def told(self, rule: AlertRule) -> str:
        return conditions.told(rule)

    def measure(self, rule: AlertRule) -> Measured:
        """Raises StaleError where the minutes to be measured are not all there yet, InvariantError where the lake is damaged."""
        if fault := self._answers.catalog.fault:
            raise InvariantError(f"{fault} Run `rtl doctor`.")
        condition = condition_of(rule)
        if not isinstance(condition, FreshnessCondition | LedgerCondition):
            self._raise_if_behind()
        measures: dict[type[Condition], Callable[[str, Any], Measured]] = {
            MetricCondition: self._metric,
            FreshnessCondition: self._freshness,
            QuarantineCondition: self._quarantine_rate,
            LedgerCondition: self._difference,
            AnomalyCondition: self._anomalies,
        }
        return measures[type(condition)](rule.tenant_id, condition)

    def _raise_if_behind(self) -> None:
        behind = self._answers.catalog.behind_ms() / 1000
        if behind > max(self._delay.total_seconds(), 1):
            raise StaleError(f"What is readable is {behind:,.0f} s behind what was acknowledged; see GET /api/v1/health.", 1)

    def _metric(self, tenant_id: str, condition: MetricCondition) -> Measured:
        start, end = self._final(condition.minutes)
        question = condition.question
        statement = compile_question(question, load())
        rows = figures(self._answers.catalog.latest, question, statement, Span(tenant_id, start, end), 1).to_pylist()
        found = rows[0][condition.metric] if rows else None
        value = None if found is None else float(found)
        said = "has no value" if found is None else f"was {found:,}"
        return Measured(value, f"{condition.metric} {said} from {start:%H:%M} to {end:%H:%M} UTC.")

    def _freshness(self, tenant_id: str, condition: FreshnessCondition) -> Measured:
        found = age(self._answers.catalog.latest, tenant_id, condition.table, self._clock.now())
        if found is None:
            return Measured(None, f"There is nothing in {condition.table} yet.")
        seconds = found.total_seconds()
        return Measured(seconds, f"The newest of {condition.table} is {seconds:,.0f} s old.")

    def _quarantine_rate(self, tenant_id: str, condition: QuarantineCondition) -> Measured:
        since = self._clock.now() - timedelta(minutes=condition.minutes)
        ledger = ("ops.ledger", Range("committed_at", since, None))
        bound = {"tenant": tenant_id, "since": since.astimezone(UTC).replace(tzinfo=None)}
        (row,) = self._answers.catalog.latest.query(queries.BATCHES, bound, ledger=ledger).to_pylist()
        if not row["received"]:
            return Measured(None, f"Nothing was received in {condition.minutes} minutes.")
        rate = row["quarantined"] / row["received"]
        return Measured(rate, f"{row['quarantined']:,} of {row['received']:,} records are in quarantine: {rate:.1%}.")

    def _difference(self, tenant_id: str, condition: LedgerCondition) -> Measured:
        snapshot = self._answers.catalog.latest
        (row,) = snapshot.query(BALANCE, {"tenant": tenant_id}, sums=snapshot.ledger_sums).to_pylist()
        return Measured(row["difference"], f"{row['difference']:,} of {row['received']:,} records are unaccounted for.")

    def _anomalies(self, tenant_id: str, condition: AnomalyCondition) -> Measured:
        start, end = self._final(condition.minutes)
        key = (tenant_id, condition.model_dump_json())
        # Judging takes days of minutes into account: once for each final minute is enough.
        if (kept := self._judged.get(key)) is None or kept[0] != end:
            self._judged[key] = kept = (end, self._judge(tenant_id, condition, start, end))
        return kept[1]

    def _judge(self, tenant_id: str, condition: AnomalyCondition, start: datetime, end: datetime) -> Measured:
        answers = self._answers.of(tenant_id)
        reading = answers.reading_of(answers.catalog.latest, NoParameters())
        wanted = Wanted(detector(DEFAULT), condition.metric, condition.currency, condition.dimension, condition.segment)
        _, found = anomalies.anomalies(reading, JudgedSpan.of(reading, start, end), wanted)
        severe = [each for each in found if condition.severity in ("warning", each.severity)]
        return Measured(len(severe), severe[-1].reason + "." if severe else f"None in {condition.minutes} minutes.")

    def _final(self, minutes: int) -> tuple[datetime, datetime]:
        end = minute_of(self._clock.now() - self._delay)
        return end - minutes * _MINUTE, end
