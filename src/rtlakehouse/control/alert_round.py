"""One evaluation of all alert rules, as it is written: standings, alerts and the messages about them, wholly or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from rtlakehouse.control.alert_messages import MessageState, is_silenced
from rtlakehouse.control.alert_rules import Target
from rtlakehouse.control.alerts import AlertState, Standing, of_rule, standing_of
from rtlakehouse.control.store import Store
from rtlakehouse.control.tables import ALERT_MESSAGES, ALERT_STANDINGS, ALERTS

__all__ = ["AlertRound", "alert_round"]

# The rest goes with the next evaluations, seconds later: whoever writes to the store waits for this.
_PRUNED_AT_ONCE = 500


@contextmanager
def alert_round(store: Store) -> Iterator[AlertRound]:
    """One evaluation. Only one process may do this. Raises StoreError; then nothing of it was kept."""
    with store.writing() as connection:
        yield AlertRound(connection)


class AlertRound:
    """What an evaluation reads and writes."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def standings(self) -> Mapping[tuple[str, str], Standing]:
        """How every rule of every tenant stands, by tenant and rule."""
        rows = self._connection.execute(select(ALERT_STANDINGS))
        return {(row.tenant_id, row.rule_id): standing_of(row) for row in rows}

    def keep(self, standings: Iterable[Standing]) -> None:
        """Write down how rules stand. Their silences stay as they are."""
        for standing in standings:
            values = dict(vars(standing))
            if not self._connection.execute(
                update(ALERT_STANDINGS).where(of_rule(standing.tenant_id, standing.rule_id)).values(**values)
            ).rowcount:
                self._connection.execute(insert(ALERT_STANDINGS).values(**values))

    def forget(self, standing: Standing) -> None:
        """Of a rule that is no more."""
        self._connection.execute(delete(ALERT_STANDINGS).where(of_rule(standing.tenant_id, standing.rule_id)))

    def fire(self, values: Mapping[str, Any]) -> int:
        """A new alert; its id."""
        made = insert(ALERTS).values(**values, state=AlertState.FIRING).returning(ALERTS.c.id)
        return int(self._connection.execute(made).scalar_one())

    def resolve(self, alert_id: int, at: datetime, why: str) -> str:
        """The name of its rule."""
        ended = {"state": AlertState.RESOLVED, "resolved_at": at, "end_why": why}
        done = update(ALERTS).where(ALERTS.c.id == alert_id).values(**ended).returning(ALERTS.c.rule_name)
        return str(self._connection.execute(done).scalar_one())

    def prune(self, resolved_before: datetime) -> int:
        """Take alerts away that were resolved before then, with their messages; how many.

        The newest stays, so that no other ever gets its id.
        """
        old = (ALERTS.c.resolved_at < resolved_before) & (ALERTS.c.id < select(func.max(ALERTS.c.id)).scalar_subquery())
        gone = list(self._connection.scalars(select(ALERTS.c.id).where(old).order_by(ALERTS.c.id).limit(_PRUNED_AT_ONCE)))
        self._connection.execute(delete(ALERT_MESSAGES).where(ALERT_MESSAGES.c.alert_id.in_(gone)))
        self._connection.execute(delete(ALERTS).where(ALERTS.c.id.in_(gone)))
        return len(gone)

    def tell_fired(self, alert_id: int, targets: Sequence[Target], title: str, body: str, at: datetime) -> None:
        """Have each target told that an alert fires."""
        for place, target in enumerate(targets):
            values = {"alert_id": alert_id, "url": target.url, "shown": target.shown}
            self._tell(f"{alert_id}-firing-{place}", values, AlertState.FIRING, title, body, at)

    def tell_resolved(self, alert_id: int, title: str, body: str, at: datetime) -> None:
        """Have those told that an alert is over who were told that it fires; who was not because of a silence never is."""
        fired = (ALERT_MESSAGES.c.alert_id == alert_id) & (ALERT_MESSAGES.c.change == AlertState.FIRING)
        unheard = fired & (ALERT_MESSAGES.c.state == MessageState.WAITING) & (ALERT_MESSAGES.c.attempts == 0) & is_silenced(at)
        self._connection.execute(update(ALERT_MESSAGES).where(unheard).values(state=MessageState.SILENCED))
        for row in self._connection.execute(select(ALERT_MESSAGES).where(fired)).all():
            if row.state != MessageState.SILENCED:
                values = {"alert_id": alert_id, "url": row.url, "shown": row.shown}
                self._tell(row.id.replace("firing", "resolved"), values, AlertState.RESOLVED, title, body, at)

    def _tell(self, message_id: str, values: Mapping[str, Any], change: AlertState, title: str, body: str, at: datetime) -> None:
        text = {"title": title, "body": f"{body}\n\nAlert {values['alert_id']}, message {message_id}"}
        begun = {"state": MessageState.WAITING, "attempts": 0, "due_at": at, "created_at": at}
        self._connection.execute(insert(ALERT_MESSAGES).values(id=message_id, change=change, **values, **text, **begun))
