"""Foreign files as events: a mapping names, for each member of an event, an SQL expression over the file's columns."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import sqlglot
import yaml
from sqlglot import exp

from rtlakehouse.errors import MappingError

__all__ = ["Mapping", "load_mapping", "read_rows"]

_READERS = {".csv": "read_csv", ".tsv": "read_csv", ".parquet": "read_parquet"}


@dataclass(frozen=True)
class Mapping:
    """members: the event's members, by name, each an SQL expression in DuckDB's dialect over the columns of the file.

    Members that the contract does not name end up in `extras`. Columns of CSV files are text. An expression that is null
    leaves its member out.
    """

    members: MappingOf[str, str] = field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        return hashlib.blake2b(repr(sorted(self.members.items())).encode(), digest_size=8).hexdigest()


def load_mapping(path: Path) -> Mapping:
    """A mapping from its YAML file. Raises MappingError naming the entry that is wrong."""
    try:
        document = yaml.safe_load(path.read_text("utf-8"))
    except FileNotFoundError:
        raise MappingError(f"There is no mapping file {path}.") from None
    except yaml.YAMLError as error:
        raise MappingError(f"{path} is not YAML: {error}") from error
    members = document.get("event") if isinstance(document, dict) else None
    if not isinstance(members, dict) or not members:
        raise MappingError(f"{path} has no `event:` with the event's members. See examples/online_retail.yaml.")
    return Mapping({str(name): _checked(path, str(name), str(text)) for name, text in members.items()})


def _checked(path: Path, name: str, text: str) -> str:
    """One expression, not a statement: it cannot read another file or change anything."""
    try:
        expression = sqlglot.parse_one(text, read="duckdb")
    except sqlglot.ParseError as error:
        raise MappingError(f"{path}: `{name}: {text}` is not an SQL expression: {error}") from error
    if isinstance(expression, exp.Command | exp.DDL | exp.Query) or expression.find(exp.Select, exp.Table):
        raise MappingError(f"{path}: `{name}: {text}` must be an expression over the file's columns, without a select.")
    return text


def read_rows(path: Path, mapping: Mapping | None, skip: int, batch_rows: int) -> Iterator[pa.Array]:
    """The rows of a CSV or Parquet file as JSON texts in file order, from row `skip` on.

    Without a mapping the file's columns are the event's members. Raises MappingError for a column that is not there.
    """
    connection = duckdb.connect(config={"threads": 2})
    connection.execute(f"set allowed_paths = ['{_quoted(path)}']")
    connection.execute("set enable_external_access = false")
    source = f"{_READERS[path.suffix.lower()]}('{_quoted(path)}'{_options(path, mapping)})"
    try:
        rows = connection.sql(f"select to_json({_struct(mapping)})::varchar from {source} as file offset {skip}")
        yield from (batch.column(0) for batch in rows.to_arrow_reader(batch_rows))
    except (duckdb.BinderException, duckdb.ParserException) as error:
        raise MappingError(f"The mapping does not fit {path}: {_first_line(error)}") from error
    except duckdb.Error as error:
        raise MappingError(f"{path} cannot be read: {_first_line(error)}") from error
    finally:
        connection.close()


def _struct(mapping: Mapping | None) -> str:
    if mapping is None:
        return "file"
    return "{" + ", ".join(f"'{name}': ({text})" for name, text in mapping.members.items()) + "}"


def _options(path: Path, mapping: Mapping | None) -> str:
    if path.suffix.lower() == ".parquet":
        return ""
    return ", header = true" + (", all_varchar = true" if mapping else "")


def _quoted(path: Path) -> str:
    return str(path.absolute()).replace("'", "''")


def _first_line(error: Any) -> str:
    return str(error).splitlines()[0]
