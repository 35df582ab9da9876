"""Which columns each endpoint reads: read off its code and its SQL, so that it is right for endpoints that are added.

An endpoint's function, and what it calls of this package, of anomalies, forecasts or quality, names statements of a
`queries.py`. There a relation is called as its table is: `kpis` is gold.kpis_1m, `events` silver.events, `bronze` bronze.events;
a test asks every question and compares. What asks for metrics may read whatever any question of the catalogue reads.
"""

from __future__ import annotations

import dis
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from inspect import isclass, isfunction, ismodule
from pkgutil import iter_modules
from threading import Lock
from types import CodeType, FunctionType
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts

from rtlakehouse import anomalies, api, forecasts, quality
from rtlakehouse.api.deps import Parts
from rtlakehouse.catalog.distinct import ORDERS, USERS
from rtlakehouse.catalog.sums import LATE_EVENTS, LEDGER_SUMS, REASON_SUMS
from rtlakehouse.errors import SqlError
from rtlakehouse.lineage.statement import Statement, analysed
from rtlakehouse.lineage.what_if import Reader, reader
from rtlakehouse.medallion.graph import TABLES
from rtlakehouse.semantic.catalogue import load
from rtlakehouse.semantic.statement import compile_question, every_statement

__all__ = ["endpoints"]

# The first look takes seconds of the processor; who asks meanwhile waits for it rather than looking as well.
_ONE_READS = Lock()
_BESIDE = (anomalies, forecasts, quality)
_FOLLOWED = (api.__name__, *(each.__name__ for each in _BESIDE))
_MEMBER = ("LOAD_ATTR", "LOAD_METHOD")
_DIGESTS = {digest.name: digest for digest in (LATE_EVENTS, USERS, ORDERS)}
# Relations by the names that the statements of this package give them.
_TABLES: Mapping[str, str] = {
    **{table.short_name.removesuffix("_1m"): table.name for table in TABLES.values() if table.layer != "bronze"},
    "bronze": "bronze.events",
    **{name: digest.table.name for name, digest in _DIGESTS.items()},
}
# Of a digest each column is the column it is worked out of, unless it says of which it is made.
_DERIVED = {(name, column): made_of for name, digest in _DIGESTS.items() for column, made_of in digest.derived.items()}
_COLUMNS: Mapping[str, tuple[str, ...]] = {
    name: (*TABLES[table].column_names, *(column for of, column in _DERIVED if of == name)) for name, table in _TABLES.items()
}
_SUMS = {LEDGER_SUMS.table.name: LEDGER_SUMS.columns, REASON_SUMS.table.name: (*REASON_SUMS.columns, "reason", "records")}


def endpoints(app: FastAPI) -> tuple[Reader, ...]:
    """Every endpoint of an application that runs statements of its own."""
    found = []
    with _ONE_READS:
        for route in iter_route_contexts(app.routes):
            if isinstance(route.original_route, APIRoute) and (texts := _statements(route.endpoint)):
                method = min(route.methods or {"GET"})
                found.append(reader("endpoint", f"{method} {route.path}", _file(route.endpoint), _read(texts)))
    return tuple(found)


def _read(texts: Iterator[str] | tuple[str, ...]) -> list[tuple[Statement, Mapping[str, str]]]:
    return [analysed_one for text in texts for analysed_one in _analysed(text)]


@cache
def _analysed(text: str) -> tuple[tuple[Statement, Mapping[str, str]], ...]:
    """What a statement reads. Of `sums` there are two kinds, told apart by their columns."""
    of = "silver.quarantine" if "reason" in text else "ops.ledger"
    try:
        return ((_of_tables(analysed(text, {**_COLUMNS, "sums": _SUMS[of]})), {**_TABLES, "sums": of}),)
    except SqlError:
        # A piece that statements are put together from: what they are put together to is among the others.
        return ()


def _of_tables(statement: Statement) -> Statement:
    """With columns of the tables themselves for those that a digest makes of them."""
    reads = {(r, column) for r, named in statement.reads for column in _DERIVED.get((r, named), (named,))}
    needs = {need for need in statement.needs if (need.relation, need.column) not in _DERIVED}
    return replace(statement, reads=frozenset(reads), needs=frozenset(needs))


@cache
def _statements(function: Any) -> tuple[str, ...]:
    """The statements that a function names, itself or through what it calls; not through the parts, which are everybody's."""
    found: dict[str, None] = {}
    waiting, seen = [function], set[Any]()
    while waiting:
        if (each := waiting.pop()) in seen:
            continue
        seen.add(each)
        for value in _named(each):
            if isinstance(value, str) and value in _queries():
                found[value] = None
            elif isinstance(value, Mapping):
                found |= dict.fromkeys(text for text in _texts(value) if text in _queries())
            elif value is compile_question:
                found |= dict.fromkeys(statement.sql for statement in every_statement(load()))
            elif (isfunction(value) or isclass(value)) and value is not Parts and value.__module__.startswith(_FOLLOWED):
                waiting += [value] if isfunction(value) else [part for part in vars(value).values() if isfunction(part)]
    return tuple(found)


@cache
def _queries() -> frozenset[str]:
    """Every statement of a `queries.py` of this package."""
    found = [f"{api.__name__}.{module.name}.queries" for module in iter_modules(api.__path__) if module.ispkg]
    modules = [import_module(name) for name in (*found, *(f"{each.__name__}.queries" for each in _BESIDE)) if find_spec(name)]
    return frozenset(text for module in modules for value in vars(module).values() for text in _texts(value))


def _texts(value: Any) -> list[str]:
    """A text, or those that a mapping has: statements of one kind by what they are about."""
    return [text for text in (value.values() if isinstance(value, Mapping) else [value]) if isinstance(text, str)]


def _named(function: FunctionType) -> Iterator[Any]:
    """Every global that a function names, in its code or for the type of an argument; of a module the member that it names."""
    yield from (function.__globals__.get(str(kind)) for kind in function.__annotations__.values())
    for code in _codes(function.__code__):
        instructions = list(dis.get_instructions(code))
        for instruction, following in zip(instructions, [*instructions[1:], None], strict=True):
            if instruction.opname == "LOAD_GLOBAL" and instruction.argval in function.__globals__:
                value = function.__globals__[instruction.argval]
                member = following.argval if following is not None and following.opname in _MEMBER else None
                yield getattr(value, str(member), None) if ismodule(value) else value


def _codes(code: CodeType) -> Iterator[CodeType]:
    """A function's code and that of the functions within it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _file(function: Any) -> str:
    return f"{function.__module__.removeprefix('rtlakehouse.').replace('.', '/')}.py"
