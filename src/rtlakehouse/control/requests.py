"""Requests that name themselves by a key: each is done once, and answered the same when it comes again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, TypeAlias

from sqlalchemy import Connection, delete, func, insert, select

from rtlakehouse.clock import Clock
from rtlakehouse.control.store import Store, one_at_a_time
from rtlakehouse.control.tables import REQUESTS
from rtlakehouse.errors import KeyReusedError

__all__ = ["KEPT_FOR", "MOST", "Requests"]

# Whoever lost an answer tries again within minutes; a program that was down over night within a day.
KEPT_FOR = timedelta(days=1)
# Of a tenant: a few megabytes. The oldest are forgotten first.
MOST = 10_000

Answer: TypeAlias = Mapping[str, Any]


class Requests:
    """The requests of one who asks, in a tenant. The same key sent by another is another request."""

    def __init__(self, store: Store, clock: Clock, tenant_id: str, who: str) -> None:
        self._store = store
        self._clock = clock
        self._tenant_id = tenant_id
        self._who = who

    def known(self, key: str, digest: str) -> Answer | None:
        """What the request of this key was answered; None for a new one. Raises KeyReusedError for one that asked otherwise."""
        with self._store.reading() as connection:
            return self._answer(connection, key, digest)

    def once(self, key: str, digest: str, do: Callable[[], Answer]) -> Answer:
        """What `do` answers, or answered when the request of this key came first; at one time it is done by one alone.

        What `do` writes to the store is kept together with its answer, or nothing of both where it fails. digest: of what is
        asked for. Raises as `do`, and KeyReusedError where the key stands for something else.
        """
        with self._store.writing() as connection:
            one_at_a_time(connection, self._tenant_id, self._who, key)
            known = self._answer(connection, key, digest)
            if known is not None:
                return known
            answer = do()
            self._make_room(connection)
            made = {"tenant_id": self._tenant_id, "who": self._who, "key": key, "digest": digest, "answer": dict(answer)}
            connection.execute(insert(REQUESTS).values(**made, at=self._clock.now()))
            return answer

    def _answer(self, connection: Connection, key: str, digest: str) -> Answer | None:
        this = (REQUESTS.c.tenant_id == self._tenant_id) & (REQUESTS.c.who == self._who) & (REQUESTS.c.key == key)
        kept = REQUESTS.c.at > self._clock.now() - KEPT_FOR
        row = connection.execute(select(REQUESTS.c.digest, REQUESTS.c.answer).where(this & kept)).one_or_none()
        if row is None:
            return None
        if row.digest != digest:
            raise KeyReusedError(f"The Idempotency-Key {key!r} stands for another request; use another key. Nothing was done.")
        answer: Answer = row.answer
        return answer

    def _make_room(self, connection: Connection) -> None:
        """Forget what is too old, and the oldest where there are as many as may be."""
        ours = REQUESTS.c.tenant_id == self._tenant_id
        connection.execute(delete(REQUESTS).where(ours & (REQUESTS.c.at <= self._clock.now() - KEPT_FOR)))
        over = (connection.scalar(select(func.count()).select_from(REQUESTS).where(ours)) or 0) - MOST + 1
        if over > 0:
            oldest = select(REQUESTS.c.at).where(ours).order_by(REQUESTS.c.at).offset(over - 1).limit(1)
            connection.execute(delete(REQUESTS).where(ours & (REQUESTS.c.at <= oldest.scalar_subquery())))
