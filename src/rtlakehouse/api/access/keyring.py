"""The keys used last, so that a request with one costs no look into the control store."""

from __future__ import annotations

import hashlib
import threading
import time
from collections import OrderedDict

from rtlakehouse.control import ApiKey, Keys

__all__ = ["Keyring"]

# How long a key that another process has revoked may still be good for here.
_FRESH_S = 1.0
# A few megabytes. Only good keys are kept, so that trying many pushes none of them out.
_KEPT = 10_000


class Keyring:
    """Recognises keys. Thread-safe."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._kept: OrderedDict[bytes, tuple[float, ApiKey]] = OrderedDict()
        self._lock = threading.Lock()

    def recent(self, text: str) -> ApiKey | None:
        """The key that this is the text of, where it was looked up within the last second; never waits."""
        with self._lock:
            looked_up, key = self._kept.get(_digest(text), (0.0, None))
        return key if time.monotonic() - looked_up < _FRESH_S else None

    def find(self, text: str) -> ApiKey | None:
        """The key that this is the text of, as the store has it now; None for one that is not good. Raises StoreError."""
        looked_up = time.monotonic()
        key = self._keys.find(text)
        with self._lock:
            if key is None:
                self._kept.pop(_digest(text), None)
            else:
                self._kept[_digest(text)] = (looked_up, key)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return key

    def forget(self) -> None:
        """Look every key up anew: one was revoked here."""
        with self._lock:
            self._kept.clear()


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
