"""Connections as uvicorn serves them, with deadlines for who sends no request, and for who reads no answer."""

from __future__ import annotations

import asyncio
import socket
import struct
from asyncio import TimerHandle, Transport
from functools import partial
from typing import Any

import structlog
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from rtlakehouse.settings import Settings

__all__ = ["connections"]

# Else the system keeps what is unsent for minutes, though nobody takes it.
_AT_ONCE = struct.pack("ii", 1, 0)

log = structlog.get_logger(__name__)


class _Connection(HttpToolsProtocol):
    """Is cut when the head of a request does not arrive within `head_s`, or its client takes no byte for `send_s`.

    uvicorn has neither deadline, and what is closed while something is unsent is kept until that is taken.
    """

    def __init__(self, *, head_s: float, send_s: float, **given: Any) -> None:
        super().__init__(**given)
        self._head_s = head_s
        self._send_s = send_s
        self._head: TimerHandle | None = None
        self._sending: TimerHandle | None = None
        self._unsent = 0
        self._was_taken = False

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end_head()
        if self._sending is not None:
            self._sending.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._head is None and (self.cycle is None or self.cycle.response_complete):
            self._await_head()

    def on_headers_complete(self) -> None:
        self._end_head()
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._watch_if_closing()

    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        self._watch_if_closing()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._watch()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._was_taken = True

    def _await_head(self) -> None:
        self._head = self.loop.call_later(self._head_s, self._cut, "it sent no request")

    def _end_head(self) -> None:
        if self._head is not None:
            self._head.cancel()
            self._head = None

    def _watch_if_closing(self) -> None:
        if self.transport.is_closing():
            self._watch()

    def _watch(self) -> None:
        """Look whether anything of what is unsent now is taken. Nothing is added to it while writing is paused or closing."""
        if self._sending is None:
            self._unsent, self._was_taken = self.transport.get_write_buffer_size(), False
            self._sending = self.loop.call_later(self._send_s, self._look)

    def _look(self) -> None:
        self._sending = None
        if not (self.flow.write_paused or self.transport.is_closing()):
            return
        if self._was_taken or self.transport.get_write_buffer_size() < self._unsent:
            self._watch()
        else:
            self._cut("it took no byte")

    def _cut(self, why: str) -> None:
        log.debug("a connection was cut", why=why, client=self.client and self.client[0])
        opened = self.transport.get_extra_info("socket")
        if opened is not None:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
        self.transport.abort()


def connections(settings: Settings) -> type[asyncio.Protocol]:
    """What uvicorn is to make for each connection, as its `http`."""
    made: Any = partial(_Connection, head_s=settings.receive_timeout_s, send_s=settings.send_timeout_s)
    found: type[asyncio.Protocol] = made
    return found
