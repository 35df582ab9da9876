"""Idempotency keys: which post a key stands for. They ride in the bronze commit that holds the post's events."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from rtlakehouse.errors import KeyReusedError
from rtlakehouse.storage.log import Commit

__all__ = ["KEPT", "METADATA", "Keyed", "Keys", "digest_of"]

METADATA = "keys"
# About 20 MB of memory; a client tries again within minutes.
KEPT = 100_000


@dataclass(frozen=True)
class Keyed:
    """A post that was given a key: whose, the hash of its records, and the position of its first event."""

    tenant_id: str
    key: str
    digest: str
    first: int

    def as_metadata(self) -> list[Any]:
        return [self.tenant_id, self.key, self.digest, self.first]


class Keys:
    """The keys of the posts stored last. Not thread-safe."""

    def __init__(self, commits: Iterable[Commit]) -> None:
        """commits: what is known of bronze, oldest first."""
        self._kept: OrderedDict[tuple[str, str], Keyed] = OrderedDict()
        for commit in commits:
            for entry in commit.metadata.get(METADATA, []):
                self.keep(Keyed(*entry))

    def first_of(self, tenant_id: str, key: str, digest: str) -> int | None:
        """The position of the first event of the post with this key; None for a new key. Raises KeyReusedError."""
        known = self._kept.get((tenant_id, key))
        if known is None:
            return None
        check(known.digest, digest, key)
        return known.first

    def keep(self, keyed: Keyed) -> None:
        self._kept[keyed.tenant_id, keyed.key] = keyed
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)


def check(known: str, digest: str, key: str) -> None:
    """Raise KeyReusedError where a key comes with other records than it stands for."""
    if known != digest:
        raise KeyReusedError(
            f"Idempotency-Key {key!r} was used for another post. Nothing was stored; give each post its own key."
        )


def digest_of(payloads: Sequence[bytes]) -> str:
    """A hash of a post's records."""
    state = hashlib.blake2b(digest_size=16)
    for payload in payloads:
        state.update(len(payload).to_bytes(8, "big"))
        state.update(payload)
    return state.hexdigest()
