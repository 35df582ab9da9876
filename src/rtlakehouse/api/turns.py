"""Reads that are worked on at once are few, so that posts and the engine keep their share of the processors.

Those that wait stand in line, each caller's in a line of its own, and the lines take turns: who asks much waits for himself.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rtlakehouse.api.errors import problem
from rtlakehouse.errors import OverloadedError

__all__ = ["READER", "InTurn", "Turns"]

# In a request's scope: whose read it is. Requests without are no reads, or cost nothing.
READER = "rtlakehouse.reader"
# More than a page of the dashboard asks, and so few that the last one is answered in a few seconds.
_IN_LINE = 100
_RETRY_AFTER_S = 1
# What waits here for something to happen holds no thread, and must not hold a turn.
_PATIENT = "/api/v1/events/receipts/"
# Statements run in processes of their own, few at once, for seconds: nothing else waits for them.
_STATEMENTS = ("/api/v1/query", "/api/v1/queries/")


class Turns:
    """Turns of which `at_once` can be had at once. Used on one event loop only."""

    def __init__(self, at_once: int, in_line: int = _IN_LINE) -> None:
        self._free = at_once
        self._in_line = in_line
        self._lines: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()

    async def take(self, whose: str) -> None:
        """Wait for a turn; `give_back` ends it. Raises OverloadedError where the caller's line is full."""
        if self._free:
            self._free -= 1
            return
        line = self._lines.setdefault(whose, deque())
        if len(line) >= self._in_line:
            raise OverloadedError(f"{len(line)} reads from {whose} wait already; ask again later.", _RETRY_AFTER_S)
        turn = asyncio.get_running_loop().create_future()
        line.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            # One that was given in the same moment goes on to the next.
            if not turn.cancelled():
                self.give_back()
            raise

    def give_back(self) -> None:
        """The turn is over: who has waited longest in the next line has one."""
        while self._lines:
            whose, line = self._lines.popitem(last=False)
            turn = line.popleft()
            if line:
                self._lines[whose] = line
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1


class InTurn:
    """Middleware: has each read wait for its turn once all of it has arrived, and gives that back when its answer begins."""

    def __init__(self, app: ASGIApp, reads: int, statements: int) -> None:
        self._app = app
        self._reads = Turns(reads)
        self._statements = Turns(statements)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        whose = scope.get(READER)
        if whose is None or scope["path"].startswith(_PATIENT):
            await self._app(scope, receive, send)
            return
        is_statement = scope["method"] == "POST" and scope["path"].startswith(_STATEMENTS)
        turns = self._statements if is_statement else self._reads
        await _Read(self._app, turns, whose).answer(scope, receive, send)


class _Read:
    """One read and its turn, which it has neither while it arrives nor while its answer is sent: both may take a client long."""

    def __init__(self, app: ASGIApp, turns: Turns, whose: str) -> None:
        self._app = app
        self._turns = turns
        self._whose = whose
        self._has_turn = False

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_whole = scope["method"] != "POST"

        async def received() -> Message:
            nonlocal is_whole
            message = await receive()
            if not is_whole and not message.get("more_body", False):
                is_whole = True
                await self._take()
            return message

        async def sent(message: Message) -> None:
            self._give_back()
            await send(message)

        try:
            if is_whole:
                await self._take()
        except OverloadedError as error:
            headers = {"Retry-After": str(round(error.retry_after_s))}
            await problem(429, str(error), scope["request_id"], headers)(scope, receive, send)
            return
        try:
            await self._app(scope, received, sent)
        finally:
            self._give_back()

    async def _take(self) -> None:
        await self._turns.take(self._whose)
        self._has_turn = True

    def _give_back(self) -> None:
        if self._has_turn:
            self._has_turn = False
            self._turns.give_back()
