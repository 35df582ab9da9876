"""Messages about alerts: written with the change they tell of, sent at least once, one by one for each target."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Row, exists, select, update

from rtlakehouse.clock import Clock
from rtlakehouse.control.alerts import AlertState
from rtlakehouse.control.store import Store
from rtlakehouse.control.tables import ALERT_MESSAGES, ALERT_STANDINGS, ALERTS

__all__ = ["AlertMessage", "AlertMessages", "MessageState", "is_silenced"]

# Messages that are looked at to find the next one: those before it wait for a target that does not answer.
_LOOKED_AT = 1_000


class MessageState(StrEnum):
    """What became of a message. silenced: what it would have told was over before the silence was."""

    WAITING = "waiting"
    SENT = "sent"
    GIVEN_UP = "given_up"
    SILENCED = "silenced"


@dataclass(frozen=True)
class AlertMessage:
    """One message to one target. id: the same however often it is sent. change: what the alert became. shown: the target without
    its secrets. error: why it was not taken the last time."""

    id: str
    alert_id: int
    change: AlertState
    url: str
    shown: str
    title: str
    body: str
    state: MessageState
    attempts: int
    due_at: datetime
    created_at: datetime
    sent_at: datetime | None
    error: str | None


class AlertMessages:
    """The messages of a store."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def of(self, alert_ids: Sequence[int]) -> dict[int, list[AlertMessage]]:
        """The messages of each of these alerts that has some, in the order they were written."""
        query = select(ALERT_MESSAGES).where(ALERT_MESSAGES.c.alert_id.in_(alert_ids)).order_by(*_ORDER)
        found: dict[int, list[AlertMessage]] = {}
        with self._store.reading() as connection:
            for row in connection.execute(query):
                found.setdefault(row.alert_id, []).append(_message(row))
        return found

    def next(self) -> AlertMessage | None:
        """The message that is to be sent first; None where none is due. What an alert became is never told before it fired, and
        nothing is told of a rule that is silenced."""
        now = self._clock.now()
        query = select(ALERT_MESSAGES).where(ALERT_MESSAGES.c.state == MessageState.WAITING, ~is_silenced(now))
        with self._store.reading() as connection:
            rows = connection.execute(query.order_by(*_ORDER).limit(_LOOKED_AT)).all()
        return next(_due(map(_message, rows), now), None)

    def sent(self, message: AlertMessage) -> None:
        self._change(message, {"state": MessageState.SENT, "sent_at": self._clock.now(), "error": None})

    def failed(self, message: AlertMessage, error: str, due_at: datetime | None) -> None:
        """It was not taken, and is tried again at `due_at`; None: it is given up."""
        what = {"state": MessageState.GIVEN_UP} if due_at is None else {"due_at": due_at}
        self._change(message, {**what, "error": error})

    def _change(self, message: AlertMessage, values: dict[str, Any]) -> None:
        this = update(ALERT_MESSAGES).where(ALERT_MESSAGES.c.id == message.id)
        with self._store.writing() as connection:
            connection.execute(this.values(**values, attempts=message.attempts + 1))


def is_silenced(now: datetime) -> ColumnElement[bool]:
    """The condition of the messages about alerts whose rule is silenced."""
    of_alert = ALERTS.c.id == ALERT_MESSAGES.c.alert_id
    of_rule = (ALERT_STANDINGS.c.tenant_id == ALERTS.c.tenant_id) & (ALERT_STANDINGS.c.rule_id == ALERTS.c.rule_id)
    return exists().where(of_alert, of_rule, ALERT_STANDINGS.c.silenced_until > now)


# A message that an alert fires is written before the one that it is resolved.
_ORDER = (ALERT_MESSAGES.c.created_at, ALERT_MESSAGES.c.alert_id, ALERT_MESSAGES.c.change, ALERT_MESSAGES.c.id)


def _due(waiting: Iterator[AlertMessage], now: datetime) -> Iterator[AlertMessage]:
    before: set[tuple[int, str]] = set()
    for message in waiting:
        to = (message.alert_id, message.url)
        if to not in before and message.due_at <= now:
            yield message
        before.add(to)


def _message(row: Row[Any]) -> AlertMessage:
    values = {field.name: getattr(row, field.name) for field in fields(AlertMessage)}
    return AlertMessage(**values | {"change": AlertState(row.change), "state": MessageState(row.state)})
