"""Anomalies over HTTP: a flood and a drop are told, with what was expected; open minutes and the usual are not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import oracle
from api.serving import Site, site_on
from rtlakehouse.anomalies.identity import Identity
from rtlakehouse.anomalies.watched import Watched
from rtlakehouse.clock import isoformat
from rtlakehouse.medallion.graph import TABLES
from running import append, lake_with

NOW = datetime(2026, 11, 24, 12, 0, 30, tzinfo=UTC)
FIRST = NOW.replace(second=0) - timedelta(days=2)
FLOOD = NOW.replace(second=0) - timedelta(hours=5)
FLOOD_MINUTES = 40
MINUTE = timedelta(minutes=1)
EVERY_MINUTE = 4


def shop(*, flooded: bool) -> list[oracle.Record]:
    """Two days of views and purchases, about four a minute; in the flood ten times as many."""
    random = np.random.default_rng(5)
    minutes = int((NOW - FIRST) / timedelta(minutes=1))
    counts = random.poisson(EVERY_MINUTE, minutes)
    at = int((FLOOD - FIRST) / timedelta(minutes=1))
    counts[at : at + FLOOD_MINUTES] *= 10 if flooded else 1
    records: list[oracle.Record] = []
    for minute in np.repeat(np.arange(minutes), counts).tolist():
        when = FIRST + timedelta(minutes=minute)
        number = len(records)
        kind = "purchase" if number % 5 == 0 else "page_view"
        country = "FR" if number % 4 == 0 or (flooded and at <= minute < at + FLOOD_MINUTES) else "DE"
        raw = (
            f'{{"event_id":"{number}","event_type":"{kind}","user_id":"u{number % 97}","product_id":"tea","price":2,'
            f'"quantity":1,"currency":"EUR","ts":{round(when.timestamp() * 1000)},"country":"{country}"}}'
        )
        records.append(oracle.Record(raw.encode(), number, when, when))
    return records


@pytest.fixture(scope="module")
def flooded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    path = tmp_path_factory.mktemp("anomalies") / "lake"
    lake_with(path, [shop(flooded=True)])
    with site_on(path, NOW) as site:
        yield site


def test_a_flood_is_told_at_its_start_for_each_figure_that_it_is_in(flooded: Site) -> None:
    found = flooded.get("/anomalies")
    by_metric = {(each["metric"], each["currency"]): each for each in found["data"]}
    assert {("events", None), ("page_views", None), ("purchases", None), ("orders", "EUR"), ("gross", "EUR")} <= by_metric.keys()
    events = by_metric["events", None]
    started = datetime.fromisoformat(events["window_start"])
    assert FLOOD <= started < FLOOD + timedelta(minutes=5)
    assert events["judged"] > events["high"] > events["expected"] > events["low"] >= 0
    assert events["expected"] == pytest.approx(EVERY_MINUTE, rel=0.25)
    assert events["reason"].startswith("events was ")
    assert events["score"] > 1
    assert found["series"] == len(Watched)


def test_the_usual_tells_nothing(flooded: Site) -> None:
    before: dict[str, Any] = {"from": isoformat(FLOOD - timedelta(hours=20)), "to": isoformat(FLOOD)}
    assert flooded.get("/anomalies", **before)["data"] == []


def test_one_metric_is_judged_as_it_is_among_all(flooded: Site) -> None:
    every = flooded.get("/anomalies")["data"]
    for metric, currency in (("events", None), ("gross", "EUR")):
        own = flooded.get("/anomalies", metric=metric)["data"]
        assert own == [each for each in every if each["metric"] == metric]
        assert {each["currency"] for each in own} == {currency}


def test_the_expected_range_holds_every_minute_as_it_is_in_gold(flooded: Site) -> None:
    span: dict[str, Any] = {"from": isoformat(FLOOD - timedelta(minutes=30)), "to": isoformat(FLOOD + timedelta(minutes=30))}
    found = flooded.get("/anomalies/expected", metric="events", **span)["data"]
    minutes = flooded.get("/kpis/series", step="1m", fill=True, **span)["data"]
    assert [(each["window_start"], each["value"]) for each in found] == [(m["step_start"], m["events"]) for m in minutes]
    told = [each["window_start"] for each in found if each["is_anomaly"]]
    assert told == [each["window_start"] for each in flooded.get("/anomalies", metric="events", **span)["data"]]


def test_an_open_minute_is_not_judged_and_a_corrected_one_is_judged_again(tmp_path: Path) -> None:
    path = tmp_path / "lake"
    lake = lake_with(path, [shop(flooded=False)])
    with site_on(path, NOW) as site:
        newest = site.get("/anomalies/expected", metric="events")["data"][-1]
        assert newest["window_start"] == isoformat(NOW.replace(second=0) - timedelta(minutes=1))
        assert site.get("/anomalies", metric="events")["data"] == []
        before = ",".join(f"{name}={version}" for name, version in site.parts.catalog.latest.versions.items())
        append(lake, [_late(number) for number in range(200)])
        site.refine()
        (told,) = site.get("/anomalies", metric="events")["data"]
        assert told["value"] >= 200
        assert told["severity"] == "critical"
        assert site.get(f"/anomalies/{told['id']}")["is_anomaly"]
        then = site.get(f"/anomalies/{told['id']}", as_of=before)
        assert (then["is_anomaly"], then["severity"]) == (False, None)
        assert then["value"] < 200


def _late(number: int) -> oracle.Record:
    when = FLOOD.timestamp() * 1000
    raw = (
        f'{{"event_id":"late{number}","event_type":"page_view","user_id":"u","product_id":"tea","price":2,"quantity":1,'
        f'"currency":"EUR","ts":{round(when)}}}'
    )
    return oracle.Record(raw.encode(), 1_000_000 + number, NOW, NOW)


def test_a_minute_is_judged_alike_whatever_range_is_asked_for(flooded: Site) -> None:
    week: dict[str, Any] = {"from": isoformat(NOW - timedelta(days=6)), "to": isoformat(NOW)}
    every = flooded.get("/anomalies", **week)["data"]
    assert every
    for start, end in ((FLOOD - timedelta(minutes=30), FLOOD + timedelta(minutes=30)), (FIRST, FLOOD + timedelta(minutes=2))):
        span: dict[str, Any] = {"from": isoformat(start), "to": isoformat(end)}
        told = flooded.get("/anomalies", **span)["data"]
        assert told == [each for each in every if start <= datetime.fromisoformat(each["window_start"]) < end]


def test_one_anomaly_tells_reason_range_causes_and_versions(flooded: Site) -> None:
    listed = flooded.get("/anomalies", metric="gross")["data"][0]
    found = flooded.get(f"/anomalies/{listed['id']}")
    assert {name: found[name] for name in listed} == listed
    assert (found["is_anomaly"], found["detector"]) == (True, "seasonal_baseline")
    course = {each["window_start"]: each for each in found["course"]}
    assert len(course) == 61
    own = course[listed["window_start"]]
    assert (own["value"], own["low"], own["high"]) == (listed["value"], listed["low"], listed["high"])
    assert found["causes"]["data"][0]["change"] > 0
    versions = flooded.parts.catalog.latest.versions
    assert found["versions"] == {name: versions[name] for name in found["versions"]}
    assert "gold.revenue_1m" in found["versions"]
    for unknown in ("nothing", listed["id"][:-8]):
        assert "take an `id`" in flooded.get(f"/anomalies/{unknown}", status=404)["detail"]


def test_by_dimension_each_segment_is_judged_by_itself(flooded: Site) -> None:
    found = flooded.get("/anomalies", metric="events", dimension="country")
    assert found["series"] == 2
    first = found["data"][0]
    assert (first["dimension"], first["segment"]) == ("country", "FR")
    assert first["reason"].startswith("events in country FR was ")
    alone = flooded.get("/anomalies", metric="events", dimension="country", segment="FR")
    assert alone["data"] == [each for each in found["data"] if each["segment"] == "FR"]
    detail = flooded.get(f"/anomalies/{first['id']}")
    assert detail["causes"]["segment"] == "FR"
    assert {part["dimension"] for part in detail["causes"]["data"]} == {"product_id"}


def test_another_detector_judges_when_it_is_asked_for(flooded: Site) -> None:
    listed = flooded.get("/ml/detectors")["data"]
    assert [each["name"] for each in listed if each["is_default"]] == ["seasonal_baseline"]
    assert {"seasonal_baseline", "windowed_gaussian", "half_space_trees"} <= {
        each["name"] for each in listed if each["is_usable"]
    }
    for name in ("windowed_gaussian", "half_space_trees"):
        first = flooded.get("/anomalies", metric="events", detector=name)["data"][0]
        assert FLOOD <= datetime.fromisoformat(first["window_start"]) < FLOOD + timedelta(minutes=10)
    assert (first["low"], first["expected"], first["high"]) == (None, None, None)
    assert "times as odd as half_space_trees tolerates" in first["reason"]


def test_what_is_learned_from_what_is_told_with_how_much_of_it_there_is(flooded: Site) -> None:
    found = flooded.get("/ml/features")
    by_series = {(each["metric"], each["currency"]): each for each in found["anomalies"]}
    assert len(by_series) == flooded.get("/anomalies")["series"]
    events = by_series["events", None]
    assert (events["table"], events["missing"]) == ("gold.kpis_1m", "zero")
    assert events["learned_to"] == isoformat(NOW.replace(second=0))
    assert events["known"] == (datetime.fromisoformat(events["learned_to"]) - datetime.fromisoformat(events["first"])) // MINUTE
    forecast = next(each for each in found["forecasts"] if (each["metric"], each["step"]) == ("orders", "1d"))
    assert (forecast["table"], forecast["seasons"]) == ("silver.events", [7])
    assert "seasonal_naive" in forecast["models"]


def test_the_product_that_a_flood_is_of_is_told_as_what_moved(flooded: Site) -> None:
    at = isoformat(FLOOD + timedelta(minutes=9))
    found = flooded.get("/anomalies/causes", metric="events", at=at, minutes=10)
    (tea,) = (part for part in found["data"] if part["dimension"] == "product_id")
    assert tea["value"] == "tea"
    assert tea["now"] == found["now"] > 5 * tea["usual"]
    assert tea["change"] == pytest.approx(tea["now"] - tea["usual"])
    assert found["days"] == 1
    before: dict[str, Any] = {
        "from": isoformat(FLOOD - timedelta(days=1)),
        "to": isoformat(FLOOD - timedelta(days=1) + timedelta(minutes=10)),
    }
    assert found["usual"] == sum(each["events"] for each in flooded.get("/kpis/series", step="1m", **before)["data"])


def test_where_no_day_before_is_known_nothing_is_compared(flooded: Site) -> None:
    found = flooded.get("/anomalies/causes", metric="gross", currency="EUR", at=isoformat(FIRST + timedelta(hours=1)))
    assert found["days"] == 0
    assert found["data"] == []
    assert found["usual"] is None


@pytest.mark.parametrize(
    ("path", "parameters", "fix"),
    [
        ("/anomalies", {"metric": "events", "currency": "EUR"}, "leave out `currency`"),
        ("/anomalies/expected", {"metric": "gross"}, "name a `currency`"),
        ("/anomalies/expected", {"metric": "events", "currency": "EUR"}, "leave out `currency`"),
        ("/anomalies/causes", {"metric": "gross", "at": isoformat(FLOOD)}, "name a `currency`"),
        ("/anomalies/causes", {"metric": "events", "at": isoformat(NOW)}, "is not final yet"),
        ("/anomalies", {"dimension": "country"}, "one `metric` is judged at a time"),
        ("/anomalies", {"metric": "gross", "dimension": "country"}, "name one of events"),
        ("/anomalies", {"metric": "events", "segment": "DE"}, "one of a `dimension`"),
        ("/anomalies/expected", {"metric": "events", "dimension": "country"}, "of one `segment`"),
        ("/anomalies", {"detector": "windowed_gaussian"}, "name a `metric`"),
        ("/anomalies", {"metric": "events", "detector": "dreams"}, "There is no detector"),
        ("/anomalies", {"from": "2026-11-01T00:00:00Z", "to": "2026-11-20T00:00:00Z"}, "ask for a shorter range"),
    ],
)
def test_what_cannot_be_judged_is_said_with_the_fix(flooded: Site, path: str, parameters: dict[str, Any], fix: str) -> None:
    assert fix in flooded.get(path, status=400, **parameters)["detail"]


def test_an_anomaly_is_explained_in_words(flooded: Site) -> None:
    told = next(each for each in flooded.get("/anomalies", metric="events")["data"])
    answer = flooded.client.post("/api/v1/assistant/explain", json={"anomaly": told["id"]})
    assert answer.status_code == 200, answer.text
    found = answer.json()
    by_topic = {each["about"]: each["text"] for each in found["sentences"]}
    assert list(by_topic) == ["what", "change", "extremes", "expected", "moved"]
    assert told["reason"] in by_topic["what"]
    assert f"told as {told['severity']}" in by_topic["what"]
    assert f"{(told['judged'] - told['expected']) / told['expected']:+.0%}" in by_topic["change"]
    (link,) = found["links"]
    detail = flooded.client.get(link["path"]).json()
    highest = max(detail["course"], key=lambda each: each["judged"])
    assert f"highest at {highest['window_start'][11:16]}" in by_topic["extremes"]
    outside = sum(not each["low"] <= each["judged"] <= each["high"] for each in detail["course"])
    assert f"Of these {len(detail['course'])} minutes {outside} lay outside" in by_topic["expected"]
    assert by_topic["moved"].index("country FR") < by_topic["moved"].index("product tea")
    assert found["versions"] == detail["versions"]


def test_an_anomaly_that_is_none_any_more_is_explained_as_that(flooded: Site) -> None:
    told = next(each for each in flooded.get("/anomalies", metric="events")["data"])
    before = Identity.read(told["id"])
    usual = str(replace(before, at=before.at - timedelta(hours=2)))
    found = flooded.client.post("/api/v1/assistant/explain", json={"anomaly": usual}).json()
    assert "It lies in the range now" in found["text"]
    missing = flooded.client.post("/api/v1/assistant/explain", json={"anomaly": "nothing"})
    assert missing.status_code == 404


def test_every_figure_of_the_key_figures_is_judged() -> None:
    keys = {"tenant_id", "window_start", "window_end", "currency", "dimension", "value"}
    told = {name for table in ("gold.kpis_1m", "gold.revenue_1m") for name in TABLES[table].column_names}
    assert told - keys == set(Watched)
    assert set(TABLES["gold.segments_1m"].column_names) - keys == {each for each in Watched if each.is_by_segment}
