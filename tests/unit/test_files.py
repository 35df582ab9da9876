"""A file as a source: what it is, what identifies it, and that it is in bronze once however often it is replayed."""

from __future__ import annotations

import gzip
import itertools
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rtlakehouse.clock import ManualClock
from rtlakehouse.contract.mapping import Mapping
from rtlakehouse.errors import SourceError, UsageError
from rtlakehouse.ingest.files import FileSource, Progress, open_file
from rtlakehouse.storage.lake import Lake

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
COUNT = 23
PAYLOADS = [json.dumps({"n": i, "text": "x" * i}, separators=(",", ":")).encode() for i in range(COUNT)]


def _written(path: Path) -> Path:
    """A file of these payloads in the form that its name says."""
    kind = path.name.removesuffix(".gz").rpartition(".")[2]
    documents = [json.loads(payload) for payload in PAYLOADS]
    if kind == "parquet":
        pq.write_table(pa.Table.from_pylist(documents), path, row_group_size=5)
        return path
    separator = "\t" if kind == "tsv" else ","
    rows = ["n" + separator + "text", *(f"{d['n']}{separator}{d['text']}" for d in documents)]
    content = b"\n".join(PAYLOADS) if kind == "jsonl" else "\n".join(rows).encode()
    path.write_bytes(gzip.compress(content, mtime=0) if path.suffix == ".gz" else content)
    return path


def _open(path: Path, tenant: str = "default", mapping: Mapping | None = None, *, now: bool = False) -> FileSource:
    return open_file(path, tenant, mapping, received_now=now)


def _replay(source: FileSource, lake: Lake, chunk: int = 5, chunks: int | None = None, **more: Any) -> list[Progress]:
    """Replay it, or its first chunks and then no more, as when the process is killed."""
    found = []
    for progress in source.replay(lake, ManualClock(NOW), chunk, **more):
        found.append(progress)
        if len(found) - 1 == chunks:
            break
    return found


def _bronze(lake: Lake) -> list[dict[str, Any]]:
    return list(lake.read("bronze.events").sort_by([("topic", "ascending"), ("position", "ascending")]).to_pylist())


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake.create(tmp_path / "lake")


@pytest.mark.parametrize("name", ["f.jsonl", "f.jsonl.gz", "f.csv", "f.csv.gz", "f.tsv", "f.parquet"])
def test_every_form_goes_on_at_whichever_chunk_it_was_stopped(name: str, lake: Lake, tmp_path: Path) -> None:
    """One chunk a run, of another size each time."""
    path = _written(tmp_path / name)
    done = 0
    for chunk in (1, 4, 5, 7, 100):
        _, after = _replay(_open(path), lake, chunk, chunks=1)
        assert after.resumed_from == done
        done = after.records
    assert done == COUNT
    rows = _bronze(lake)
    assert [row["position"] for row in rows] == list(range(COUNT))
    assert len({row["topic"] for row in rows}) == 1
    assert [json.loads(row["raw"])["text"] or "" for row in rows[1:]] == ["x" * i for i in range(1, COUNT)]


def test_lines_are_in_bronze_byte_for_byte(lake: Lake, tmp_path: Path) -> None:
    _replay(_open(_written(tmp_path / "f.jsonl")), lake)
    assert [row["raw"] for row in _bronze(lake)] == PAYLOADS


@pytest.mark.parametrize("name", ["f.jsonl", "f.csv", "f.parquet"])
def test_a_file_that_is_done_leaves_no_commit(name: str, lake: Lake, tmp_path: Path) -> None:
    source = _open(_written(tmp_path / name))
    _replay(source, lake)
    before = lake.version("bronze.events")
    (only,) = _replay(source, lake)
    assert (only.records, only.resumed_from) == (COUNT, COUNT)
    assert lake.version("bronze.events") == before


def test_the_same_file_elsewhere_is_the_same_source(lake: Lake, tmp_path: Path) -> None:
    path = _written(tmp_path / "f.jsonl")
    _replay(_open(path), lake)
    (tmp_path / "other").mkdir()
    moved = shutil.move(path, tmp_path / "other" / "f.jsonl")
    assert len(_replay(_open(Path(moved)), lake)) == 1


def test_what_makes_it_another_source(tmp_path: Path) -> None:
    path = _written(tmp_path / "f.csv")
    mapping = Mapping({"n": "n"})
    same = [_open(path), _open(path, now=True)]
    others = [
        _open(Path(shutil.copy(path, tmp_path / "g.csv"))),
        _open(path, tenant="acme"),
        _open(path, mapping=mapping),
        _open(path, mapping=Mapping({"n": "n + 1"})),
    ]
    path.write_bytes(path.read_bytes() + b"\n1,x\n")
    others.append(_open(path))
    assert len({source.topic for source in same}) == 1
    assert len({source.topic for source in (*same, *others)}) == 1 + len(others)


