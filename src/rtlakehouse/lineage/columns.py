"""Where every column of every table comes from: read off the SQL that fills the tables, down to the bytes received.

Gold is read off its files in `medallion/sql`; `silver` off the row rules, which are SQL generated from the contract, and
`dedupe.sql`. What code hands on from one statement to the next, and the ledger's counts, are said here; a test changes each
input of real records in turn and looks which columns move.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache

from rtlakehouse.contract.contract import load
from rtlakehouse.contract.rules_sql import rules_sql
from rtlakehouse.errors import NotFoundError
from rtlakehouse.lineage.statement import How, Output, Statement, Step, analysed
from rtlakehouse.medallion.graph import GOLD, JOURNALS, TABLES, table
from rtlakehouse.medallion.silver import EVENTS
from rtlakehouse.medallion.table import Table
from rtlakehouse.semantic.catalogue import load as metrics

__all__ = ["HOW", "Derived", "Source", "TableEdge", "derived", "downstream", "find", "table_edges", "upstream"]

_Key = tuple[str, str]
HOW: tuple[How, ...] = ("value", "filter", "group")
_RAW = ("bronze.events", "raw")
_COORDINATES = ("tenant_id", "source", "topic", "partition", "position")
_RULES = f"contract/v{load().version}.yaml"
_REFINE = "contract/refine.py"
_DEDUPE = "medallion/sql/dedupe.sql"
_LEDGER = "medallion/ops.py"
_RETENTION = "mending/retention.py"


@dataclass(frozen=True, order=True)
class Source:
    """A column that another one is made of. member: the member of the record's JSON object, where it is only that one."""

    table: str
    column: str
    member: str = ""
    how: How = "value"

    @property
    def name(self) -> str:
        return f"{self.table}.{self.column}"


@dataclass(frozen=True)
class Derived:
    """A column, the file that makes it, the steps from its sources to it (its own first), and those sources.

    It has no sources where it is what came in, or what the engine knows of itself: a time, a version.
    """

    table: str
    column: str
    by: str
    steps: tuple[Step, ...] = ()
    sources: tuple[Source, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.table}.{self.column}"


@dataclass(frozen=True)
class TableEdge:
    """One table is computed from another, by these files."""

    source: str
    target: str
    by: tuple[str, ...]


def find(name: str) -> tuple[Table, str]:
    """The table and the column of `<layer>.<table>.<column>`. Raises NotFoundError naming those there are."""
    table_name, _, column = name.rpartition(".")
    definition = table(table_name)
    if column not in definition.column_names:
        raise NotFoundError(f"{table_name} has no column {column!r}. It has {', '.join(definition.column_names)}.")
    return definition, column


def derived(table_name: str, column: str) -> Derived:
    """Where one column comes from, one table back."""
    return _derivations()[table_name, column]


def upstream(table_name: str, column: str) -> list[Derived]:
    """The column and everything it is made of, nearest first."""
    return list(_reached([(table_name, column)], lambda found: [(s.table, s.column) for s in found.sources]))


def downstream(table_name: str, column: str, member: str = "", how: Collection[str] = HOW) -> list[Derived]:
    """Everything that is made of a column, or of a member of it where one is named, nearest first; not the column itself.

    how: the ways of being made of something that count.
    """

    def users(of: str, name: str, part: str = "") -> list[tuple[str, str]]:
        found = (
            each for each in _users().get((of, name), ()) if any(s.how in how and _is_of(s, of, name, part) for s in each.sources)
        )
        return [(each.table, each.column) for each in found]

    return list(_reached(users(table_name, column, member), lambda found: users(found.table, found.column)))


@cache
def table_edges() -> tuple[TableEdge, ...]:
    """What reads what, in the order in which tables are filled."""
    by: dict[tuple[str, str], dict[str, None]] = {}
    for found in _derivations().values():
        for source in found.sources:
            if source.table != found.table:
                by.setdefault((source.table, found.table), {})[found.by] = None
    order = list(TABLES)
    edges = [TableEdge(source, target, tuple(files)) for (source, target), files in by.items()]
    return tuple(sorted(edges, key=lambda edge: (order.index(edge.target), order.index(edge.source))))


def _is_of(source: Source, table_name: str, column: str, member: str) -> bool:
    """Whether a source is that column: of a document the member that is named, or the whole, where its value is made of it."""
    if (source.table, source.column) != (table_name, column):
        return False
    return not member or source.member == member or (not source.member and source.how == "value")


