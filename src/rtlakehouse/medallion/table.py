"""The nouns: a column, a table, and the two ways in which a table is filled."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from importlib import resources

import pyarrow as pa

__all__ = ["DATE", "MONEY", "PRICE", "UTC_TIME", "Column", "Kind", "Table"]

UTC_TIME = pa.timestamp("us", "UTC")
DATE = pa.date32()
PRICE = pa.decimal128(18, 4)
MONEY = pa.decimal128(38, 4)


class Kind(Enum):
    """How a table is filled. APPEND: rows are added and never change. WINDOWED: whole windows are replaced."""

    APPEND = "append"
    WINDOWED = "windowed"


@dataclass(frozen=True)
class Column:
    """One column: its name, Arrow type, what it holds, and whether it may be null."""

    name: str
    type: pa.DataType
    doc: str
    nullable: bool = False


@dataclass(frozen=True)
class Table:
    """One table of the lake.

    name: `<layer>.<table>`, which is also its place `<lake>/<layer>/<table>`.
    grain: what one row stands for.
    key: the columns that tell rows apart.
    sources: the tables it is computed from.
    sql: name of the file in `medallion/sql` that computes it; empty where code does (refine, dedupe, the ledger).
    partition_by: columns by which its files are laid out.
    """

    name: str
    kind: Kind
    grain: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    sources: tuple[str, ...] = ()
    sql: str = ""
    partition_by: tuple[str, ...] = ()

    @property
    def layer(self) -> str:
        return self.name.partition(".")[0]

    @property
    def short_name(self) -> str:
        return self.name.partition(".")[2]

    @cached_property
    def schema(self) -> pa.Schema:
        """Arrow schema, columns in order. Nullability is kept in the definition: every reader's types are the same."""
        return pa.schema([pa.field(column.name, column.type) for column in self.columns])

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @property
    def query(self) -> str:
        """The SQL that computes this table, as in its file."""
        return resources.files(__package__).joinpath("sql", self.sql).read_text("utf-8")

    def conform(self, data: pa.Table) -> pa.Table:
        """The data with exactly this table's columns, order and types. Raises where a value would not fit."""
        return data.select(list(self.column_names)).cast(self.schema)
