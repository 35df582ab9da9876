"""Pins: what is pinned answers as it did, whatever vacuum does; what is not is gone."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from api.conftest import SiteMaker
from api.serving import Site
from rtlakehouse.clock import SystemClock, isoformat
from rtlakehouse.control import Role, pinned_versions
from rtlakehouse.settings import Settings
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.maintenance import Limits, Maintenance

KPIS, SILVER, PINS = "gold.kpis_1m", "silver.events", "/api/v1/pins"


def vacuumed(path: Path, *tables: str) -> None:
    """Compact and vacuum these tables while nobody reads, as the engine does: with the pins of the control store."""
    lake = Lake.open(path)
    limits = Limits(compact_files=2, log_commits=10_000)
    upkeep = Maintenance(lake, SystemClock(), limits, pinned_versions(Settings(lake=path), SystemClock()))
    for table in tables:
        upkeep.run(table)
        upkeep.vacuum(table, retention=timedelta(0))


def test_pinned_versions_answer_after_vacuum_as_before_and_others_are_gone(on_copy: SiteMaker, copied: Path) -> None:
    vector = f"{KPIS}=7,{SILVER}=6"
    reads = {as_of: f"/api/v1/tables/{as_of.partition('=')[0]}/rows?limit=1000&as_of={as_of}" for as_of in vector.split(",")}
    with on_copy() as site:
        before = {as_of: site.client.get(path) for as_of, path in reads.items()}
        made = site.client.post(PINS, headers=site.key(), json={"versions": vector, "note": "November"})
        assert (made.status_code, made.json()["versions"]) == (201, {KPIS: 7, SILVER: 6})
        assert site.get("/pins")["data"] == [made.json()]
    vacuumed(copied, KPIS, SILVER)
    with on_copy() as site:
        for as_of, path in reads.items():
            again = site.client.get(path)
            assert (again.status_code, again.content) == (200, before[as_of].content)
        assert site.get(f"/tables/{KPIS}/versions/7")["state"] == "readable"
        for version in (6, 8):
            assert "was vacuumed" in site.get(f"/tables/{KPIS}/rows", status=410, as_of=f"{KPIS}={version}")["detail"]
            assert site.get(f"/tables/{KPIS}/versions/{version}")["state"] == "vacuumed"
        too_late = site.client.post(PINS, headers=site.key(), json={"versions": f"{KPIS}=8"})
        assert too_late.status_code == 410
        removed = site.client.request("DELETE", f"{PINS}/{made.json()['id']}", headers=site.key())
        assert removed.json() == made.json()
    vacuumed(copied, KPIS)
    with on_copy() as site:
        site.get(f"/tables/{KPIS}/rows", status=410, as_of=f"{KPIS}=7")


def test_by_default_all_tables_are_pinned_as_they_are_shown(fresh: Site) -> None:
    found = fresh.client.post(PINS, headers=fresh.key()).json()
    assert found["versions"] == dict(fresh.parts.catalog.latest.versions)
    assert fresh.get("/tables", as_of=found["as_of"])["data"]


def test_only_an_admin_pins_and_each_tenant_sees_its_own(fresh: Site) -> None:
    assert fresh.client.post(PINS, json={}, auth=None).status_code == 401
    assert fresh.client.post(PINS, headers=fresh.key(Role.READER), json={}).status_code == 403
    theirs = fresh.client.post(PINS, headers=fresh.key(tenant_id="acme"), json={"note": "secret"}).json()
    assert fresh.get("/pins")["data"] == []
    path = f"{PINS}/{theirs['id']}"
    assert fresh.client.request("DELETE", path, headers=fresh.key()).status_code == 404
    assert fresh.client.request("DELETE", path, headers=fresh.key(tenant_id="acme")).status_code == 200
    assert "GET /api/v1/pins" in fresh.client.request("DELETE", path, headers=fresh.key(tenant_id="acme")).json()["detail"]


def test_a_key_of_idempotency_makes_one_pin(fresh: Site) -> None:
    headers = fresh.key() | {"Idempotency-Key": "november"}
    expires = isoformat(fresh.clock.now() + timedelta(days=1))
    made = [fresh.client.post(PINS, headers=headers, json={"note": "a", "expires_at": expires}).json() for _ in range(2)]
    assert made[0] == made[1]
    assert fresh.get("/pins")["data"] == made[:1]
    assert fresh.client.post(PINS, headers=headers, json={"note": "b"}).status_code == 422
    fresh.clock.advance(timedelta(days=2))
    assert fresh.get("/pins")["data"] == []


def test_what_cannot_be_pinned_is_said(fresh: Site) -> None:
    admin = fresh.key()
    for body, status, fix in (
        ({"versions": f"{KPIS}=99"}, 404, "its newest is"),
        ({"versions": "noon"}, 400, "neither a time"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, 400, "time to come"),
        ({"note": "a\nb"}, 400, "can be printed"),
        ({"why": "x"}, 422, "why"),
    ):
        found = fresh.client.post(PINS, headers=admin, json=body)
        assert (found.status_code, fix in found.json()["detail"]) == (status, True), found.text
