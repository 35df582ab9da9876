"""Turns of reads: few at once, each caller's line in turn, none lost."""

from __future__ import annotations

import asyncio

import pytest

from rtlakehouse.api.turns import Turns
from rtlakehouse.errors import OverloadedError


class Callers:
    """Reads that take turns, and end when they are told to; the first letter of each says whose it is."""

    def __init__(self, at_once: int, in_line: int = 10) -> None:
        self.turns = Turns(at_once, in_line)
        self.began: list[str] = []

    async def come(self, *names: str) -> list[asyncio.Task[None]]:
        tasks = [asyncio.create_task(self._begin(name)) for name in names]
        await settled()
        return tasks

    async def _begin(self, name: str) -> None:
        await self.turns.take(name[0])
        self.began.append(name)

    async def end(self, count: int = 1) -> list[str]:
        """Which have begun once so many have ended."""
        for _ in range(count):
            self.turns.give_back()
            await settled()
        return self.began


async def settled() -> None:
    for _ in range(3):
        await asyncio.sleep(0)


def test_who_asks_much_waits_for_himself() -> None:
    async def case() -> None:
        callers = Callers(at_once=2)
        await callers.come("a1", "a2", "a3", "a4", "b1", "c1", "a5", "b2")
        assert callers.began == ["a1", "a2"]
        assert await callers.end(6) == ["a1", "a2", "a3", "b1", "c1", "a4", "b2", "a5"]
        await callers.end(2)
        await callers.come("d1", "d2", "d3")
        assert callers.began[8:] == ["d1", "d2"]

    asyncio.run(case())


def test_a_full_line_takes_nobody_and_other_lines_do() -> None:
    async def case() -> None:
        callers = Callers(at_once=1, in_line=2)
        await callers.come("a1", "a2", "a3")
        with pytest.raises(OverloadedError, match="2 reads from a wait"):
            await callers.turns.take("a")
        await callers.come("b1")
        assert await callers.end(3) == ["a1", "a2", "b1", "a3"]

    asyncio.run(case())


def test_who_leaves_the_line_takes_no_turn_with_him() -> None:
    async def case() -> None:
        callers = Callers(at_once=1)
        _, second, _ = await callers.come("a1", "a2", "a3")
        second.cancel()
        await settled()
        assert await callers.end() == ["a1", "a3"]
        # This one leaves in the moment in which it is given its turn.
        (last,) = await callers.come("b1")
        callers.turns.give_back()
        last.cancel()
        await settled()
        await callers.come("c1")
        assert callers.began == ["a1", "a3", "c1"]

    asyncio.run(case())
