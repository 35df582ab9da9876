"""The live events: each new event once, in order, from exactly where a client left off, and nobody is fed without bound."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

import oracle
from api.serving import Site, site_on, until
from api.sockets import Told, connected, listening
from api.test_every_read import is_problem
from rtlakehouse.api.live.follower import Follower
from rtlakehouse.api.live.matching import LiveParameters
from rtlakehouse.api.live.places import EVENTS, Place, parse
from rtlakehouse.client import Client as RtlClient
from rtlakehouse.control import Role
from rtlakehouse.storage.maintenance import Limits, Maintenance
from running import append

NOW = (datetime.now(UTC) - timedelta(minutes=1)).replace(second=40, microsecond=0)
follow = partial(connected, path="/live/events")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """An API with little patience, to which every test adds events of its own."""
    path = tmp_path_factory.mktemp("live") / "lake"
    with site_on(path, NOW, sse_clients=4, sse_heartbeat_s=0.02, sse_send_timeout_s=0.5) as found:
        yield found


@pytest.fixture(scope="module")
def address(running: Site) -> Iterator[str]:
    with listening(running) as found:
        yield found


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    """What the ids of a test's events begin with."""
    return f"{abs(hash(request.node.name))}-"


def event(id_: str, kind: str = "purchase", user: str = "u", product: str = "p") -> bytes:
    at = round((NOW - timedelta(seconds=20)).timestamp() * 1000)
    return (
        f'{{"event_id":"{id_}","event_type":"{kind}","user_id":"{user}","product_id":"{product}","price":2.5,"quantity":1,'
        f'"currency":"EUR","ts":{at}}}'
    ).encode()


def batch(site: Site, *events: bytes) -> None:
    site.post(*events)
    site.refine()


def ids(told: list[Told]) -> list[str]:
    return [each.document["event_id"] for each in told]


def test_events_and_rejected_records_are_told_as_they_are_read(running: Site, address: str, name: str) -> None:
    batch(running, event(f"{name}before"))
    with follow(address) as stream:
        assert stream.response.headers["content-type"].startswith("text/event-stream")
        parse(stream.block()["id"])
        batch(running, event(f"{name}1"), b"broken", event(f"{name}2"))
        first, second, rejected = (stream.event() for _ in range(3))
        assert (first.kind, second.kind, rejected.kind) == ("accepted", "accepted", "quarantined")
        assert ids([first, second]) == [f"{name}1", f"{name}2"]
        assert first.document == running.get(f"/events/{name}1")["event"]
        assert rejected.document | {"repaired_by": None} == running.get("/quarantine", limit=1)["data"][0]
        batch(running, event(f"{name}3"))
        assert ids([stream.event()]) == [f"{name}3"]


def test_who_comes_back_is_told_each_event_once_wherever_the_connection_ended(running: Site, address: str, name: str) -> None:
    with follow(address) as stream:
        at = stream.block()["id"]
    sent = [f"{name}{i}" for i in range(9)]
    for first in (0, 4, 5):
        batch(running, *(event(id_) for id_ in sent[first : {0: 4, 4: 5, 5: 9}[first]]), b"broken")
    told = []
    for _ in range(12):
        with follow(address, at) as stream:
            told.append(stream.event())
            at = told[-1].id
    assert ids([each for each in told if each.kind == "accepted"]) == sent
    assert [each.kind for each in told].count("quarantined") == 3
    with follow(address, at) as stream:
        assert [stream.block().keys() - {"id"} for _ in range(3)] == [{"retry"}, {""}, {""}]


def test_only_what_is_asked_for_is_told(running: Site, address: str, name: str) -> None:
    with follow(address) as stream:
        at = stream.block()["id"]
    kinds = {"a": ("refund", "ann", "cup"), "b": ("purchase", "ann", "pot"), "c": ("refund", "bob", "pot")}
    batch(running, *(event(f"{name}{id_}", *values) for id_, values in kinds.items()), b"broken")
    for asked, expected in (
        ({"event_type": "refund"}, "ac"),
        ({"user_id": "ann"}, "ab"),
        ({"product_id": "pot", "event_type": "refund"}, "c"),
        ({"quarantine": False}, "abc"),
    ):
        with follow(address, at, **asked) as stream:
            assert ids([stream.event() for _ in expected]) == [f"{name}{id_}" for id_ in expected]
            assert stream.is_told_nothing()
    with follow(address, at, sample=2) as stream:
        rows = [stream.event().document for _ in range(2)]
    assert all(row["position"] % 2 == 0 for row in rows)


