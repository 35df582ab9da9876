"""Every index keeps the same promises: in memory, on disk with Qdrant Edge, in a Qdrant server or its client's local mode."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import numpy as np
import pytest
from qdrant_client import QdrantClient

from rtlakehouse.errors import SearchError
from rtlakehouse.search.edge import EdgeIndex
from rtlakehouse.search.index import Filter, Point, Vector, VectorIndex
from rtlakehouse.search.memory import MemoryIndex
from rtlakehouse.search.server import ServerIndex, connected

# Of a server that is there for tests alone: `make qdrant`.
SERVER = os.environ.get("QDRANT_URL")
EAST, NORTH, WEST = ([1.0, 0.0], [0.0, 1.0], [-1.0, 0.0])


@pytest.fixture(params=["memory", "edge", "server"])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[VectorIndex]:
    made = made_as(request.param, tmp_path, 2)
    yield made
    made.close()


def made_as(kind: str, folder: Path, dimensions: int) -> VectorIndex:
    if kind == "memory":
        return MemoryIndex(dimensions)
    if kind == "edge":
        return EdgeIndex(folder / "index", dimensions)
    return ServerIndex(connected(SERVER, None) if SERVER else QdrantClient(":memory:"), f"rtl-test-{uuid4()}", dimensions)


def vector(*values: float) -> Vector:
    return np.array(values, np.float32)


def point(id_: str, at: list[float], **payload: str | int) -> Point:
    return Point(id_, vector(*at), payload)


def names(index: VectorIndex, at: list[float], limit: int = 10, where: Filter | None = None) -> list[str]:
    return [found.id for found in index.query(vector(*at), limit, where or Filter())]


def test_the_most_alike_come_first_whatever_their_length(index: VectorIndex) -> None:
    index.upsert([point("west", WEST), point("north", [0, 9]), point("east", [0.1, 0]), point("north-east", [3, 3])])
    found = index.query(vector(5, 0), 3)
    assert [each.id for each in found] == ["east", "north-east", "north"]
    assert [each.score for each in found] == pytest.approx([1, 0.5**0.5, 0], abs=1e-6)
    assert names(index, EAST) == ["east", "north-east", "north", "west"]


def test_a_point_of_the_same_id_takes_the_place_of_the_former_one(index: VectorIndex) -> None:
    index.upsert([point("a", EAST, colour="red", size=1)])
    index.upsert([point("a", NORTH, colour="blue")])
    (found,) = index.query(vector(0, 1), 5)
    assert (found.id, dict(found.payload)) == ("a", {"colour": "blue"})
    assert found.score == pytest.approx(1)
    assert index.count() == index.state().points == 1


def test_what_was_deleted_is_found_no_more_and_what_is_not_there_is_no_fault(index: VectorIndex) -> None:
    index.upsert([point(str(i), [1, i]) for i in range(5)])
    index.delete(["0", "3", "nothing"])
    assert names(index, EAST) == ["1", "2", "4"]
    assert index.get("3") is None
    index.delete([])
    index.delete(["1", "2", "4"])
    assert names(index, EAST) == []
    index.upsert([point("3", EAST)])
    assert names(index, EAST) == ["3"]


def test_a_filter_holds_in_all_that_it_says_before_the_limit_is_counted(index: VectorIndex) -> None:
    index.upsert([point(f"{tenant}{i}", [1, i / 10], tenant=tenant, size=i) for tenant in ("ours", "theirs") for i in range(4)])
    index.upsert([point("untold", EAST, tenant="ours")])
    ours = {"tenant": "ours"}
    assert names(index, EAST, 2, Filter(equal=ours, at_least={"size": 1})) == ["ours1", "ours2"]
    assert names(index, EAST, 9, Filter(equal=ours, at_least={"size": 1}, below={"size": 3})) == ["ours1", "ours2"]
    assert names(index, EAST, 2, Filter(equal=ours, unequal={"size": 0})) == ["untold", "ours1"]
    assert names(index, EAST, 9, Filter(equal={"tenant": "nobody"})) == []
    assert index.count(Filter(equal=ours)) == 5
    assert index.count(Filter(unequal=ours)) == index.count(Filter(equal={"tenant": "theirs"})) == 4


def test_a_point_comes_back_with_its_direction_and_payload(index: VectorIndex) -> None:
    index.upsert([point("a", [3, 4], name="Ünïcode", size=2), point("nowhere", [0, 0])])
    found, nowhere = index.get("a"), index.get("nowhere")
    assert found is not None
    assert nowhere is not None
    assert found.vector.tolist() == pytest.approx([0.6, 0.8])
    assert dict(found.payload) == {"name": "Ünïcode", "size": 2}
    assert nowhere.vector.tolist() == [0, 0]
    assert index.query(vector(3, 4), 5)[1].score == 0


def test_the_state_tells_who_keeps_how_much(index: VectorIndex) -> None:
    index.upsert([point(str(i), EAST) for i in range(100)])
    found = index.state()
    assert (found.points, found.dimensions) == (100, 2)
    assert found.backend.startswith(("memory", "qdrant-edge", "qdrant server"))


def test_all_find_the_same_of_many(tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    vectors = random.normal(size=(400, 16)).astype(np.float32)
    points = [Point(f"p{i}", row, {"part": i % 3, "size": i}) for i, row in enumerate(vectors)]
    where = Filter(equal={"part": 1}, at_least={"size": 50})
    answers = []
    for kind in ("memory", "edge", "server"):
        index = made_as(kind, tmp_path, 16)
        index.upsert(points)
        index.delete([f"p{i}" for i in range(0, 400, 7)])
        answers.append([[found.id for found in index.query(row, 8, where)] for row in vectors[:20]])
        index.close()
    assert answers[0] == answers[1] == answers[2]


def test_an_index_on_disk_begins_empty_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "index").mkdir()
    (tmp_path / "index" / "garbage").write_text("of another release")
    index = made_as("edge", tmp_path, 2)
    assert index.count() == 0
    index.close()
    assert not (tmp_path / "index").exists()


def test_an_index_whose_folder_or_server_cannot_be_used_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SearchError, match="built anew"):
        EdgeIndex(tmp_path / "file" / "index", 2)
    with pytest.raises(SearchError, match="search_url"):
        ServerIndex(QdrantClient(url="http://127.0.0.1:9", check_compatibility=False), "things", 2)