@pytest.mark.parametrize(("now", "expected"), [(True, NOW), (False, None)])
def test_received_is_now_or_left_to_the_event(now: bool, expected: datetime | None, lake: Lake, tmp_path: Path) -> None:
    _replay(_open(_written(tmp_path / "f.jsonl"), "acme", now=now), lake)
    rows = _bronze(lake)
    assert {row["received_at"] for row in rows} == {expected}
    assert {(row["tenant_id"], row["source"], row["partition"]) for row in rows} == {("acme", "file", 0)}


def test_the_progress_of_parquet_knows_the_end_and_that_of_lines_comes_close(lake: Lake, tmp_path: Path) -> None:
    assert {p.total for p in _replay(_open(_written(tmp_path / "f.parquet")), lake)} == {COUNT}
    first, *rest = _replay(_open(_written(tmp_path / "f.jsonl")), lake)
    assert first.total is None
    assert rest[-1].total == pytest.approx(COUNT, abs=COUNT / 2)
    assert {p.total for p in _replay(_open(_written(tmp_path / "f.jsonl.gz")), lake)} == {None}


def test_a_rate_is_kept_by_the_clock(lake: Lake, tmp_path: Path) -> None:
    clock = ManualClock(NOW)
    list(_open(_written(tmp_path / "f.jsonl")).replay(lake, clock, 1_000, rate=2))
    assert (clock.now() - NOW).total_seconds() == pytest.approx(COUNT / 2)


def test_a_chunk_is_no_larger_than_its_bytes(lake: Lake, tmp_path: Path) -> None:
    """A record that is larger than that alone is a chunk of its own."""
    chunks = _replay(_open(_written(tmp_path / "f.jsonl")), lake, 100, chunk_bytes=40)
    ends = [progress.records for progress in chunks]
    for first, last in itertools.pairwise(ends):
        assert last - first == 1 or sum(map(len, PAYLOADS[first:last])) <= 40
    assert [row["raw"] for row in _bronze(lake)] == PAYLOADS


def test_a_row_that_fits_no_column_is_a_record_in_its_place(lake: Lake, tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_bytes(b"a,b\n1,2\n3\n4,5,6\n7,8\n")
    _replay(_open(tmp_path / "f.csv", mapping=Mapping({"a": "a"})), lake, 3)
    assert [row["raw"] for row in _bronze(lake)] == [b'{"a":"1"}', b'["3"]', b'["4","5","6"]', b'{"a":"7"}']


@pytest.mark.parametrize("name", ["empty.jsonl", "empty.csv", "blank.jsonl"])
def test_a_file_without_records_is_done_at_once(name: str, lake: Lake, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"\n\n" if name.startswith("blank") else b"")
    (only,) = _replay(_open(tmp_path / name), lake)
    assert only.records == 0
    assert _bronze(lake) == []


def test_what_was_read_before_a_tear_stands_and_the_mended_file_is_another(lake: Lake, tmp_path: Path) -> None:
    path = tmp_path / "f.csv.gz"
    count = 120_000
    whole = gzip.compress(b"n\n" + b"".join(b"%d\n" % (i * 7919) for i in range(count)))
    path.write_bytes(whole[:-2_000])
    with pytest.raises(SourceError, match="What was read before it stands"):
        _replay(_open(path), lake, 40_000)
    kept = lake.read("bronze.events").num_rows
    assert 40_000 <= kept < count
    path.write_bytes(whole)
    assert _replay(_open(path), lake, count)[-1].resumed_from == 0
    assert lake.read("bronze.events").num_rows == kept + count


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("none.jsonl", None, "There is no file"),
        ("a.zip", b"PK\x03\x04rest", "a ZIP archive or an Excel file"),
        ("a.xlsx", b"PK\x03\x04rest", "save it as CSV"),
        ("mapped.jsonl", b"{}\n", "JSON lines, which need no mapping"),
    ],
)
def test_what_is_no_such_file_is_refused(name: str, content: bytes | None, why: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(UsageError, match=why):
        _open(tmp_path / name, mapping=Mapping({"n": "n"}))


def test_a_directory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is a directory; name the files in it"):
        _open(tmp_path)


@pytest.mark.parametrize("name", ["f", "f.dat", "f.jsonl", "f.csv"])
def test_parquet_is_told_by_its_beginning_whatever_its_name(name: str, lake: Lake, tmp_path: Path) -> None:
    path = shutil.move(_written(tmp_path / "f.parquet"), tmp_path / name)
    assert _replay(_open(Path(path)), lake)[-1].records == COUNT
