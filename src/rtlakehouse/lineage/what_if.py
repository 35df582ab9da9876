"""What would break if a column were dropped or had another type: which statements are refused, and who reads what they fill."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from rtlakehouse.lineage.columns import Derived, downstream
from rtlakehouse.lineage.families import Family, family_of
from rtlakehouse.lineage.statement import Statement, analysed
from rtlakehouse.medallion.graph import GOLD, TABLES

__all__ = ["Broken", "Change", "Kind", "Reader", "breaks", "reader", "readers_of"]

Kind = Literal["column", "endpoint", "statement"]


@dataclass(frozen=True)
class Change:
    """A column is dropped, or becomes one of another family of types where `to` names it."""

    table: str
    column: str
    to: Family | None = None

    @property
    def name(self) -> str:
        return f"{self.table}.{self.column}"


@dataclass(frozen=True)
class Reader:
    """Somebody who runs statements over tables. reads: the columns that they name; needs: (column, families it takes, use)."""

    kind: Kind
    name: str
    by: str
    reads: frozenset[tuple[str, str]]
    needs: frozenset[tuple[tuple[str, str], tuple[Family, ...], str]]

    def refusal(self, change: Change) -> str | None:
        """Why it could not run after a change; None where it could."""
        key = (change.table, change.column)
        if change.to is None:
            return f"It names {change.name}." if key in self.reads else None
        if change.to == family_of(TABLES[change.table].schema.field(change.column).type):
            return None
        unfit = sorted(use for column, takes, use in self.needs if column == key and change.to not in takes)
        return f"{unfit[0]} takes no {change.to}." if unfit else None


@dataclass(frozen=True)
class Broken:
    """What would not work any more, which file makes it, and why."""

    kind: Kind
    name: str
    by: str
    why: str


def reader(kind: Kind, name: str, by: str, statements: Iterable[tuple[Statement, Mapping[str, str]]]) -> Reader:
    """A reader of statements, each with the table that stands behind each of its relations."""
    found = list(statements)
    reads = {(tables[r], column) for statement, tables in found for r, column in statement.reads if r in tables}
    needs = {((tables[n.relation], n.column), n.takes, n.use) for s, tables in found for n in s.needs if n.relation in tables}
    return Reader(kind, name, by, frozenset(reads), frozenset(needs))


def breaks(changes: Sequence[Change], readers: Sequence[Reader]) -> list[Broken]:
    """All that would break, each once, nearest to the change first."""
    found: dict[tuple[Kind, str], Broken] = {}
    for change in changes:
        for broken in _broken_by(change, readers):
            found.setdefault((broken.kind, broken.name), broken)
    return list(found.values())


def readers_of(columns: Iterable[tuple[str, str]], readers: Sequence[Reader]) -> list[tuple[Reader, list[str]]]:
    """Who reads any of these columns, and which."""
    wanted = set(columns)
    return [(each, names) for each in readers if (names := sorted(".".join(key) for key in each.reads & wanted))]


def _broken_by(change: Change, readers: Sequence[Reader]) -> Iterator[Broken]:
    lost: dict[tuple[str, str], str] = {(change.table, change.column): change.name} if change.to is None else {}
    for broken in _columns(change):
        lost[_key(broken.name)] = broken.name
        yield broken
    for each in readers:
        if refusal := each.refusal(change):
            yield Broken(each.kind, each.name, each.by, refusal)
        elif named := sorted(lost[key] for key in each.reads & lost.keys()):
            yield Broken(each.kind, each.name, each.by, f"It reads {', '.join(named[:3])}, which nothing would fill.")


def _columns(change: Change) -> Iterator[Broken]:
    """The columns that nothing would fill: those of a refused statement, and what is made of them."""
    stopped = {each.name: why for each in _fillers() if (why := each.refusal(change))}
    lost: dict[str, Broken] = {}
    for made in downstream(change.table, change.column):
        if change.to is None or made.table in stopped:
            lost[made.name] = Broken("column", made.name, made.by, _why(made, change, stopped))
    for name, why in stopped.items():
        for column in TABLES[name].column_names:
            by = f"medallion/sql/{TABLES[name].sql}"
            lost.setdefault(
                f"{name}.{column}", Broken("column", f"{name}.{column}", by, f"Its table's statement is refused: {why}")
            )
    yield from lost.values()


def _why(made: Derived, change: Change, stopped: Mapping[str, str]) -> str:
    if change.to is not None:
        return stopped[made.table]
    direct = [source.how for source in made.sources if source.name == change.name]
    if "value" in direct:
        return f"It is made of {change.name}."
    if direct:
        return f"Which rows it is made of depends on {change.name}."
    return stopped.get(made.table, f"It is made of what is made of {change.name}.")


@cache
def _fillers() -> tuple[Reader, ...]:
    """The statements that fill tables."""
    return tuple(
        reader(
            "statement",
            gold.name,
            f"medallion/sql/{gold.sql}",
            [(analysed(gold.query, {"events": TABLES["silver.events"].column_names}), {"events": "silver.events"})],
        )
        for gold in GOLD
    )


def _key(name: str) -> tuple[str, str]:
    table, _, column = name.rpartition(".")
    return table, column
