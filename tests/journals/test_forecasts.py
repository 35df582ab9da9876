"""`gold.forecasts`: what GET /forecasts tells of hours and days is in a table, told once for each that has become final."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from deltalake import DeltaTable
from structlog.testing import capture_logs

import oracle
from api.serving import Site, site_on
from api.test_anomalies import NOW
from journals.test_anomalies import late, shown, tell, telling
from rtlakehouse.clock import isoformat
from rtlakehouse.forecasts.counted import folder_of
from rtlakehouse.forecasts.learning import ask
from rtlakehouse.semantic.catalogue import load
from rtlakehouse.storage.journal_status import read_statuses
from running import append, broken, lake_with
from shapes import as_json

HOUR = timedelta(hours=1)
FIRST = NOW.replace(second=0) - timedelta(days=36)


def bought(number: int, at: datetime) -> oracle.Record:
    kinds = ("purchase", "page_view", "add_to_cart", "refund")
    fields = {"event_id": f"e{number}", "event_type": kinds[number % 4 if number % 7 else 0], "user_id": f"u{number % 9}"}
    return oracle.Record(
        as_json(**fields, product_id="tea", price=3, quantity=1, currency="EUR", ts=round(at.timestamp() * 1000)), number, at, at
    )


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Five weeks of a shop, three events an hour and more at noon."""
    hours = [FIRST + HOUR * hour for hour in range(36 * 24)]
    times = [hour + timedelta(minutes=6 * place) for hour in hours for place in range(3 + 4 * (10 < hour.hour < 14))]
    lake_with(tmp_path / "lake", [[bought(number, at) for number, at in enumerate(at for at in times if at < NOW)]])
    with site_on(tmp_path / "lake", NOW) as site:
        yield site


def rows(site: Site) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = DeltaTable(site.lake.path("gold.forecasts")).to_pyarrow_table().to_pylist()
    return found


def steps(told: list[dict[str, Any]], **of: Any) -> list[dict[str, Any]]:
    """The steps of a forecast as GET /forecasts has them."""
    own = [row for row in told if all(row[name] == value for name, value in of.items())]
    own.sort(key=lambda row: row["step_start"])
    times = ({name: isoformat(row[name]) for name in ("step_start", "step_end")} for row in own)
    return [{name: row[name] for name in ("expected", "low", "high")} | at for row, at in zip(own, times, strict=True)]


def test_the_table_has_what_is_told_over_http_of_each_hour_and_day_that_is_final(site: Site) -> None:
    with telling(site, "gold.forecasts") as pipeline:
        tell(pipeline)
        told = rows(site)
        for metric in load().metrics:
            currency = "EUR" if metric.is_money else None
            asked: dict[str, Any] = {"currency": currency} if currency else {}
            for step in ("1h", "1d"):
                found = site.get(f"/forecasts/{metric.name}", step=step, **asked)
                assert steps(told, metric=metric.name, currency=currency, step=step) == found["data"]
        assert {row["step"] for row in told if row["metric"] == "gross"} == {"1h", "1d"}
        assert {isoformat(row["learned_to"]) for row in told if row["step"] == "1h"} == {"2026-11-24T12:00:00Z"}
        site.clock.advance(timedelta(minutes=20))
        append(site.lake, [late(number, NOW - 3 * HOUR, NOW) for number in range(50)])
        tell(pipeline)
        assert rows(site) == told
        site.clock.advance(HOUR)
        append(site.lake, [bought(100_000, NOW + HOUR)])
        tell(pipeline)
    new = [row for row in rows(site) if row not in told]
    assert {(row["step"], row["learned_to"]) for row in new} == {("1h", datetime(2026, 11, 24, 13, tzinfo=UTC))}
    assert {row["told_at"] for row in new} == {site.clock.now()}
    shown(site)
    assert steps(new, metric="events") == site.get("/forecasts/events")["data"]
    with telling(site, "gold.forecasts") as pipeline:
        tell(pipeline)
    assert len(rows(site)) == len(told) + len(new)
    assert [each for each in broken(site.lake) if "gold" in each.check] == []


def test_figures_that_have_to_be_counted_first_are_told_turn_by_turn_and_no_other_waits(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rtlakehouse.journals.forecasts._AT_ONCE", 1_000_000)
    gold = {metric.name for metric in load().metrics if not ask(metric.name, "EUR" if metric.is_money else None, "1h").is_counted}
    turns = []
    with telling(site, "gold.forecasts") as pipeline:
        while "1d" not in {row["step"] for row in rows(site) if row["metric"] == "orders"}:
            tell(pipeline)
            turns.append({(row["metric"], row["step"]) for row in rows(site)})
            assert len(turns) < 9
            site.clock.advance(timedelta(minutes=1))
        tell(pipeline)
        assert {(row["metric"], row["step"]) for row in rows(site)} == turns[-1]
    assert {metric for metric, _ in turns[0]} == {metric for metric, _ in turns[-1]} & gold
    assert ("conversion_rate", "1h") in turns[-1]
    assert len(turns) > 1
    keys = [tuple(row[name] for name in ("metric", "currency", "step", "learned_to", "step_start")) for row in rows(site)]
    assert len(keys) == len(set(keys))


def test_what_the_disk_does_not_take_is_said_in_a_line_and_told_when_it_does(site: Site) -> None:
    in_the_way = folder_of(site.lake.root)
    in_the_way.parent.mkdir(parents=True, exist_ok=True)
    in_the_way.write_bytes(b"")
    with telling(site, "gold.forecasts") as pipeline:
        with capture_logs() as said:
            tell(pipeline)
        assert "cannot be worked out: [Errno" in read_statuses(site.lake)["gold.forecasts"].trouble
        assert [line for line in said if "exc_info" in line] == []
        assert rows(site) == []
        in_the_way.unlink()
        site.clock.advance(HOUR)
        append(site.lake, [bought(100_000, NOW + HOUR)])
        tell(pipeline)
    assert {row["metric"] for row in rows(site)} >= {"orders", "gross"}
