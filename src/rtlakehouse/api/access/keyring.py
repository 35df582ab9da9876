"""The keys used last, so that a request with one costs no look into the control store."""

from __future__ import annotations

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from rtlakehouse.control import ApiKey, Keys

__all__ = ["Keyring"]

# How long a key that another process has revoked may still be good for here.
_FRESH_S = 1.0
# From this age on one of those who ask for a key looks it up anew: once it is too old, hundreds would at once.
_RENEWED_S = 0.5
# A few megabytes. Only good keys are kept, so that trying many pushes none of them out.
_KEPT = 10_000


@dataclass
class _Kept:
    key: ApiKey
    looked_up: float
    is_renewed: bool = False


class Keyring:
    """Recognises keys. Thread-safe."""

    def __init__(self, keys: Keys, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._keys = keys
        self._monotonic = monotonic
        self._kept: OrderedDict[bytes, _Kept] = OrderedDict()
        self._lock = threading.Lock()

    def recent(self, text: str) -> ApiKey | None:
        """The key that this is the text of, where it was looked up within the last second; never waits.

        None also for the one who is to look it up anew, before it is too old for all.
        """
        with self._lock:
            kept = self._kept.get(_digest(text))
            if kept is None or (age := self._monotonic() - kept.looked_up) >= _FRESH_S:
                return None
            if age < _RENEWED_S or kept.is_renewed:
                return kept.key
            kept.is_renewed = True
            return None

    def find(self, text: str) -> ApiKey | None:
        """The key that this is the text of, as the store has it now; None for one that is not good. Raises StoreError."""
        looked_up = self._monotonic()
        key = self._keys.find(text)
        with self._lock:
            if key is None:
                self._kept.pop(_digest(text), None)
            else:
                self._kept[_digest(text)] = _Kept(key, looked_up)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return key

    def forget(self) -> None:
        """Look every key up anew: one was revoked here."""
        with self._lock:
            self._kept.clear()


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