def _reached(starts: Iterable[_Key], following: Callable[[Derived], Iterable[_Key]]) -> Iterator[Derived]:
    waiting, seen = list(dict.fromkeys(starts)), set[_Key]()
    while waiting:
        if (key := waiting.pop(0)) in seen:
            continue
        seen.add(key)
        yield (found := _derivations()[key])
        waiting += following(found)


@cache
def _users() -> Mapping[tuple[str, str], list[Derived]]:
    """What is made of each column."""
    users: dict[tuple[str, str], list[Derived]] = {}
    for found in _derivations().values():
        for source in dict.fromkeys((s.table, s.column) for s in found.sources):
            users.setdefault(source, []).append(found)
    return users


@cache
def _derivations() -> Mapping[tuple[str, str], Derived]:
    filled = (*_bronze(), *_silver(), *_quarantine(), *_duplicates(), *(d for gold in GOLD for d in _gold(gold)))
    found = [*filled, *(d for journal in JOURNALS for d in _journal(journal)), *_ledger()]
    return {(each.table, each.column): each for each in found}


def _bronze() -> Iterator[Derived]:
    for column in TABLES["bronze.events"].column_names:
        yield Derived("bronze.events", column, "ingest/records.py")


def _gold(definition: Table) -> Iterator[Derived]:
    (source,) = definition.sources
    statement = analysed(definition.query, {"events": TABLES[source].column_names})
    for name, output in statement.outputs.items():
        reads = (Source(source, read.column, read.member, read.how) for read in output.reads)
        yield Derived(definition.name, name, f"medallion/sql/{definition.sql}", output.steps, tuple(sorted(reads)))


# What works out the rows of each journal, and what its columns tell of that itself.
_WORKED_OUT_BY = {"gold.anomalies": "anomalies/judging.py", "gold.forecasts": "forecasts/learning.py"}
_OF_ITSELF = ("detector", "level", "computed_from", "told_at")
# What a journal calls otherwise than the tables it is of: their segment is a `value`, its value a figure.
_CALLED = {"segment": "value", "value": None}


def _journal(definition: Table) -> Iterator[Derived]:
    """Every figure of the tables it is of has a say in every judgement; which series that is, their keys say."""
    by, of = _WORKED_OUT_BY[definition.name], [TABLES[name] for name in definition.sources if name != EVENTS.name]
    counted = _counted() if EVENTS.name in definition.sources else ()
    keys = [Source(table.name, column, how="group") for table in of for column in table.key]
    figures = [Source(table.name, name) for table in of for name in table.column_names if name not in (*table.key, "window_end")]
    for column in definition.column_names:
        called = _CALLED.get(column, column)
        handed_on = [Source(table.name, called) for table in of if called in (*table.key, "window_end")]
        made = [] if column in _OF_ITSELF else handed_on or [*figures, *keys, *counted]
        yield Derived(definition.name, column, by, sources=tuple(sorted(made)))


@cache
def _counted() -> tuple[Source, ...]:
    """What figures of distinct things are made of: those of hours and days are counted in silver."""
    distinct = [metric for metric in metrics().metrics if not all(part.additive for part in metrics().parts(metric))]
    formulas = {part.name: part.formula for metric in distinct for part in metrics().parts(metric)}
    figures = ", ".join(f"{formula} as {name}" for name, formula in formulas.items())
    by = "tenant_id, event_time, currency"
    statement = analysed(f"select {figures} from events group by {by}", {"events": EVENTS.column_names})
    return tuple({Source(EVENTS.name, read.column, how=read.how) for each in statement.outputs.values() for read in each.reads})


# The relation that the row rules read, and what of bronze each of its columns is: `_documents` in refine.py.
_DOCUMENTS: Mapping[str, Source | None] = {
    "i": None,
    "text": Source(*_RAW),
    "fault": Source(*_RAW),
    "trusted": None,
    "exact_price": Source(*_RAW, member="price"),
    "received_at": Source("bronze.events", "received_at"),
}


@cache
def _rules() -> Statement:
    return analysed(rules_sql(load()), {"documents": tuple(_DOCUMENTS)})


def _by_rules(table_name: str, column: str, output: Output) -> Derived:
    """A column that the row rules make. Whether there is a row at all, every rule decides: the whole record."""
    read = {
        replace(source, member=source.member or read.member, how=read.how)
        for read in output.reads
        if (source := _DOCUMENTS[read.column]) is not None
    }
    return Derived(table_name, column, _RULES, output.steps, _tidy(read | {Source(*_RAW, how="filter")}))


