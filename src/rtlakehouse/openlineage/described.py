"""Tables as OpenLineage's datasets, with where each column comes from, and what fills them as its jobs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import sqlglot
from sqlglot import exp

from rtlakehouse import __version__
from rtlakehouse.lineage.columns import Derived, Source, derived, table_edges
from rtlakehouse.medallion.table import Table

__all__ = ["PRODUCER", "dataset", "facet", "inputs_of", "job", "output"]

PRODUCER = f"https://pypi.org/project/rtlakehouse/{__version__}"
_FACETS = "https://openlineage.io/spec/facets"
_INDIRECT = {"filter": "FILTER", "group": "GROUP_BY"}


def facet(name: str, version: str, /, **said: Any) -> dict[str, Any]:
    """A facet of that name in that version of its schema."""
    return {"_producer": PRODUCER, "_schemaURL": f"{_FACETS}/{version}/{name}.json#/$defs/{name}", **said}


def dataset(lake: Path, table: str) -> dict[str, Any]:
    """A table, named as every tool names a directory of this machine."""
    return {"namespace": "file", "name": str(lake.absolute() / Path(*table.split(".", 1)))}


def inputs_of(table: Table) -> tuple[str, ...]:
    """The tables that it is computed from."""
    return tuple(edge.source for edge in table_edges() if edge.target == table.name)


def output(lake: Path, table: Table, version: int | None, rows: int | None) -> dict[str, Any]:
    """A table with its columns and where they come from; its version where that is known, and how many rows were added."""
    facets = {"schema": _schema(table), "columnLineage": _lineage(lake, table)}
    if version is not None:
        facets["version"] = facet("DatasetVersionDatasetFacet", "1-0-1", datasetVersion=str(version))
    found = {**dataset(lake, table.name), "facets": facets}
    if rows is not None:
        found["outputFacets"] = {"outputStatistics": facet("OutputStatisticsOutputDatasetFacet", "1-0-2", rowCount=rows)}
    return found


def job(namespace: str, table: Table) -> dict[str, Any]:
    """What fills a table."""
    kind = {"processingType": "STREAMING", "integration": "RTLAKEHOUSE", "jobType": "TABLE"}
    facets = {"jobType": facet("JobTypeJobFacet", "2-0-4", **kind)}
    if table.sql:
        facets["sql"] = facet("SQLJobFacet", "1-1-0", query=table.query, dialect="duckdb")
    return {"namespace": namespace, "name": table.name, "facets": facets}


@cache
def _schema(table: Table) -> dict[str, Any]:
    columns = [{"name": column.name, "type": str(column.type), "description": column.doc} for column in table.columns]
    return facet("SchemaDatasetFacet", "1-2-0", fields=columns)


@cache
def _lineage(lake: Path, table: Table) -> dict[str, Any]:
    fields = {}
    for column in table.column_names:
        found = derived(table.name, column)
        if read := list(_inputs(lake, found)):
            fields[column] = {"inputFields": read}
    return facet("ColumnLineageDatasetFacet", "1-2-0", fields=fields)


def _inputs(lake: Path, made: Derived) -> Iterator[dict[str, Any]]:
    """Each column that it is made of, once, with all the ways in which it is."""
    ways: dict[tuple[str, str], dict[str, dict[str, Any]]] = {}
    for source in _outside(made.table, made.sources):
        way = _transformation(source, made)
        ways.setdefault((source.table, source.column), {})[way["subtype"]] = way
    for (table, column), found in ways.items():
        yield {**dataset(lake, table), "field": column, "transformations": list(found.values())}


def _outside(table: str, sources: Iterable[Source]) -> Iterator[Source]:
    """The sources in other tables; one in this very table stands for what it is made of itself."""
    for source in sources:
        if source.table == table:
            yield from _outside(table, derived(table, source.column).sources)
        else:
            yield source


def _transformation(source: Source, made: Derived) -> dict[str, Any]:
    if source.how in _INDIRECT:
        return {"type": "INDIRECT", "subtype": _INDIRECT[source.how], "description": "", "masking": False}
    said = "; ".join(f"{step.name} = {step.expression}" for step in made.steps)
    return {"type": "DIRECT", "subtype": _subtype(source, made), "description": said, "masking": False}


def _subtype(source: Source, made: Derived) -> str:
    read = [sqlglot.parse_one(step.expression, dialect="duckdb") for step in made.steps]
    if any(expression.find(exp.AggFunc) for expression in read):
        return "AGGREGATION"
    plain = all(isinstance(expression, exp.Column) for expression in read)
    return "IDENTITY" if plain and not source.member else "TRANSFORMATION"
