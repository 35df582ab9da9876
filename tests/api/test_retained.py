"""What the API says of records that bronze has let go of: when, by which rule, and what became of them; never nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from api.conftest import READ_AT, SiteMaker
from api.serving import Site, records_of, until
from mending.lakes import RULES
from oracle import Record
from rtlakehouse.clock import isoformat
from rtlakehouse.medallion.graph import JOURNALS, TABLES
from rtlakehouse.mending import Keeping, Retention, Terms
from rtlakehouse.storage.lake import Lake
from running import broken

LET_GO = "it is kept as long as the setting `retention_days` says"


def let_go(lake: Lake, quarantine: Terms | None = None) -> None:
    """Of everything that bronze has, and of quarantine likewise where a term is given."""
    Retention(lake, Keeping(Terms(of_all=1), quarantine or Terms()), READ_AT + timedelta(days=9), RULES).run()


@pytest.fixture
def records(copied: Path) -> list[Record]:
    """What was received."""
    return records_of(Lake.open(copied))


@pytest.fixture
def retained(copied: Path, records: list[Record], on_copy: SiteMaker) -> Iterator[Site]:
    """An API on a lake whose bronze has let go of all records, of which it had some."""
    assert records
    let_go(Lake.open(copied))
    with on_copy() as site:
        yield site


def test_bytes_that_were_let_go_are_told_so_everywhere(retained: Site, records: list[Record]) -> None:
    assert broken(retained.lake) == []
    balance = retained.get("/ledger/balance")
    ours = sum(record.tenant_id == "default" for record in records)
    assert (balance["received"], balance["difference"], sum(row["expired"] for row in balance["data"])) == (ours, 0, ours)
    entries = retained.get("/ledger", limit=1_000)["data"]
    assert all(row["expired"] == row["received"] and row["expired_at"] for row in entries)
    window = retained.get("/windows", limit=1)["data"][0]["window_start"]
    events = retained.get(f"/windows/{window}/explain")["events"]
    assert events
    assert all(event["raw"] is None and LET_GO in event["raw_expired"] for event in events)
    place = events[0]
    where = {name: place[name] for name in ("source", "topic")}
    gone = retained.client.get(f"/api/v1/ledger/offsets/{place['partition']}/{place['position']}", params=where)
    assert (gone.status_code, LET_GO in gone.json()["detail"]) == (410, True)
    assert "was accepted" in gone.json()["detail"]
    never = retained.client.get(f"/api/v1/ledger/offsets/{place['partition']}/{10**9}", params=where)
    assert never.status_code == 404
    assert f"\nrtl_expired_records {len(records)}.0\n" in retained.client.get("/metrics").text


def test_of_a_record_that_quarantine_let_go_of_too_its_receipt_says_so(retained: Site) -> None:
    row = retained.get("/quarantine", limit=1)["data"][0]
    receipt = f"{row['source']}-{row['partition']}-{row['position']}"
    assert retained.get(f"/events/receipts/{receipt}")["fate"] == "quarantined"
    let_go(retained.lake, quarantine=Terms(of_all=1))
    until(lambda: not retained.get("/quarantine", limit=1)["data"], "the catalog shows that quarantine is empty")
    gone = retained.get(f"/events/receipts/{receipt}", status=410)["detail"]
    assert f"If {receipt} was yours, it was quarantined, and what was received was let go by" in gone
    balance = retained.get("/ledger/balance")
    assert (balance["difference"], broken(retained.lake)) == (0, [])


def test_a_record_in_quarantine_is_repaired_from_the_bytes_it_has_there(retained: Site) -> None:
    rejected = retained.get("/quarantine", reason="type:price", limit=1)["data"][0]
    body = {"filter": {"ids": [rejected["id"]]}, "patch": {"merge": {"price": 1}}}
    would = retained.client.post("/api/v1/quarantine/repair", json=body)
    assert would.status_code == 200, would.text
    assert would.json()["matched"] == 1
    assert would.json()["samples"][0]["fate"] in ("accepted", "duplicate")


def test_a_job_says_first_what_it_would_let_go(copied: Path, on_copy: SiteMaker) -> None:
    with on_copy(retention_days={"bronze": 36_500, "quarantine": 36_500, "acme.bronze": 7}) as site:
        would = site.client.post("/api/v1/jobs", json={"kind": "retain", "dry_run": True})
        assert [row["detail"] for row in would.json()["would"]] == ["Nothing is older than it is kept."]
        asked = site.client.post("/api/v1/jobs", json={"kind": "retain", "why": "The audit."})
        assert (asked.status_code, asked.json()["job"]["kind"]) == (200, "retain")
    with on_copy(retention_days={"bronze": 9, "quarantine": 7}) as site:
        refused = site.client.post("/api/v1/jobs", json={"kind": "retain", "dry_run": True})
        assert (refused.status_code, "give bronze as many days, or fewer" in refused.json()["detail"]) == (400, True)


def test_what_silver_let_go_of_is_told_so_and_the_figures_of_its_minutes_are_there(copied: Path, on_copy: SiteMaker) -> None:
    keeping = Keeping(Terms(1), silver=Terms(8))
    with on_copy() as site:
        minutes = site.get("/kpis/series", step="1m")["data"]
        window = site.get("/windows", limit=1)["data"][0]["window_start"]
        event = site.get("/events", limit=1)["data"][0]
        before = ",".join(f"{name}={version}" for name, version in site.lake.vector().items())
        Retention(Lake.open(copied), keeping, READ_AT + timedelta(days=30), RULES).run()
        until(lambda: site.client.get("/api/v1/events").status_code == 410, "the catalog shows what silver let go of")
        assert broken(site.lake) == []
        assert site.get("/kpis/series", step="1m")["data"] == minutes
        assert site.get("/events", limit=1, as_of=before)["data"] == [event]
        assert site.get("/kpis/products/top")["data"]
        body = {"metrics": ["orders"]}
        paths = (*OF_EVENTS, f"/windows/{window}/explain", f"/windows/{window}/revisions")
        asked = [site.client.get(f"/api/v1{path}") for path in paths]
        asked.append(site.client.post("/api/v1/metrics-catalog/query", json=body))
        assert {answer.status_code for answer in asked} == {410}
        assert all("silver.events has what happened since" in answer.json()["detail"] for answer in asked)
        receipt = f"{event['source']}-{event['partition']}-{event['position']}"
        assert f"If {receipt} was yours, it was accepted" in site.get(f"/events/receipts/{receipt}", status=410)["detail"]
        assert site.get("/forecasts/orders")["data"] == []
        assert site.get("/anomalies")["data"] is not None
        # Which values there are is looked for in what is kept; the figure itself is gone.
        answer = site.client.post("/api/v1/assistant/ask", json={"question": "How many users per country today?"})
        assert (answer.status_code, "asks since 1970" in answer.text) == (410, False)
        Retention(Lake.open(copied), replace(keeping, gold=Terms(8)), READ_AT + timedelta(days=30), RULES).run()
        until(lambda: site.client.get(f"/api/v1/windows/{window}").status_code == 410, "the catalog shows what gold let go of")
        assert {site.client.get(f"/api/v1{path}", params=OF_MINUTES).status_code for path in ("/windows", "/kpis/series")} == {
            410
        }
        assert broken(site.lake) == []


OF_EVENTS = ("/kpis/series?step=1h", "/kpis/funnel", "/kpis/compare", "/quality/lateness", "/quality/results")
OF_MINUTES = {"from": "2026-11-24T09:00:00Z", "to": "2026-11-24T10:00:00Z"}


def kept(site: Site) -> dict[str, dict[str, Any]]:
    return {row["name"]: row for row in site.get("/maintenance/retention")["data"]}


def test_terms_and_what_was_let_go_of_are_told_of_each_tenant(copied: Path, records: list[Record], on_copy: SiteMaker) -> None:
    let_go(Lake.open(copied))
    with on_copy(retention_days={"bronze": 30, "default.bronze": 7, "quarantine": 90}) as site:
        found = kept(site)
        midnight = READ_AT.replace(hour=0, minute=0, second=0, microsecond=0)
        bronze, quarantine = found["bronze"], found["quarantine"]
        assert (bronze["days"], bronze["is_own"], bronze["tables"]) == (7, True, ["bronze.events"])
        assert bronze["kept_since"] == isoformat(midnight - timedelta(days=7))
        assert bronze["expired"] == sum(record.tenant_id == "default" for record in records)
        assert bronze["expired_at"] == isoformat(READ_AT + timedelta(days=9))
        assert (quarantine["days"], quarantine["is_own"], quarantine["expired"], quarantine["expired_at"]) == (90, False, 0, None)
        assert [found[name]["days"] for name in ("silver", "gold")] == [None, None]
        let_go(site.lake, quarantine=Terms(of_all=1))
        until(lambda: kept(site)["quarantine"]["expired"], "what quarantine let go of is told")
        # What silver is without stays so whatever its term is now.
        Retention(site.lake, Keeping(Terms(1), silver=Terms(8)), READ_AT + timedelta(days=30), RULES).run()
        until(lambda: kept(site)["silver"]["expired"], "what silver let go of is told")
        silver = kept(site)["silver"]
        assert (silver["days"], silver["kept_since"]) == (None, isoformat(midnight + timedelta(days=22)))
        counts = site.get("/ledger/balance")["data"]
        assert silver["expired"] == sum(row["accepted"] + row["duplicates"] for row in counts)


def test_without_terms_everything_is_kept_for_ever(site: Site) -> None:
    found = kept(site).values()
    assert {(row["days"], row["is_own"], row["kept_since"], row["expired"] or 0) for row in found} == {(None, False, None, 0)}
    told = {journal.name for journal in JOURNALS}
    assert {table for row in found for table in row["tables"]} == set(TABLES) - {"ops.ledger"} - told