def _tidy(sources: Iterable[Source]) -> tuple[Source, ...]:
    """In order; where the whole of a document is read, its members are not listed as well."""
    found = set(sources)
    whole = {replace(source, member="") for source in found if not source.member}
    return tuple(sorted(source for source in found if not source.member or replace(source, member="") not in whole))


def _silver() -> Iterator[Derived]:
    name, rules = "silver.events", _rules().outputs
    for column in TABLES[name].column_names:
        if column in _COORDINATES:
            yield _handed_on(name, column, _REFINE)
        elif column == "event_date":
            yield Derived(name, column, _REFINE, (Step(column, "CAST(event_time AS DATE)"),), (Source(name, "event_time"),))
        elif column == "contract_version":
            yield Derived(name, column, _RULES, (Step(column, str(load().version)),), (Source(*_RAW, how="filter"),))
        else:
            yield _by_rules(name, column, rules[column])


def _quarantine() -> Iterator[Derived]:
    name, bronze = "silver.quarantine", "bronze.events"
    for column in TABLES[name].column_names:
        if column == "reasons":
            yield _by_rules(name, column, _rules().outputs[column])
        elif column == "contract_version":
            yield Derived(name, column, _RULES, (Step(column, str(load().version)),), (Source(*_RAW, how="filter"),))
        elif column == "received_at":
            step = Step(column, "COALESCE(received_at, ingested_at)")
            yield Derived(name, column, _REFINE, (step,), (Source(bronze, "ingested_at"), Source(bronze, column)))
        else:
            yield _handed_on(name, column, _REFINE)


def _duplicates() -> Iterator[Derived]:
    name, silver = "silver.duplicates", "silver.events"
    ids = [Source(silver, column, how="filter") for column in ("tenant_id", "event_id", "event_time")]
    for column in TABLES[name].column_names:
        if column.startswith("kept_"):
            kept = column.removeprefix("kept_")
            yield Derived(name, column, _DEDUPE, (Step(column, f"kept.{kept}"),), tuple(sorted([Source(silver, kept), *ids])))
        elif column in _COORDINATES:
            yield _handed_on(name, column, _REFINE)
        else:
            yield _by_rules(name, column, _rules().outputs[column])


def _handed_on(table_name: str, column: str, by: str) -> Derived:
    return Derived(table_name, column, by, sources=(Source("bronze.events", column),))


# What of each record's fate the ledger counts; the places it counts by are bronze's own.
_COUNTED = {
    "received": "bronze.events",
    "accepted": "silver.events",
    "duplicates": "silver.duplicates",
    "quarantined": "silver.quarantine",
}


def _ledger() -> Iterator[Derived]:
    name, bronze = "ops.ledger", "bronze.events"
    by_place = [Source(bronze, column, how="group") for column in ("tenant_id", "source", "topic", "partition")]
    made = {
        "first_position": ("MIN(position)", [Source(bronze, "position")]),
        "last_position": ("MAX(position)", [Source(bronze, "position")]),
        "late": ("SUM(is_late)", [Source("silver.events", "is_late")]),
        "min_event_time": ("MIN(event_time)", [Source("silver.events", "event_time")]),
        "max_event_time": ("MAX(event_time)", [Source("silver.events", "event_time")]),
        **{column: ("COUNT(*)", [Source(of, "position")]) for column, of in _COUNTED.items()},
    }
    let_go = {
        "expired": [Source(bronze, "ingested_at", how="filter"), Source(bronze, "position")],
        "quarantined_expired": [Source("silver.quarantine", "position")],
        "accepted_expired": [Source("silver.events", "event_time", how="filter"), Source("silver.events", "position")],
        "duplicates_expired": [Source("silver.duplicates", "position")],
        "late_expired": [Source("silver.events", "event_time", how="filter"), Source("silver.events", "is_late")],
    }
    for column in TABLES[name].column_names:
        if column in let_go:
            yield Derived(name, column, _RETENTION, (Step(column, "COUNT(*)"),), tuple(sorted([*let_go[column], *by_place])))
        elif column in made:
            expression, sources = made[column]
            yield Derived(name, column, _LEDGER, (Step(column, expression),), tuple(sorted([*sources, *by_place])))
        elif column in _COORDINATES:
            yield _handed_on(name, column, _LEDGER)
        else:
            yield Derived(name, column, _LEDGER)
