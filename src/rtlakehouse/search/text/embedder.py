"""What makes vectors of texts, two of them side by side, and vectors that are kept so that each text is embedded once."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol
from zipfile import BadZipFile

import numpy as np
import structlog

from rtlakehouse.search.index import Vector
from rtlakehouse.storage.durable import write_atomically

__all__ = ["Both", "Embedder", "Kept"]

log = structlog.get_logger(__name__)


class Embedder(Protocol):
    """Gives texts directions. noise: the cosine up to which two texts have nothing to do with each other."""

    name: str
    dimensions: int
    noise: float

    def vectors(self, texts: Sequence[str]) -> list[Vector]:
        """The direction of each text; 0 where it says nothing."""
        ...

    def asked(self, words: str, own: Sequence[str]) -> Vector:
        """The direction of what is asked of those texts and of `own`."""
        ...


class Both:
    """Two embedders side by side: what is alike by one of them is half alike, by both wholly."""

    def __init__(self, one: Embedder, other: Embedder) -> None:
        self._each = (one, other)
        self.name = f"{one.name} and {other.name}"
        self.dimensions = one.dimensions + other.dimensions
        # What only one of them finds alike is half as alike.
        self.noise = max(one.noise, other.noise) / 2

    def vectors(self, texts: Sequence[str]) -> list[Vector]:
        return [np.concatenate(pair) for pair in zip(*(each.vectors(texts) for each in self._each), strict=True)]

    def asked(self, words: str, own: Sequence[str]) -> Vector:
        return np.concatenate([each.asked(words, own) for each in self._each])


class Kept:
    """An embedder whose vectors of texts depend on nothing else, kept in a file: a text costs its embedding once.

    The file is a copy that can be made again: one that cannot be read is made anew.
    """

    def __init__(self, embedder: Embedder, path: Path) -> None:
        self.name, self.dimensions, self.noise = embedder.name, embedder.dimensions, embedder.noise
        self._embedder = embedder
        self._path = path
        self._known = self._read()

    def vectors(self, texts: Sequence[str]) -> list[Vector]:
        missing = [text for text in dict.fromkeys(texts) if self._key(text) not in self._known]
        if missing:
            found = self._embedder.vectors(missing)
            self._known |= {self._key(text): vector for text, vector in zip(missing, found, strict=True)}
            self._write()
        return [self._known[self._key(text)] for text in texts]

    def asked(self, words: str, own: Sequence[str]) -> Vector:
        return self._embedder.asked(words, own)

    def _key(self, text: str) -> str:
        return hashlib.blake2b(f"{self.name}|{text}".encode(), digest_size=16).hexdigest()

    def _read(self) -> dict[str, Vector]:
        try:
            with self._path.open("rb") as file, np.load(file, allow_pickle=False) as held:
                return dict(zip(held["keys"].tolist(), np.asarray(held["vectors"], np.float32), strict=True))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, LookupError, EOFError, BadZipFile) as error:
            log.warning("vectors of texts are made anew", why=str(error))
            return {}

    def _write(self) -> None:
        out = io.BytesIO()
        np.savez(out, keys=np.array(list(self._known)), vectors=np.stack(list(self._known.values())))
        self._path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(self._path, out.getvalue())
