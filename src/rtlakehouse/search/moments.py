"""When did it look like this before? Stretches of minutes compared by what was in them, minute by minute alike or not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["PARTS", "Alike", "alike"]

Floats = npt.NDArray[np.float64]
# A stretch is told by so many parts of it, so that what rises is not like what falls.
PARTS = 6


@dataclass(frozen=True)
class Alike:
    """A stretch that ends before the row `end`. difference: root mean square over its parts and figures, in standard deviations
    that these have: 0 is the same, above 1 little is alike."""

    end: int
    difference: float


def alike(counts: Floats, length: int, limit: int) -> list[Alike]:
    """The stretches most like the last `length` rows of counts by minute, one column a figure; the most alike first.

    length: a multiple of `PARTS`. None of them overlaps the last one or another.
    """
    part = length // PARTS
    ends = np.arange(len(counts), length - 1, -part)
    sums = np.concatenate([np.zeros((1, counts.shape[1])), np.cumsum(counts, axis=0)])
    # Of a part with a hundred more, it matters whether there were ten or ten thousand before.
    parts = np.log1p(np.stack([sums[ends - i * part] - sums[ends - (i + 1) * part] for i in range(PARTS)], axis=1))
    spread = parts[:, 0].std(axis=0)
    scaled = parts / np.where(spread > 0, spread, 1)
    differences = np.sqrt(((scaled - scaled[0]) ** 2).mean(axis=(1, 2)))
    found: list[Alike] = []
    for place in np.argsort(differences, kind="stable"):
        end = int(ends[place])
        if end <= len(counts) - length and all(abs(end - each.end) >= length for each in found):
            found.append(Alike(end, float(differences[place])))
            if len(found) == limit:
                break
    return found
