"""docs/lineage.md shows what the code derives."""

from __future__ import annotations

from pathlib import Path

from markdown import pages, rows, section, spans
from rtlakehouse.lineage.columns import HOW, table_edges

PAGE = pages()[Path("docs/lineage.md")]


def test_the_tables_of_the_page_are_those_that_are_derived() -> None:
    shown = [(spans(target)[0], spans(source)[0], tuple(spans(by))) for target, source, by in rows(section(PAGE, "Tables"))]
    assert shown == [(edge.target, edge.source, edge.by) for edge in table_edges()]


def test_every_way_of_being_made_of_a_column_is_explained() -> None:
    assert [spans(row[0])[0] for row in rows(section(PAGE, "How a column is made of another"))] == list(HOW)
