"""Waiting for a newer snapshot without holding a thread, for there are few and reads need them."""

from __future__ import annotations

import asyncio
import contextlib

from rtlakehouse.catalog import Catalog, Snapshot

__all__ = ["wait_for_change"]


async def wait_for_change(catalog: Catalog, seen: Snapshot, timeout_s: float) -> Snapshot:
    """The newest snapshot as soon as it is another than `seen`, or the same after `timeout_s`."""
    loop = asyncio.get_running_loop()
    changed = asyncio.Event()

    def tell() -> None:
        # The server may have stopped in the meantime, and its loop with it.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(changed.set)

    end = catalog.listen(tell)
    try:
        if catalog.latest is seen:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(timeout_s):
                    await changed.wait()
    finally:
        end()
    return catalog.latest
