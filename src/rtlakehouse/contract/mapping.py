"""Foreign tables as events: a mapping names, for each member of an event, an SQL expression over the table's columns."""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Mapping as MappingOf
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import sqlglot
import yaml
from sqlglot import exp

from rtlakehouse.contract.contract import Contract, load
from rtlakehouse.errors import MappingError

__all__ = ["Mapper", "Mapping", "load_mapping"]

_EXAMPLE = "See examples/online_retail.yaml."
_VALUES = (exp.Condition, exp.AtTimeZone, exp.Interval)
# What is no expression over one row: statements, other tables, other rows, other numbers of rows, places for parameters.
_REFUSED = (
    *(exp.Command, exp.DDL, exp.Query, exp.Table, exp.Block, exp.Describe, exp.Summarize, exp.Copy, exp.Attach, exp.Alias),
    *(exp.AggFunc, exp.Window, exp.UDTF, exp.Explode, exp.Star, exp.Columns, exp.Placeholder, exp.Parameter),
)
# What gives another value each time: a file that is read again would hold other events. These are words of the language; of
# functions DuckDB itself says it.
_FICKLE = (exp.CurrentTimestamp, exp.CurrentDate, exp.CurrentTime, exp.CurrentDatetime, exp.Localtimestamp, exp.Localtime)
_NUMBER = r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?"
_INTEGER = r"-?(0|[1-9]\d*)"


