"""Sends the messages that wait, one at a time; what is not taken is tried again, later each time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from rtlakehouse.clock import Clock
from rtlakehouse.control import AlertMessage, AlertMessages, AlertState, Target
from rtlakehouse.errors import RtlError

__all__ = ["Messenger", "Send"]

log = structlog.get_logger(__name__)

_FIRST_PAUSE = timedelta(seconds=5)
_LONGEST_PAUSE = timedelta(minutes=10)
# Who hears of an alert after a day does better to look at the list.
_GIVEN_UP_AFTER = timedelta(days=1)

Send = Callable[[Target, str, str, AlertState], None]


class Messenger:
    """send: raises RtlError where a message was not taken."""

    def __init__(self, messages: AlertMessages, send: Send, clock: Clock) -> None:
        self._messages = messages
        self._send = send
        self._clock = clock

    def send_next(self) -> bool:
        """Send one message, where one is due; whether there was one. One that was sent when the process ended is sent again."""
        message = self._messages.next()
        if message is None:
            return False
        try:
            self._send(Target(message.url, message.shown), message.title, message.body, message.change)
        except RtlError as error:
            due_at = self._due_again(message)
            log.warning(
                "a notification was not taken", message=message.id, to=message.shown, why=str(error), again_at=str(due_at)
            )
            self._messages.failed(message, str(error), due_at)
        else:
            self._messages.sent(message)
        return True

    def _due_again(self, message: AlertMessage) -> datetime | None:
        now = self._clock.now()
        if now - message.created_at >= _GIVEN_UP_AFTER:
            return None
        return now + min(_FIRST_PAUSE * (1 << min(message.attempts, 10)), _LONGEST_PAUSE)
