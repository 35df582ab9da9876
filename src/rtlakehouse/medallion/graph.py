"""All tables, in the order in which they are filled."""

from __future__ import annotations

import difflib

from rtlakehouse.errors import NotFoundError
from rtlakehouse.medallion import bronze, gold, journal, ops, silver
from rtlakehouse.medallion.table import Table

__all__ = ["GOLD", "JOURNALS", "SIBLINGS", "TABLES", "downstream", "table"]

# Those of the layer that are a query over silver, at every version.
GOLD = gold.TABLES
# What was told of them, which is no query.
JOURNALS = journal.TABLES
SIBLINGS = (silver.EVENTS, silver.QUARANTINE, silver.DUPLICATES)
TABLES: dict[str, Table] = {t.name: t for t in (bronze.EVENTS, *SIBLINGS, *GOLD, *JOURNALS, ops.LEDGER)}


def table(name: str) -> Table:
    """The table of that name. Raises NotFoundError with the name that was probably meant."""
    if name in TABLES:
        return TABLES[name]
    close = difflib.get_close_matches(name, TABLES, n=1)
    hint = f"Did you mean {close[0]}?" if close else f"There are {', '.join(TABLES)}."
    raise NotFoundError(f"There is no table {name!r}. {hint}")


def downstream(name: str) -> tuple[Table, ...]:
    """The tables computed from this one, directly or not, in graph order."""
    reached = {name}
    found = []
    for candidate in TABLES.values():
        if reached.intersection(candidate.sources):
            reached.add(candidate.name)
            found.append(candidate)
    return tuple(found)
