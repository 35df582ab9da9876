"""What the questions of the evaluation must be answered with, of its shop: figures.json, which an oracle has computed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any

__all__ = ["figures", "is_right"]

Row = Mapping[str, Any]


@cache
def figures() -> Mapping[str, Sequence[Row]]:
    """The rows of each question that has an answer, in any order; compared, each figure with `_previous` beside it."""
    found: Mapping[str, Sequence[Row]] = json.loads(resources.files(__package__).joinpath("figures.json").read_text("utf-8"))
    return found


def is_right(question: str, rows: Sequence[Row]) -> bool:
    """Whether an answer has the rows that it must have, no more and no fewer, whatever else it tells in them."""
    wanted = figures()[question]
    names = set(wanted[0]) if wanted else set()
    has_all = all(names <= row.keys() for row in rows)
    return has_all and _in_order({name: row[name] for name in names} for row in rows) == _in_order(wanted)


def _in_order(rows: Iterable[Row]) -> list[str]:
    return sorted(json.dumps(row, sort_keys=True) for row in rows)
