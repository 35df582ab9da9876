"""A repair undone: what it took is in quarantine again, gold is without it, every promise holds, and it can be taken in again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.conftest import NOW
from api.serving import Site, site_on, until
from api.test_every_read import is_problem
from api.test_jobs import turns
from api.test_repairs import ask, event, gold_of, made
from rtlakehouse.assembly import make_lane
from rtlakehouse.control import Role
from running import broken

GOLD = ("gold.kpis_1m", "gold.revenue_1m", "gold.products_1m", "gold.segments_1m")
AS_NUMBERS = {"filter": {"reason": "type:price"}, "patch": {"merge": {"price": 3}}}


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Site]:
    """One good event, two whose price is a text."""
    with site_on(tmp_path / "lake", NOW) as site:
        site.post(event("good"), event("a", price="3", user_id="bob"), event("b", price="4"))
        site.refine()
        yield site


def undo(site: Site, repair: str, headers: dict[str, str] | None = None, **body: Any) -> httpx.Response:
    path = f"/api/v1/quarantine/repairs/{repair}/undo"
    return site.client.post(path, json=body, headers=headers or site.key())


def done(site: Site, job: int) -> dict[str, Any]:
    with closing(make_lane(site.parts.settings, site.lake, site.clock)) as lane:
        turns(site, lane)
    until(lambda: site.parts.catalog.latest.versions["ops.ledger"] == site.lake.version("ops.ledger"), "the change is shown")
    found: dict[str, Any] = site.get(f"/jobs/{job}")
    return found


def figures(site: Site) -> dict[str, list[dict[str, Any]]]:
    return {name: gold_of(site, name) for name in GOLD}


def test_a_repair_is_undone_as_it_was_shown_and_can_be_done_again(shop: Site) -> None:
    before = figures(shop)
    repair = made(shop, AS_NUMBERS)["repair"]["id"]
    repaired = figures(shop)
    assert repaired != before
    shown = undo(shop, repair).json()
    assert (shown["dry_run"], shown["job"]) == (True, None)
    assert [row["detail"] for row in shown["would"][:2]] == ["would remove 2 rows", "would add 2 rows"]
    assert figures(shop) == repaired
    wanted = {"dry_run": False, "token": shown["token"], "why": "Another till."}
    headers = shop.key() | {"Idempotency-Key": "undo"}
    first, again = (undo(shop, repair, headers, **wanted).json()["job"] for _ in range(2))
    assert first["id"] == again["id"]
    assert (done(shop, first["id"])["state"], first["kind"], first["why"]) == ("done", "undo", "Another till.")
    assert figures(shop) == before
    assert broken(shop.lake) == []
    rows = shop.get("/quarantine", source="repair")["data"]
    assert [(row["topic"], row["reasons"], row["repaired_by"]) for row in rows] == [(repair, ["type:price"], None)] * 2
    found = shop.get(f"/quarantine/repairs/{repair}")
    assert (found["accepted"], found["quarantined"]) == (0, 2)
    assert shop.get("/events/receipts/http-0-1")["repair"]["fate"] == "quarantined"
    assert shop.get("/ledger/balance")["difference"] == 0
    assert made(shop, {"filter": {"source": "repair"}}, "readmit")["accepted"] == 2
    assert figures(shop) == repaired
    assert broken(shop.lake) == []


def test_a_duplicate_of_what_was_repaired_counts_once_that_is_undone(shop: Site) -> None:
    repair = made(shop, AS_NUMBERS)["repair"]["id"]
    shop.post(event("a", price=8))
    shop.refine()
    assert shop.get("/events/receipts/http-0-3")["fate"] == "duplicate"
    token = undo(shop, repair).json()["token"]
    assert done(shop, undo(shop, repair, dry_run=False, token=token).json()["job"]["id"])["state"] == "done"
    assert shop.get("/events/a")["event"]["price"] == "8.0000"
    assert broken(shop.lake) == []
    shop.post(event("c"))
    shop.refine()
    assert broken(shop.lake) == []
    assert undo(shop, repair).json()["would"][0]["detail"].startswith("Nothing differs")


def test_what_cannot_be_undone_says_why(shop: Site) -> None:
    is_problem(undo(shop, "000000000000"), 404)
    waiting = ask(shop, AS_NUMBERS | {"dry_run": False})["repair"]["id"]
    assert "once it is `done`" in is_problem(undo(shop, waiting), 409)["detail"]
    shop.refine()
    is_problem(undo(shop, waiting, shop.key(Role.INGEST)), 403)
    is_problem(undo(shop, waiting, shop.key(Role.ADMIN, "acme")), 404)
    is_problem(undo(shop, waiting, dry_run=False), 400)
    before = figures(shop)
    found = done(shop, undo(shop, waiting, dry_run=False, token="0" * 32).json()["job"]["id"])
    assert (found["state"], figures(shop)) == ("failed", before)
    assert "Look again" in found["error"]
