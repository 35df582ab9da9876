"""Answers kept by ETag, bounded by number and by size."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

from rtlakehouse.api.formats import Body

__all__ = ["Cache"]


class Cache:
    """The answers used last. One that is asked for by several at once is made once, and the others wait for it. Thread-safe."""

    def __init__(self, max_entries: int, max_bytes: int) -> None:
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        self._bytes = 0
        self._kept: OrderedDict[str, Body] = OrderedDict()
        self._making: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    def get(self, etag: str, make: Callable[[], Body]) -> Body:
        """The answer of that ETag, made where it is not kept."""
        with self._lock:
            if (kept := self._found(etag)) is not None:
                return kept
            making = self._making.setdefault(etag, threading.Lock())
        with making:
            with self._lock:
                if (kept := self._found(etag)) is not None:
                    return kept
            try:
                body = make()
                self._keep(etag, body)
            finally:
                with self._lock:
                    self._making.pop(etag, None)
        return body

    def _found(self, etag: str) -> Body | None:
        if etag in self._kept:
            self._kept.move_to_end(etag)
        return self._kept.get(etag)

    def _keep(self, etag: str, body: Body) -> None:
        with self._lock:
            if etag not in self._kept:
                self._bytes += len(body.content)
            self._kept[etag] = body
            while self._kept and (len(self._kept) > self._max_entries or self._bytes > self._max_bytes):
                _, dropped = self._kept.popitem(last=False)
                self._bytes -= len(dropped.content)