def test_the_python_client_follows_what_is_asked_for(running: Site, address: str, name: str) -> None:
    with follow(address) as stream:
        at = stream.block()["id"]
    batch(running, event(f"{name}1", "refund"), event(f"{name}2"), event(f"{name}3", "refund"))
    with RtlClient(address) as client:
        told = client.live("events", last_id=at, event_type="refund")
        assert [next(told).data["event_id"] for _ in range(2)] == [f"{name}1", f"{name}3"]
        told.close()


def test_a_heartbeat_says_the_place_so_that_nothing_is_looked_at_twice(running: Site, address: str, name: str) -> None:
    with follow(address, event_type="refund") as stream:
        at = parse(stream.block()["id"])
        batch(running, event(name))
        newest = running.parts.catalog.latest.versions[EVENTS]
        until(lambda: parse(stream.block()["id"])[EVENTS] == Place(newest + 1), "the place has moved on")
    assert at[EVENTS].version <= newest


def test_each_tenant_is_told_its_own(running: Site, address: str, name: str) -> None:
    theirs = running.key(Role.READER, "acme")
    with follow(address, key=theirs) as other, follow(address) as own:
        records = [oracle.Record(event(f"{name}theirs"), i, NOW, NOW, tenant_id="acme", topic=name) for i in range(1)]
        append(running.lake, records, name)
        batch(running, event(f"{name}ours"))
        assert ids([other.event()]) == [f"{name}theirs"]
        assert ids([own.event()]) == [f"{name}ours"]
        assert other.is_told_nothing()


def test_versions_that_are_not_kept_any_more_are_named(running: Site, address: str, name: str) -> None:
    with follow(address) as stream:
        at = stream.block()["id"]
    upkeep = Maintenance(running.lake, running.clock, Limits(log_commits=1))
    for third in (0, 3):
        for i in range(3):
            batch(running, event(f"{name}{third + i}"))
        upkeep.checkpoint(EVENTS)
    # The API's lease on what it showed before ends, so that the log may be cleaned up to here.
    running.clock.advance(timedelta(minutes=20))
    until(lambda: upkeep.clean_log(EVENTS), "the log is cleaned")
    running.engine.reopen()
    batch(running, event(f"{name}after"))
    with follow(address, at) as stream:
        lost = stream.event()
        assert (lost.kind, lost.document["table"], lost.document["from_version"]) == ("lost", EVENTS, parse(at)[EVENTS].version)
        assert lost.document["to_version"] >= lost.document["from_version"]
        told = [stream.event()]
        while told[-1].document.get("event_id") != f"{name}after":
            told.append(stream.event())
        assert told


def test_a_client_that_does_not_keep_up_is_told_how_many_it_missed(running: Site, name: str) -> None:
    parts = running.parts

    async def connect() -> Follower:
        parameters = LiveParameters(user_id=name)
        follower = Follower(parts.feed, parts.catalog, parts.appends, "default", parameters, most_behind=5)
        assert await follower.next(0) is None
        return follower

    async def read(follower: Follower) -> list[bytes]:
        found = []
        while (blocks := await follower.next(0)) is not None:
            found.append(blocks)
        follower.leave()
        return found

    follower = running.client.run(connect())
    for i in range(6):
        batch(running, event(f"{name}{i}a", user=name), event(f"{name}{i}b", user="another"))
    skipped, *told = running.client.run(read(follower))
    assert skipped.startswith(b"event: skipped\n")
    assert b'{"events":4}' in skipped
    assert [f"{name}{i}a".encode() in blocks for i, blocks in enumerate(told, 4)] == [True, True]
    assert parts.feed.clients == 0


def test_connections_of_both_kinds_count_together(running: Site, address: str) -> None:
    until(lambda: running.parts.feed.clients == 0, "all have left")
    with follow(address), follow(address), connected(address), connected(address), follow(address) as fifth:
        fifth.response.read()
        assert "4 clients" in is_problem(fifth.response, 503)["detail"]
    until(lambda: running.parts.feed.clients == 0, "all have left")


@pytest.mark.parametrize(
    ("last_id", "status", "fix"),
    [
        ("something else", 400, "send the `id` of an event"),
        ("silver.events=1.0", 400, "send the `id` of an event"),
        ("silver.events=99999.0,silver.quarantine=1.0", 404, "Send none"),
    ],
)
def test_a_place_that_is_none_is_refused(running: Site, last_id: str, status: int, fix: str) -> None:
    answer = running.client.get("/api/v1/live/events", headers={"Last-Event-ID": last_id})
    assert fix in is_problem(answer, status)["detail"]
