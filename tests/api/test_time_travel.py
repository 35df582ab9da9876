"""`as_of`: the same moment or versions give the same bytes, now and later; what is gone says what is left."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import httpx
import pytest

import oracle
from api.conftest import NOW, SiteMaker
from api.questions import JUDGED_BY_CLOCK, Question, at_random
from api.serving import Site
from rtlakehouse.clock import SystemClock, isoformat
from rtlakehouse.errors import VersionGoneError
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.log import read_commit
from rtlakehouse.storage.maintenance import Limits, Maintenance
from running import append, drain, engine_on

HOUR = timedelta(hours=1)


@dataclass
class Asked:
    """A question about the past and what it was answered."""

    question: Question
    answer: httpx.Response
    parameters: dict[str, str] = field(default_factory=dict)


def ask(site: Site, question: Question, as_of: str) -> httpx.Response:
    return site.client.get(f"/api/v1{question.path}", params=question.parameters | {"as_of": as_of})


def moments(lake: Lake) -> dict[int, datetime]:
    """When each version of the ledger was committed."""
    path, newest = lake.path("ops.ledger"), lake.version("ops.ledger")
    commits = ((version, read_commit(path, version)) for version in range(newest + 1))
    return {version: commit.timestamp for version, commit in commits if commit}


def points(site: Site, draw: random.Random) -> Iterator[str]:
    """Endless points of the past: moments between commits, and versions as answers name them."""
    committed = moments(site.lake)
    while True:
        version = draw.choice(list(committed))
        if draw.random() < 0.5:
            moment = committed[version] + timedelta(milliseconds=draw.choice([0, 1, 40]))
            yield isoformat(min(moment, site.clock.now()))
        else:
            names = site.lake.path("ops.ledger"), version
            commit = read_commit(*names)
            vector = dict(commit.metadata.get("versions", {})) if commit else {}
            vector = vector or dict.fromkeys(site.parts.catalog.latest.versions, 0)
            yield (
                ",".join(f"{name}={found}" for name, found in sorted(vector.items()) if name != "ops.ledger")
                + f",ops.ledger={version}"
            )


def keep_up(site: Site, limits: Limits) -> None:
    """Compact, checkpoint and clean the log of every table."""
    keep_up_without_engine(site, limits)
    site.engine.reopen()


def keep_up_without_engine(site: Site, limits: Limits) -> None:
    """The same where no engine is left that would have to know."""
    upkeep = Maintenance(site.lake, site.clock, limits)
    for table in upkeep.tables:
        upkeep.run(table)


def event(i: int) -> bytes:
    """An event of this minute."""
    return (
        f'{{"event_id":"n{i}","event_type":"purchase","user_id":"u","product_id":"p","price":2.5,"quantity":1,"currency":"EUR",'
        f'"country":"DE","ts":{round(NOW.timestamp() * 1000)}}}'
    ).encode()


@pytest.mark.parametrize("questions", [100, pytest.param(1_000, marks=[pytest.mark.long, pytest.mark.timeout(1800)])])
def test_the_past_gives_the_same_bytes_after_all_that_upkeep_does(
    questions: int, on_copy: SiteMaker, chance: random.Random
) -> None:
    with on_copy(cache_entries=0) as site:
        keep_up(site, Limits(compact_files=2, log_commits=10_000))
        for i in range(6):
            site.post(event(i), b"broken")
            site.refine()
        asked = [
            Asked(question, ask(site, question, as_of), {"as_of": as_of})
            for question, as_of in islice(zip(at_random(chance, NOW), points(site, chance), strict=False), questions)
        ]
        good = [one for one in asked if one.answer.status_code == 200]
        refused = {one.answer.status_code for one in asked} - {200}
        assert len(good) > 0.9 * questions, [one.answer.text for one in asked if one.answer.status_code != 200][:3]
        assert refused <= {400}
        for one in good[:40]:
            same(one, ask(site, one.question, one.parameters["as_of"]))
        site.post(*(f"broken {i}".encode() for i in range(5)))
        site.refine()
        keep_up(site, Limits(compact_files=2, log_commits=10_000))
        for one in good:
            same(one, ask(site, one.question, one.parameters["as_of"]))
    # Nobody reads now, so no lease holds the versions.
    keep_up_without_engine(site, Limits(compact_files=2, log_commits=4))
    with on_copy(cache_entries=0) as site:
        kept = [same_or_gone(one, ask(site, one.question, one.parameters["as_of"])) for one in good]
        assert 0 < sum(kept) < len(kept)


def same(one: Asked, again: httpx.Response) -> None:
    assert again.status_code == 200, again.text
    assert again.content == one.answer.content, (one.question, one.parameters)
    for name in ("etag", "x-lake-versions", "x-watermark"):
        assert again.headers[name] == one.answer.headers[name]


def same_or_gone(one: Asked, again: httpx.Response) -> bool:
    if again.status_code == 200:
        same(one, again)
        return True
    assert again.status_code == 410, again.text
    assert "keep" in again.json()["detail"] or "kept" in again.json()["detail"]
    return False


def test_versions_from_an_answer_bring_it_back(site: Site) -> None:
    """Save for the states of windows, and how fresh tables are, which the present judges by the wall clock."""
    draw = random.Random(5)
    for question in islice((each for each in at_random(draw, NOW) if each.path not in JUDGED_BY_CLOCK), 60):
        now = site.client.get(f"/api/v1{question.path}", params=question.parameters)
        then = ask(site, question, now.headers["x-lake-versions"])
        assert then.headers["x-lake-versions"] == now.headers["x-lake-versions"]
        assert stateless(then.json()) == stateless(now.json()), question


def stateless(document: Any) -> Any:
    if isinstance(document, dict):
        return {name: stateless(value) for name, value in document.items() if name not in ("state", "next_cursor")}
    return [stateless(value) for value in document] if isinstance(document, list) else document


def test_a_time_means_the_newest_batch_by_then(on_copy: SiteMaker) -> None:
    with on_copy() as site:
        committed = moments(site.lake)
        for version in list(committed)[2:6]:
            commit = read_commit(site.lake.path("ops.ledger"), version)
            assert commit is not None
            rows = site.get("/ledger/balance", as_of=isoformat(committed[version]))["received"]
            assert rows == (version - 1 + 1) * 140
            summary = site.get("/tables/gold.kpis_1m", as_of=isoformat(committed[version]))
            assert summary["version"] == commit.metadata["versions"]["gold.kpis_1m"]
            before = isoformat(committed[version] - timedelta(milliseconds=1))
            assert site.get("/ledger/balance", as_of=before)["received"] == (version - 1) * 140


def test_windows_of_the_past_stand_as_they_stood_then(on_copy: SiteMaker) -> None:
    with on_copy() as site:
        site.clock.advance(timedelta(hours=3))
        newest = datetime.fromisoformat(site.get("/kpis/latest")["window"]["window_start"])
        ended = newest + timedelta(minutes=1, seconds=15)
        latest = site.parts.catalog.latest.as_of
        first, second = max(latest, ended - timedelta(seconds=1)), max(latest, ended)
        assert first < ended
        assert site.get("/kpis/latest", as_of=isoformat(first))["window"]["state"] == "open"
        assert site.get("/kpis/latest", as_of=isoformat(second))["window"]["state"] == "final"


def test_the_first_moment_of_a_lake_is_an_empty_one(site: Site) -> None:
    created = min(moments(site.lake).values())
    assert site.get("/kpis/latest", as_of=isoformat(created)) == {"window": None, "revenue": []}
    assert site.get("/ledger", as_of=isoformat(created))["data"] == []
    early = site.get("/kpis/latest", status=410, as_of=isoformat(created - HOUR))
    assert "are no longer kept" in early["detail"]


def test_the_future_has_no_answer_yet(site: Site) -> None:
    found = site.get("/kpis/latest", status=400, as_of=isoformat(site.clock.now() + timedelta(minutes=1)))
    assert "future" in found["detail"]


def test_a_moment_that_may_still_get_a_commit_is_waited_for(on_copy: SiteMaker) -> None:
    with on_copy() as site:
        now = site.clock.now()
        site.get("/ledger/balance", as_of=isoformat(now))
        assert site.clock.now() - now >= timedelta(seconds=1)


@pytest.mark.parametrize("path", ["/kpis/latest", "/windows", "/tables/silver.events/rows", "/ledger/balance", "/kpis/revenue"])
def test_a_version_never_made_is_a_404_that_names_the_newest(site: Site, path: str) -> None:
    vector = ",".join(f"{name}=99999" for name in site.parts.catalog.latest.versions)
    assert "its newest is" in site.get(path, status=404, as_of=vector)["detail"]


def test_a_vacuumed_version_is_a_410_that_says_what_is_left(on_copy: SiteMaker, copied: Path) -> None:
    with on_copy() as site:
        vector = site.client.get("/api/v1/kpis/revenue").headers["x-lake-versions"]
        rows = site.get("/tables/silver.events/rows", limit=3)["data"]
    # Nobody reads now, so no lease holds the versions.
    engine = engine_on(lake := Lake.open(copied))
    append(lake, [oracle.Record(event(1), 1_000, NOW, NOW)])
    drain(engine)
    engine.close()
    upkeep = Maintenance(lake, SystemClock(), Limits(compact_files=2, log_commits=10_000))
    for table in upkeep.tables:
        upkeep.run(table)
        upkeep.vacuum(table, retention=timedelta(0))
    with on_copy() as site:
        for path in ("/kpis/revenue", "/tables/silver.events/rows"):
            found = site.get(path, status=410, as_of=vector)
            oldest = int(found["detail"].rstrip(".").rpartition(" ")[2])
            table = found["detail"].partition(" ")[0]
            assert site.get(f"/tables/{table}/rows", as_of=f"{table}={oldest}")["data"]
            site.get(f"/tables/{table}/rows", status=410, as_of=f"{table}={oldest - 1}")
        assert site.get("/tables/silver.events/rows", limit=3)["data"] == rows


def test_a_damaged_file_is_no_vacuumed_one(on_copy: SiteMaker, copied: Path) -> None:
    with on_copy() as site:
        (victim, *_) = site.parts.catalog.latest.files_of("silver.quarantine")
        (site.lake.path("silver.quarantine") / victim.path).unlink()
        found = site.get("/tables/silver.quarantine/rows", status=503)
        assert "rtl doctor" in found["detail"]


def test_a_gap_in_the_history_is_gone_and_not_guessed_at(on_copy: SiteMaker) -> None:
    """Of older versions some stay. A moment between two of them had versions that nobody knows any more."""
    with on_copy() as site:
        committed = moments(site.lake)
        asked = isoformat(committed[3] + timedelta(milliseconds=1))
        upkeep = Maintenance(site.lake, site.clock, Limits(log_commits=1))
        upkeep.checkpoint("ops.ledger")
        for i in range(3):
            site.post(f"broken {i}".encode())
            site.refine()
        upkeep.checkpoint("ops.ledger")
        assert upkeep.clean_log("ops.ledger")
        site.engine.reopen()
        kept = site.lake.versions("ops.ledger")
        assert kept[0] > 3
        site.clock.advance(timedelta(minutes=1))
        found = site.get("/kpis/latest", status=410, as_of=asked)
        assert isoformat(moments(site.lake)[kept[0]]) in found["detail"]
        with pytest.raises(VersionGoneError):
            site.lake.files("ops.ledger", 3)
