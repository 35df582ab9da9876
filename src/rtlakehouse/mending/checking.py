"""Looking for a person in all files of a lake: what an erasure is checked by, reading everything again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from rtlakehouse.medallion.bronze import EVENTS as BRONZE
from rtlakehouse.medallion.graph import TABLES
from rtlakehouse.medallion.silver import EVENTS, QUARANTINE
from rtlakehouse.mending.finding import Person, Told, names, told_of
from rtlakehouse.mending.view import PLACE
from rtlakehouse.storage.durable import failure
from rtlakehouse.storage.erasures import Checked, Place
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.log import commit_path, log_dir

__all__ = ["Search"]

# The columns that say whose a row is. Duplicates have no such column; what they were made of is in bronze.
_READ = {
    BRONZE.name: ("tenant_id", *PLACE, "key", "raw"),
    QUARANTINE.name: ("tenant_id", *PLACE, "raw"),
    EVENTS.name: ("tenant_id", *PLACE, "user_id"),
}


class Search:
    """One search, in parts. It reads files, whether a version has them or not, and no index, cache or statistics.

    upto: the last place of each source partition that an erasure looked at; what lies after it is told apart.
    """

    def __init__(self, lake: Lake, person: Person, upto: Sequence[Place] = ()) -> None:
        self._lake = lake
        self._person = person
        self._upto: Mapping[tuple[str, str, int], int] = {(p.source, p.topic, p.partition): p.position for p in upto}
        self._files: list[tuple[str, Path]] | None = None
        self._looked = self._records = self._since = self._mentions = 0

    def part(self, number: int, of: int) -> None:
        """Look into one of so many parts of the data files that were there at the first look."""
        if self._files is None:
            self._files = [(table, path) for table in _READ for path in self._data_files(table)]
        for table, path in self._files[number::of]:
            self._look(table, path)

    def found(self, at: str) -> Checked:
        """What the parts have found, and all other files that hold the user's id as a JSON string."""
        texts = tuple(sorted(str(path.relative_to(self._lake.root)) for path in self._texts()))
        store = tuple(path.name for path in sorted(self._lake.control.glob("control.db*")) if self._names(path))
        return Checked(at, self._looked, self._records, self._since, self._mentions, texts, store)

    def _look(self, table: str, path: Path) -> None:
        rows = self._read(table, path)
        if rows is None:
            return
        self._looked += 1
        theirs = self._theirs(table, rows)
        before = self._is_before(rows.filter(pa.array(theirs)))
        self._records += int(before.sum())
        self._since += int((~before).sum())

    def _theirs(self, table: str, rows: pa.Table) -> np.ndarray:
        if table == EVENTS.name:
            found: np.ndarray = np.array(pc.equal(rows["user_id"], self._person.user_id), bool)
            return found
        said = told_of(rows, self._person)
        if table == BRONZE.name:
            self._mentions += int(np.count_nonzero(said == Told.MENTION.value))
        return np.asarray(said == Told.OF_THEM.value)

    def _is_before(self, rows: pa.Table) -> np.ndarray:
        places = zip(*(rows[name].to_pylist() for name in PLACE), strict=True)
        return np.fromiter((p[3] <= self._upto.get(p[:3], -1) or not self._upto for p in places), bool, rows.num_rows)

    def _read(self, table: str, path: Path) -> pa.Table | None:
        """None for a file that is no version's: deleted since the first look, or not whole yet."""
        schema = pa.schema([TABLES[table].schema.field(name) for name in _READ[table]])
        ours = pc.field("tenant_id") == self._person.tenant_id
        try:
            return ds.dataset([str(path)], schema=schema, format="parquet").to_table(filter=ours)
        except (OSError, pa.ArrowInvalid) as error:
            if path.relative_to(self._lake.path(table)).as_posix() in self._lake.files(table):
                raise failure(table, error) from error
            return None

    def _data_files(self, table: str) -> Iterator[Path]:
        folder = self._lake.path(table)
        return (path for path in sorted(folder.rglob("*.parquet")) if log_dir(folder) not in path.parents)

    def _texts(self) -> Iterator[Path]:
        return (path for path in self._other_files() if self._names(path))

    def _names(self, path: Path) -> bool:
        return names(path.read_bytes(), self._person.user_id)

    def _other_files(self) -> Iterator[Path]:
        """Log entries of versions that are gone, what was set aside, and notes: what this program wrote beside the tables."""
        for table in _READ:
            folder = self._lake.path(table)
            yield from (path for v in range(self._lake.floor(table)) if (path := commit_path(folder, v)).exists())
            first = self._lake.floor(table)
            yield from (p for p in log_dir(folder).glob("[0-9]*.checkpoint*.parquet") if int(p.name[:20]) < first)
        yield from (path for path in (self._lake.control / "attic").rglob("*") if path.is_file())
        yield from (path for path in self._lake.control.glob("*.json*") if path.is_file())
