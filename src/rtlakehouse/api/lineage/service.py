"""Lineage as the interface shows it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from rtlakehouse.api.lineage.schemas import ColumnLineage, Impact, Statement, TableLineage, WhatIf, WhatIfBody
from rtlakehouse.contract.contract import load, parse
from rtlakehouse.errors import NotFoundError, UsageError
from rtlakehouse.lineage.columns import Derived, downstream, find, table_edges, upstream
from rtlakehouse.lineage.contract_change import changes_of, refusal
from rtlakehouse.lineage.statement import analysed
from rtlakehouse.lineage.what_if import Broken, Change, Reader, breaks, reader, readers_of
from rtlakehouse.medallion.graph import TABLES
from rtlakehouse.query import jail

__all__ = ["column_lineage", "impact", "table_lineage", "what_if"]

_RAW = "bronze.events.raw"


def table_lineage() -> TableLineage:
    tables = [{"name": table.name, "layer": table.layer, "grain": table.grain} for table in TABLES.values()]
    edges = [{"source": edge.source, "target": edge.target, "by": edge.by} for edge in table_edges()]
    return TableLineage.model_validate({"tables": tables, "edges": edges})


def column_lineage(name: str) -> ColumnLineage:
    """Raises NotFoundError for a column that does not exist."""
    table, column = find(name)
    return ColumnLineage.model_validate({"column": name, "data": [_shown(made) for made in upstream(table.name, column)]})


def _shown(made: Derived) -> dict[str, Any]:
    definition = next(column for column in TABLES[made.table].columns if column.name == made.column)
    return {
        "column": made.name,
        "type": str(definition.type),
        "meaning": definition.doc,
        "by": made.by,
        "steps": [{"name": step.name, "expression": step.expression} for step in made.steps],
        "sources": [{"column": source.name, "member": source.member, "how": source.how} for source in made.sources],
    }


def impact(name: str, member: str, readers: Sequence[Reader]) -> Impact:
    """Raises NotFoundError for a column that does not exist, UsageError for a member of one that has none."""
    table, column = find(name)
    _check_member(name, member)
    made = downstream(table.name, column, member)
    by_value = {each.name for each in downstream(table.name, column, member, ("value",))}
    reached = [(each.table, each.column) for each in made]
    # Who reads the whole record reads no member of it in particular.
    columns = reached if member else [(table.name, column), *reached]
    return Impact.model_validate(
        {
            "column": f"{name}: {member}" if member else name,
            "columns": [
                {"column": each.name, "how": "value" if each.name in by_value else "rows", "by": each.by} for each in made
            ],
            "readers": [
                {"kind": each.kind, "name": each.name, "by": each.by, "reads": reads}
                for each, reads in readers_of(columns, readers)
            ],
        }
    )


def _check_member(name: str, member: str) -> None:
    if member and name != _RAW:
        raise UsageError(f"{name} has no members; `member` goes with {_RAW}.")
    known = [field.name for field in load().fields]
    if member and member not in known:
        raise NotFoundError(f"The contract names no {member!r}; it names {', '.join(known)}.")


def what_if(body: WhatIfBody, readers: Sequence[Reader]) -> WhatIf:
    """Raises NotFoundError for a column that does not exist, UsageError for a contract or a statement that is none."""
    changes = [Change(*_key(change.column), change.to) for change in body.changes]
    contract = parse(body.contract.model_dump(exclude_unset=True)) if body.contract else None
    if contract is not None:
        changes += changes_of(load(), contract)
    found = breaks(changes, [*readers, *(_reader(each) for each in body.statements)])
    return WhatIf.model_validate(
        {
            "refused": refusal(load(), contract) if contract is not None else None,
            "counts": dict(Counter(broken.kind for broken in found)),
            "breaks": [_broken(broken) for broken in found],
        }
    )


def _key(name: str) -> tuple[str, str]:
    table, column = find(name)
    return table.name, column


def _broken(broken: Broken) -> dict[str, str]:
    return {"kind": broken.kind, "name": broken.name, "by": broken.by, "why": broken.why}


def _reader(statement: Statement) -> Reader:
    jail.parse(statement.sql)
    columns = {table.name: table.column_names for table in TABLES.values()}
    return reader(
        "statement", statement.name, "", [(analysed(statement.sql, columns, outputs=False), {name: name for name in TABLES})]
    )