@dataclass(frozen=True)
class Mapping:
    """members: the event's members, by name, each an SQL expression in DuckDB's dialect over the columns of the file.

    Members that the contract does not name end up in `extras`. Columns of CSV files are text, and null where they are empty.
    An expression that is null leaves its member out.
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
    except (OSError, UnicodeDecodeError) as error:
        raise MappingError(f"The mapping file {path} cannot be read: {error}.") from error
    except yaml.YAMLError as error:
        raise MappingError(f"{path} is not YAML: {error}") from error
    members = document.get("event") if isinstance(document, dict) else None
    if not isinstance(members, dict) or not members:
        raise MappingError(f"{path} has no `event:` with the event's members. {_EXAMPLE}")
    if others := [str(key) for key in document if key != "event"]:
        raise MappingError(f"{path} has `{others[0]}:` beside `event:`; only `event:` is known. {_EXAMPLE}")
    checked = {str(name): _checked(path, str(name), text) for name, text in members.items()}
    _check_members(path, list(checked), load())
    return Mapping(checked)


def _checked(path: Path, name: str, text: Any) -> str:
    """One expression over one row: it cannot read another file, change anything, or see other rows.

    What is run is the text of the parsed tree, never the text that was written.
    """
    entry = f"{path}: `{name}: {text}`"
    if isinstance(text, bool | list | dict) or text is None:
        raise MappingError(f"{entry} is no SQL expression; quote it if it is meant as one, such as \"'GBP'\" for a text.")
    try:
        tree = sqlglot.parse_one(str(text), read="duckdb")
    except (sqlglot.ParseError, sqlglot.TokenError) as error:
        raise MappingError(f"{entry} is not an SQL expression: {_plain(error)}.") from error
    refused = tree.find(*_REFUSED)
    if refused or not isinstance(tree, _VALUES):
        what = (refused or tree).sql("duckdb")
        raise MappingError(f"{entry} must be an expression over the columns of one row, without `{what}`.")
    if fickle := _fickle(tree):
        raise MappingError(f"{entry}: `{fickle}` gives another value each time the file is read; take it from a column.")
    return tree.sql(dialect="duckdb", comments=False)


def _plain(error: Exception) -> str:
    """sqlglot underlines what is wrong with terminal codes; its first line without them."""
    return str(error).splitlines()[0].rstrip(".")


def _fickle(tree: exp.Expr) -> str | None:
    for function in tree.find_all(exp.Func):
        text = function.sql("duckdb")
        name = text.partition("(")[0].lower()
        # The age of one time is that until now.
        is_age = name == "age" and len(function.expressions) == 1
        if is_age or isinstance(function, _FICKLE) or name in _fickle_functions():
            return text
    return None


@cache
def _fickle_functions() -> frozenset[str]:
    with closing(duckdb.connect()) as connection:
        found = connection.sql("select distinct function_name from duckdb_functions() where stability <> 'CONSISTENT'")
        return frozenset(name for (name,) in found.fetchall())


def _check_members(path: Path, names: Sequence[str], contract: Contract) -> None:
    """Without a required member every row would be quarantined."""
    foreign = [name for name in names if name not in {f.name for f in contract.fields}]
    for required in (f.name for f in contract.fields if f.required and f.name not in names):
        close = difflib.get_close_matches(required, foreign, n=1)
        hint = f"Did you mean it by `{close[0]}`?" if close else f"Add `{required}:` under `event:`."
        raise MappingError(f"{path} has no `{required}`, which every event needs. {hint}")


class Mapper:
    """Turns rows of one table into events, as JSON texts. Runs in a DuckDB that can reach nothing else. Not thread-safe.

    schema: of the rows. is_text: whether the file has texts only (CSV), so that without a mapping a number has to be told by its
    digits. Raises MappingError naming the member whose expression does not fit the columns.
    """

    def __init__(self, schema: pa.Schema, mapping: Mapping | None, *, is_text: bool) -> None:
        self._connection = duckdb.connect(config={"threads": 2, "enable_external_access": False})
        # Times with a zone are written in the session's: the same text on every machine.
        self._connection.execute("set timezone = 'UTC'")
        self._connection.execute("set lock_configuration = true")
        members = _as_they_are(schema, is_text=is_text) if mapping is None else _as_json(mapping.members)
        self._fit(schema, members)
        self._sql = _statement(members)

    def close(self) -> None:
        self._connection.close()

    def texts(self, rows: pa.Table) -> pa.Array:
        """One text a row, in their order. Raises MappingError where an expression fails on a row."""
        self._connection.register("file", rows)
        try:
            found = self._connection.sql(self._sql).to_arrow_table()["event"].combine_chunks()
        except duckdb.Error as error:
            hint = "An expression that may fail on a row needs try_cast, try(...) or nullif"
            raise MappingError(f"The mapping fails on a row: {_first_line(error)}. {hint}.") from error
        finally:
            self._connection.unregister("file")
        if len(found) != rows.num_rows:
            raise MappingError(f"The mapping makes {len(found):,} events of {rows.num_rows:,} rows; it must make one of each.")
        return found

    def _fit(self, schema: pa.Schema, members: MappingOf[str, str]) -> None:
        try:
            self._connection.register("file", schema.empty_table())
            for name, text in members.items():
                try:
                    self._connection.sql(f"select {text} from file").to_arrow_table()
                except duckdb.Error as error:
                    columns = f"The columns are {', '.join(schema.names)}"
                    raise MappingError(f"`{name}` does not fit the file: {_first_line(error)}. {columns}.") from error
        finally:
            self._connection.unregister("file")


def _as_json(members: MappingOf[str, str]) -> dict[str, str]:
    return {name: f"to_json({text})::varchar" for name, text in members.items()}


def _as_they_are(schema: pa.Schema, *, is_text: bool) -> dict[str, str]:
    """Without a mapping the columns are the event's members."""
    columns = {name: '"' + name.replace('"', '""') + '"' for name in schema.names}
    return {name: _typed(name, column, load()) for name, column in columns.items()} if is_text else _as_json(columns)


def _typed(name: str, column: str, contract: Contract) -> str:
    """The JSON of a text: its digits where the contract wants a number and it is one, else a string."""
    kind = next((f.kind for f in contract.fields if f.name == name), "string")
    pattern = {"decimal": _NUMBER, "integer": _NUMBER, "timestamp": _INTEGER}.get(kind)
    string = f"to_json({column})::varchar"
    return f"case when regexp_full_match({column}, '{pattern}') then {column} else {string} end" if pattern else string


def _statement(members: MappingOf[str, str]) -> str:
    values = ", ".join(f"{_literal(json.dumps(name) + ':')} || {text}" for name, text in members.items())
    return f"select '{{' || concat_ws(',', {values}) || '}}' as event from file"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0].rstrip(".")
