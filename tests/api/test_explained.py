"""How a window came to its value: every revision, every formula, and every byte behind it, against the oracle."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import Any

import duckdb
import pyarrow.compute as pc
import pytest

import oracle
from api import meaning
from api.conftest import NOW, READ_AT, SiteMaker
from api.meaning import MINUTE
from api.serving import Site, records_of, rfc3339
from api.test_kpis import purchase
from oracle import Expected
from rtlakehouse.clock import isoformat

START = NOW.replace(second=0) - timedelta(minutes=5)
PATH = f"/windows/{isoformat(START)}"


def busiest(expected: Expected) -> dict[str, Any]:
    """The window with the most events."""
    return max(meaning.windows(meaning.events_of(expected), READ_AT), key=lambda window: window["events"])


def figures(window: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in window.items() if name not in ("window_start", "window_end", "state")}


def test_every_value_that_a_window_had_is_the_oracles_of_what_was_there_by_then(fresh: Site) -> None:
    batches = [
        [purchase("a", START), purchase("b", START + timedelta(seconds=59))],
        [purchase("elsewhere", START + MINUTE)],
        [purchase("a", START), b"not an event"],
        [purchase("c", START, user="other")],
    ]
    wanted = []
    for batch in batches:
        fresh.post(*batch)
        fresh.refine()
        inside = meaning.events_of(oracle.run(records_of(fresh.lake)))
        wanted.append(figures(meaning.windows(meaning.within(inside, START, START + MINUTE), READ_AT)[0]))
    found = fresh.get(f"{PATH}/revisions")["data"]
    assert [revision["values"] for revision in found] == [wanted[0], wanted[3]]
    assert [(revision["added_events"], revision["reason"]) for revision in found] == [(2, "first_events"), (1, "late_events")]
    assert found[-1]["version"] == fresh.lake.version("gold.kpis_1m")


def test_a_value_is_that_of_the_versions_it_names(site: Site, expected: Expected) -> None:
    path = f"/windows/{busiest(expected)['window_start']}"
    revisions = site.get(f"{path}/revisions")["data"]
    for revision in revisions:
        then = site.get(path, as_of=f"gold.kpis_1m={revision['version']},gold.revenue_1m={revision['version']}")
        assert revision["values"] == {name: then[name] for name in revision["values"]}
    assert revisions[-1]["values"] == figures(busiest(expected))


def test_what_came_once_the_window_was_final_is_a_correction(fresh: Site) -> None:
    fresh.clock.advance(-(NOW - START))
    fresh.post(purchase("in time", START))
    fresh.refine()
    fresh.clock.advance(timedelta(minutes=3))
    fresh.post(purchase("late", START))
    fresh.refine()
    first, correction = fresh.get(f"{PATH}/revisions")["data"]
    assert (first["was_final"], first["added_late_events"], first["reason"]) == (False, 0, "first_events")
    assert (correction["was_final"], correction["added_late_events"], correction["reason"]) == (True, 1, "late_events")


def test_events_of_an_open_window_are_no_correction(fresh: Site) -> None:
    fresh.clock.advance(-(NOW - START))
    for name in ("one", "two"):
        fresh.post(purchase(name, START))
        fresh.refine()
    assert [(r["was_final"], r["reason"]) for r in fresh.get(f"{PATH}/revisions")["data"]] == [
        (False, "first_events"),
        (False, "more_events"),
    ]


def test_revisions_as_of_a_time_are_those_there_were(fresh: Site) -> None:
    fresh.post(purchase("a", START))
    fresh.refine()
    versions = fresh.client.get(f"/api/v1{PATH}/revisions").headers["x-lake-versions"]
    before = fresh.get(f"{PATH}/revisions")
    fresh.post(purchase("b", START))
    fresh.refine()
    assert len(fresh.get(f"{PATH}/revisions")["data"]) == 2
    assert fresh.get(f"{PATH}/revisions", as_of=versions) == before


def test_a_revision_whose_files_are_gone_says_what_came_without_its_value(on_copy: SiteMaker, expected: Expected) -> None:
    path = f"/windows/{busiest(expected)['window_start']}/revisions"
    with on_copy() as site:
        before = site.get(path)["data"]
        live = site.lake.files("gold.kpis_1m")
        for file in site.lake.path("gold.kpis_1m").glob("*.parquet"):
            if file.name not in live:
                file.unlink()
    with on_copy() as site:
        after = site.get(path)["data"]
    assert [revision | {"values": None} for revision in after] == [revision | {"values": None} for revision in before]
    assert after[-1]["values"] == before[-1]["values"]
    assert len(before) == 1 or after[0]["values"] is None


def test_an_answer_that_has_lost_a_value_has_another_etag(on_copy: SiteMaker, expected: Expected) -> None:
    """Also in a server that remembers the rows of the files that are gone."""
    path = f"/api/v1/windows/{busiest(expected)['window_start']}/revisions"
    with on_copy() as site:
        before = site.client.get(path)
        live = site.lake.files("gold.kpis_1m")
        gone = [file for file in site.lake.path("gold.kpis_1m").glob("*.parquet") if file.name not in live]
        assert gone
        for file in gone:
            file.unlink()
        after = site.client.get(path, headers={"If-None-Match": before.headers["etag"]})
        assert after.status_code == 200
        assert after.headers["etag"] != before.headers["etag"]
        assert after.headers["x-lake-versions"] == before.headers["x-lake-versions"]
        lost = [revision for revision in after.json()["data"] if revision["values"] is None]
        assert len(lost) >= len(before.json()["data"]) - 1
        assert site.client.get(path, headers={"If-None-Match": after.headers["etag"]}).status_code == 304


def test_revisions_come_page_by_page(fresh: Site) -> None:
    for i in range(5):
        fresh.post(purchase(f"e{i}", START))
        fresh.refine()
    whole, found, cursor = fresh.get(f"{PATH}/revisions")["data"], [], None
    while True:
        page = fresh.get(f"{PATH}/revisions", limit=2, **({"cursor": cursor} if cursor else {}))
        found += page["data"]
        if (cursor := page["next_cursor"]) is None:
            break
    assert len(whole) == 5
    assert found == whole


def test_every_formula_gives_the_value_beside_it(site: Site, expected: Expected) -> None:
    """The formula is run over the very rows that the explanation lists."""
    window = busiest(expected)
    explained = site.get(f"/windows/{window['window_start']}/explain", limit=1000)
    assert {row["measure"]: row["value"] for row in explained["formulas"]} == figures(window)
    start = meaning.utc(window["window_start"])
    silver = site.lake.read("silver.events").filter(
        (pc.field("tenant_id") == meaning.TENANT) & (pc.field("event_time") >= start) & (pc.field("event_time") < start + MINUTE)
    )
    with duckdb.connect() as connection:
        connection.register("silver", silver)
        for row in explained["formulas"]:
            ((value,),) = connection.execute(f"select {row['formula']} from silver").fetchall()
            assert row["value"] == (value if value is None or isinstance(value, int) else f"{value:f}"), row["measure"]
    assert len(explained["events"]) == silver.num_rows


def test_an_explanation_ends_at_the_bytes_that_were_received(site: Site, expected: Expected) -> None:
    window = busiest(expected)
    received = {record.place: record.raw for record in records_of(site.lake)}
    explained = site.get(f"/windows/{window['window_start']}/explain", limit=1000)["events"]
    for event in explained:
        place = tuple(event[name] for name in ("tenant_id", "source", "topic", "partition", "position"))
        assert event["raw"].encode() == received[place]
        assert event["event_time"] == rfc3339(expected.silver[place]["event_us"])
    inside = meaning.within(meaning.events_of(expected), *(meaning.utc(window[n]) for n in ("window_start", "window_end")))
    assert sorted(event["event_id"] for event in explained) == sorted(event["event_id"] for event in inside)


def test_an_explanation_comes_page_by_page(site: Site, expected: Expected) -> None:
    path = f"/windows/{busiest(expected)['window_start']}/explain"
    whole = site.get(path, limit=1000)["events"]
    first = site.get(path, limit=1)
    second = site.get(path, limit=1, cursor=first["next_cursor"])
    assert [*first["events"], *second["events"]] == whole[:2]


@pytest.mark.parametrize("what", ["revisions", "explain"])
def test_a_minute_without_events_has_nothing_to_explain(site: Site, what: str) -> None:
    assert "GET /api/v1/windows" in site.get(f"/windows/1999-12-31T23:59:00Z/{what}", status=404)["detail"]


def test_revisions_of_all_windows_account_for_every_event(site: Site, expected: Expected) -> None:
    added: dict[str, int] = defaultdict(int)
    windows = meaning.windows(meaning.events_of(expected), READ_AT)[:40]
    for window in windows:
        for revision in site.get(f"/windows/{window['window_start']}/revisions")["data"]:
            added[window["window_start"]] += revision["added_events"]
    assert added == {window["window_start"]: window["events"] for window in windows}
