"""JSON lines: what is a record of a file, whatever the file's ends, blocks and compression."""

from __future__ import annotations

import bz2
import gzip
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rtlakehouse.errors import SourceError
from rtlakehouse.ingest.bytestream import COMPRESSED
from rtlakehouse.ingest.lines import read_lines


def _zstd(content: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(content)
    return bytes(sink.getvalue())


COMPRESSIONS: dict[str, Callable[[bytes], bytes]] = {"gz": gzip.compress, "bz2": bz2.compress, "zst": _zstd}


def _lines(path: Path, content: bytes, block_bytes: int = 1 << 20) -> list[bytes]:
    path.write_bytes(content)
    return [line for lines in read_lines(path, block_bytes) for line in lines.to_pylist()]


@pytest.mark.parametrize(
    ("content", "records"),
    [
        (b"", []),
        (b"\n\n\n", []),
        (b"{}\n{}\n", [b"{}", b"{}"]),
        (b"1\n\n2\n\n\n3\n", [b"1", b"2", b"3"]),
        (b"1\r\n2\r\n", [b"1", b"2"]),
        (b"1\r\n\r\n2\n\r\n3", [b"1", b"2", b"3"]),
        (b"1\n2", [b"1", b"2"]),
        (b"1\r\n2\r", [b"1", b"2"]),
        (b"\xef\xbb\xbf1\n2\n", [b"1", b"2"]),
        (b"\xef\xbb\xbf", []),
        (b"1\n\xef\xbb\xbf2\n", [b"1", b"\xef\xbb\xbf2"]),
        (b" \n", [b" "]),
        (b"\xff\x00\n\x80\n", [b"\xff\x00", b"\x80"]),
        (b"a\x0bb\x0cc\xc2\x85d\xe2\x80\xa8e\n", [b"a\x0bb\x0cc\xc2\x85d\xe2\x80\xa8e"]),
    ],
    ids=repr,
)
def test_lines_are_cut_at_line_feeds_alone_and_blank_ones_are_none(content: bytes, records: list[bytes], tmp_path: Path) -> None:
    assert _lines(tmp_path / "f", content) == records


_TEXTS = st.lists(st.binary(max_size=9).map(lambda line: line.replace(b"\n", b"").replace(b"\r", b"")), max_size=12)
_MAGIC = tuple(COMPRESSED.values())


@settings(max_examples=60)
@given(_TEXTS, st.sampled_from([b"\n", b"\r\n"]), st.booleans(), st.integers(1, 20))
def test_any_lines_are_read_whatever_the_size_of_a_block(
    tmp_path_factory: pytest.TempPathFactory, texts: list[bytes], end: bytes, ended: bool, block_bytes: int
) -> None:
    content = end.join(texts) + (end if ended else b"")
    assume(not content.startswith(_MAGIC))
    expected = [text for text in content.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").split(b"\n") if text]
    assert _lines(tmp_path_factory.getbasetemp() / "lines", content, block_bytes) == expected


@pytest.mark.parametrize("kind", COMPRESSIONS)
def test_a_compressed_file_is_told_by_its_beginning_whatever_its_name(kind: str, tmp_path: Path) -> None:
    content = b"".join(b'{"n":%d}\n' % i for i in range(5_000))
    compressed = COMPRESSIONS[kind](content)
    for name in (f"f.jsonl.{kind}", "f.jsonl", "f"):
        assert _lines(tmp_path / name, compressed) == content.split()


def test_several_gzip_members_are_one_file(tmp_path: Path) -> None:
    assert _lines(tmp_path / "f.gz", gzip.compress(b"1\n2") + gzip.compress(b"3\n")) == [b"1", b"23"]


def test_a_name_that_says_gz_does_not_make_a_plain_file_compressed(tmp_path: Path) -> None:
    assert _lines(tmp_path / "f.jsonl.gz", b"1\n2\n") == [b"1", b"2"]


@pytest.mark.parametrize("kind", COMPRESSIONS)
def test_a_torn_compressed_file_is_an_error_that_names_it(kind: str, tmp_path: Path) -> None:
    content = b"".join(b'{"n":%d}\n' % (i * 7919) for i in range(20_000))
    compressed = COMPRESSIONS[kind](content)
    with pytest.raises(SourceError, match=r"torn.* cannot be read on: .*What was read before it stands"):
        _lines(tmp_path / f"torn.{kind}", compressed[: len(compressed) // 2])


def test_what_comes_before_the_tear_is_read(tmp_path: Path) -> None:
    lines = [b'{"n":%d}' % (i * 7919) for i in range(20_000)]
    (tmp_path / "torn.gz").write_bytes(gzip.compress(b"\n".join(lines))[:-2_000])
    found: list[bytes] = []
    with pytest.raises(SourceError):
        found.extend(line for part in read_lines(tmp_path / "torn.gz", 4_096) for line in part.to_pylist())
    assert 0 < len(found) < len(lines)
    assert found == lines[: len(found)]


def test_a_file_that_is_gone_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"none\.jsonl cannot be read"):
        list(read_lines(tmp_path / "none.jsonl"))
