"""Vectors of products from how often they were together: positive pointwise mutual information, factorised.

After Levy, Goldberg and Dagan, "Improving Distributional Similarity with Lessons Learned from Word Embeddings" (TACL 3, 2015):
contexts smoothed by a power of 0.75, the square root of the singular values. The factorisation is the randomised one of Halko,
Martinsson and Tropp (SIAM Review 53, 2011), which needs nothing but products of the matrix with narrow ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rtlakehouse.search.index import Vector

__all__ = ["DIMENSIONS", "Basis", "Lines", "Masses", "embedded", "fitted"]

DIMENSIONS = 64

_SMOOTHING = 0.75
_MORE_DIMENSIONS = 10
_ITERATIONS = 2
# Of the products that are multiplied at once; bounds memory to about 60 MB.
_AT_ONCE = 200_000
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Lines:
    """Rows of a symmetric matrix of counts. products: of each row, ascending; first: where its entries begin; others, counts:
    of every entry its column's product and its value. No row is empty."""

    products: Integers
    first: Integers
    others: Integers
    counts: Integers

    @property
    def lengths(self) -> Integers:
        return np.diff(np.append(self.first, len(self.counts)))


@dataclass(frozen=True)
class Masses:
    """How much each product of a tenant was together with others. products: ascending."""

    products: Integers
    values: Integers

    def of(self, products: Integers) -> npt.NDArray[np.float32]:
        """At least 1: what was forgotten of a product is not made up for."""
        found = self.values[np.searchsorted(self.products, products)]
        return np.maximum(found, 1).astype(np.float32)

    @property
    def smoothed(self) -> float:
        return float((np.maximum(self.values, 1).astype(np.float64) ** _SMOOTHING).sum())


@dataclass(frozen=True)
class Basis:
    """What takes a product's row to its vector. products: the columns that it knows, ascending; columns: one row for each."""

    products: Integers
    columns: Vector


def fitted(lines: Lines, masses: Masses, seed: int = 0) -> Basis:
    """The basis of a whole matrix, whose `lines` are of every product that has any. The same counts give the same basis."""
    places = np.searchsorted(lines.products, lines.others)
    mutual, transposed = _mutual(lines, masses), _mutual(lines, masses, transposed=True)
    width = min(len(lines.products), DIMENSIONS + _MORE_DIMENSIONS)
    random = np.random.default_rng(seed)
    range_ = _orthogonal(_product(lines.first, places, mutual, random.normal(size=(len(lines.products), width))))
    for _ in range(_ITERATIONS):
        back = _orthogonal(_product(lines.first, places, transposed, range_))
        range_ = _orthogonal(_product(lines.first, places, mutual, back))
    _, values, columns = np.linalg.svd(_product(lines.first, places, transposed, range_).T, full_matrices=False)
    kept = min(DIMENSIONS, int((values > values[0] * 1e-5).sum())) if values[0] > 0 else 0
    weighted = columns[:kept].T / np.sqrt(values[:kept])
    padded = np.zeros((len(lines.products), DIMENSIONS), np.float32)
    padded[:, :kept] = weighted
    return Basis(lines.products, padded)


def embedded(lines: Lines, masses: Masses, basis: Basis) -> Vector:
    """A vector for each of the lines. What a line has in columns that the basis does not know counts for nothing."""
    places = np.minimum(np.searchsorted(basis.products, lines.others), len(basis.products) - 1)
    mutual = np.where(basis.products[places] == lines.others, _mutual(lines, masses), 0)
    return _product(lines.first, places, mutual.astype(np.float32), basis.columns)


def _mutual(lines: Lines, masses: Masses, *, transposed: bool = False) -> Vector:
    """log(p(a, b) / (p(a) p(b)')), or 0 where that is below; p' is smoothed, and of the row where it is transposed."""
    own, other = np.repeat(masses.of(lines.products), lines.lengths), masses.of(lines.others)
    row, column = (other, own) if transposed else (own, other)
    expected = row * column**_SMOOTHING / masses.smoothed
    return np.maximum(np.log(lines.counts / expected), 0).astype(np.float32)


def _orthogonal(matrix: Vector) -> Vector:
    return np.linalg.qr(matrix)[0].astype(np.float32)


def _product(first: Integers, places: Integers, values: Vector, dense: npt.NDArray[np.floating]) -> Vector:
    """The product of a sparse matrix, by rows, and a dense one."""
    narrow = dense.astype(np.float32)
    parts = [
        np.add.reduceat(values[start:end, None] * narrow[places[start:end]], first[rows] - start, axis=0)
        for rows, start, end in _chunks(first, len(values))
    ]
    return np.concatenate(parts) if parts else np.zeros((0, narrow.shape[1]), np.float32)


def _chunks(first: Integers, entries: int) -> Iterator[tuple[slice, int, int]]:
    """Rows, and where their entries start and end, so many entries at a time or one row."""
    row = 0
    while row < len(first):
        start = int(first[row])
        next_row = max(row + 1, int(np.searchsorted(first, start + _AT_ONCE)))
        end = int(first[next_row]) if next_row < len(first) else entries
        yield slice(row, next_row), start, end
        row = next_row
