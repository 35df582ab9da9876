"""Erasure: every record of a user becomes one that says so and nothing else, and all tables are what the rules make of that.

Bronze keeps a record's place, so positions have no hole and the ledger still accounts for each; what stood there is gone. To the
rules an emptied record is one that is rejected as `erased`. So silver, gold and the ledger follow as they do in a backfill, and
a replay of bronze gives the same tables. Like a backfill it looks at the lake as it is at each of its steps, and its last step
changes all tables as one (storage/rewrite.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rtlakehouse.contract.contract import load
from rtlakehouse.contract.refine import Refiner
from rtlakehouse.contract.statement import connected
from rtlakehouse.errors import RebuildError
from rtlakehouse.failpoints import failpoint
from rtlakehouse.medallion.bronze import EVENTS as BRONZE
from rtlakehouse.medallion.ops import LEDGER
from rtlakehouse.medallion.silver import DUPLICATES, EVENTS, QUARANTINE
from rtlakehouse.mending.accounts import accounts
from rtlakehouse.mending.backfill import MOST_CHANGES, Act, Rules, chunked
from rtlakehouse.mending.deciding import Change, decided
from rtlakehouse.mending.exchanging import blanked, emptied, staged
from rtlakehouse.mending.expired import any_expired, expired
from rtlakehouse.mending.finding import Person, Told, told_of
from rtlakehouse.mending.judging import Differences, Judge, old_rows, processed
from rtlakehouse.mending.telling import told
from rtlakehouse.mending.view import PLACE, View, at_places, keys_of, places_of
from rtlakehouse.mending.windows import Rebuilt, Windows
from rtlakehouse.storage.erasures import Certificate, Erasures, File, Place, TableErased, Wanted
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.log import DataFile, read_commit
from rtlakehouse.storage.rewrite import REWRITE_APPLICATION, Rewrite, begin_rewrite
from rtlakehouse.storage.seals import hash_file

__all__ = ["Erasure", "recorded"]

_SEEN = ("tenant_id", *PLACE, "key", "raw")


@dataclass(frozen=True)
class _Plan:
    """What is to change: the records at `places`, of which bronze still has `in_bronze`, and what follows from that."""

    view: View
    places: pa.Table
    in_bronze: int
    change: Change
    rebuilt: Mapping[str, Rebuilt]
    counted: pa.Table


class Erasure:
    """One erasure of a lake.

    erasure_id: by which `Erasures` knows it; with none it is only tried.
    """

    def __init__(self, lake: Lake, rules: Rules, wanted: Wanted, erasure_id: str | None = None) -> None:
        self._lake, self._rules, self._wanted, self._id = lake, rules, wanted, erasure_id
        self._person = Person(wanted.tenant_id, wanted.user_id)
        self._connection = connected()
        self._refiner = Refiner(load(), rules.limits)
        self._looked: set[str] = set()
        self._found = [BRONZE.schema.empty_table().select(PLACE)]
        self._mentions = 0
        self._records = 0
        self._received = lake.version(BRONZE.name)

    def acts(self) -> list[Act]:
        """The steps, in order: of bronze, and the one that changes the tables, or says what it would change."""
        files = View(self._lake).files(BRONZE.name)
        return [*(partial(self._look, chunk) for chunk in chunked(list(files))), self._erase]

    def _look(self, files: Sequence[DataFile]) -> list[dict[str, Any]]:
        ours = pc.field("tenant_id") == self._person.tenant_id
        rows = View(self._lake).rows(BRONZE.name, files, ours, _SEEN)
        self._looked.update(file.path for file in files)
        self._records += rows.num_rows
        said = told_of(rows, self._person)
        self._mentions += int(np.count_nonzero(said == Told.MENTION.value))
        self._found.append(rows.filter(pa.array(said == Told.OF_THEM.value)).select(PLACE))
        if sum(table.num_rows for table in self._found) > MOST_CHANGES:
            raise RebuildError(f"More than {MOST_CHANGES:,} records are of this user; that is no user. Nothing was changed.")
        return []

    def _erase(self) -> list[dict[str, Any]]:
        # Batches and compactions have gone on since: what they made is looked at too, so nothing is between two looks.
        fresh = [file for file in View(self._lake).files(BRONZE.name) if file.path not in self._looked]
        self._look(fresh)
        view = View(self._lake)
        places = processed(view, _once(*self._found))
        if any_expired(view):
            places = self._with_expired(view, places)
        if not places.num_rows:
            return [{"action": "erase", "detail": f"Nothing is of this user: {self._records:,} records were looked at."}]
        plan = self._plan(view, places)
        rows = self._said(plan)
        if self._id is not None:
            self._require_processed()
            rewrite = staged(
                plan.view,
                plan.change,
                plan.rebuilt,
                plan.counted,
                {"rewrite": "erase", "erasure": self._id},
                emptied(plan.view, places),
            )
            Erasures(self._lake).write(self._certificate(self._id, plan, rewrite))
            failpoint("before_erasure_rewrite")
            begin_rewrite(self._lake, rewrite)
            failpoint("after_erasure_rewrite")
        return rows

    def _plan(self, view: View, places: pa.Table) -> _Plan:
        found = view.at(BRONZE.name, places)
        records = pa.concat_tables([found, *_stand_ins(view, places.filter(expired(view, places)))])
        blank = blanked(records, pa.chunked_array([pa.repeat(pa.scalar(True), len(records))]))
        rejected = QUARANTINE.conform(self._refiner.refine(blank, ("ingested_at",)).rejected)
        differing = Differences(rejections=[QUARANTINE.schema.empty_table(), rejected])
        change = decided(
            view,
            differing,
            Judge(self._connection, self._refiner, self._rules.dedupe_window),
            self._connection,
            self._rules.dedupe_window,
        )
        rebuilt = Windows(self._connection).rebuilt(view, change.minutes, change)
        return _Plan(view, places, found.num_rows, change, rebuilt, accounts(view, change, self._connection))

    def _with_expired(self, view: View, places: pa.Table) -> pa.Table:
        """And the places of their records that bronze has let go of: by what silver has of them, and with an event its
        duplicates, of which nothing else tells whose they are."""
        ours, columns = pc.field("tenant_id") == self._person.tenant_id, ("tenant_id", *PLACE)
        events = view.rows(EVENTS.name, view.files(EVENTS.name), ours & (pc.field("user_id") == self._person.user_id), columns)
        rejected = view.rows(QUARANTINE.name, view.files(QUARANTINE.name), ours, (*columns, "raw"))
        rejected = rejected.filter(pa.array(told_of(rejected, self._person) == Told.OF_THEM.value))
        theirs = _once(places, events, rejected)
        duplicates = view.rows(DUPLICATES.name, view.files(DUPLICATES.name), ours)
        copies = duplicates.filter(at_places(duplicates, keys_of(theirs), "kept_"))
        return _once(theirs, copies.filter(expired(view, copies)))

    def _require_processed(self) -> None:
        """What was received before this was begun must be refined, or it would come to silver after the erasure."""
        if self._lake.has_data_between(BRONZE.name, self._lake.processed(), self._received):
            raise RebuildError("Records that came before this erasure wait to be refined. Nothing was changed; ask again.")

    def _said(self, plan: _Plan) -> list[dict[str, Any]]:
        would = "would " if self._id is None else ""
        count, bronze = plan.in_bronze, {"table": BRONZE.name, "action": "erase"}
        rows = [{**bronze, "detail": f"{would}empty {count:,} records"}]
        rows += told("erase", plan.change, plan.rebuilt, (), self._records, self._person.tenant_id, self._id is None)
        if self._mentions:
            rows.append({**bronze, "detail": f"{self._mentions:,} records of others hold the id in another member; they stay"})
        return rows

    def _certificate(self, erasure_id: str, plan: _Plan, rewrite: Rewrite) -> Certificate:
        view, wanted, erasures = plan.view, self._wanted, Erasures(self._lake)
        keys = keys_of(plan.places)
        theirs = {name: pc.sum(at_places(rows, keys), min_count=0).as_py() for name, rows in plan.change.old.items()}
        return Certificate(
            id=erasure_id,
            tenant_id=wanted.tenant_id,
            subject=erasures.subject(*self._person),
            asked_at=wanted.asked_at,
            asked_by=wanted.asked_by,
            why=wanted.why,
            state="rewriting",
            number=rewrite.number,
            records={BRONZE.name: plan.in_bronze} | theirs,
            windows={name: len(found.windows) for name, found in plan.rebuilt.items()},
            tables=tuple(
                TableErased(each.table, self._sealed(each.table, each.removes), self._hashed(each.table, each.adds))
                for each in rewrite.exchanges
            ),
            upto=_upto(view),
        )

    def _sealed(self, table: str, paths: Iterable[str]) -> tuple[File, ...]:
        seals, live = self._lake.seals(table).read(), self._lake.files(table)
        return tuple(File(path, live[path].size_bytes, seals[path].blake2b if path in seals else "") for path in paths)

    def _hashed(self, table: str, paths: Iterable[str]) -> tuple[File, ...]:
        found = ((path, hash_file(self._lake.path(table) / path)) for path in paths)
        return tuple(File(path, seal.size_bytes, seal.blake2b) for path, seal in found)


def recorded(lake: Lake, certificate: Certificate) -> Certificate:
    """The certificate of an erasure whose tables were changed, with the version that it made of each."""
    tables = tuple(
        msgspec.structs.replace(each, version=_version_of(lake, each.table, certificate.number)) for each in certificate.tables
    )
    return msgspec.structs.replace(certificate, state="rewritten", tables=tables)


def _version_of(lake: Lake, table: str, number: int) -> int | None:
    """The version of a table that a rewrite made; None where the log does not tell any more."""
    for version in range(lake.version(table), -1, -1):
        commit = read_commit(lake.path(table), version)
        if commit is None or commit.transactions.get(REWRITE_APPLICATION) == number:
            return None if commit is None else version
    return None


def _once(*tables: pa.Table) -> pa.Table:
    """The places of all these, each once."""
    return places_of(*tables).group_by(list(PLACE)).aggregate([])


def _stand_ins(view: View, places: pa.Table) -> Iterator[pa.Table]:
    """Rows of bronze, but for what was received, of records that bronze has let go of; their times as silver has them."""
    for table, rows in old_rows(view, places).items():
        time = rows["event_time" if table == DUPLICATES.name else "received_at"]
        known = {name: rows[name] for name in ("tenant_id", *PLACE)} | {"received_at": time, "ingested_at": time}
        missing = {f.name: pa.nulls(len(rows), f.type) for f in BRONZE.schema if f.name not in known}
        yield BRONZE.conform(pa.table(known | missing))


def _upto(view: View) -> tuple[Place, ...]:
    ledger = view.rows(LEDGER.name, view.files(LEDGER.name), columns=(*PLACE[:3], "last_position"))
    last = ledger.group_by(list(PLACE[:3])).aggregate([("last_position", "max")]).to_pylist()
    return tuple(Place(row["source"], row["topic"], row["partition"], row["last_position_max"]) for row in last)
