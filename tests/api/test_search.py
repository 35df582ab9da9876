"""Products like others over HTTP: of one version and one tenant, batch by batch, and built anew where that is needed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from api.conftest import NOW
from api.serving import Site, site_on, until
from api.test_every_read import is_problem
from rtlakehouse.control import JobKind, Role
from rtlakehouse.jobs import make_works, options_of
from rtlakehouse.search.server import connected
from rtlakehouse.storage.maintenance import Limits, Maintenance

TEA, TOOLS = ("teapot", "cup", "saucer", "tray"), ("hammer", "saw", "nails", "drill")
SIMILAR, TOGETHER = "/search/products/{}/similar", "/search/products/{}/together"


def event(number: int, product: str, kind: str = "purchase", **more: str) -> bytes:
    said = "".join(f',"{name}":"{value}"' for name, value in more.items())
    return (
        f'{{"event_id":"e{number}","event_type":"{kind}","user_id":"u","product_id":"{product}","price":2,"quantity":1,'
        f'"currency":"EUR","ts":{round(NOW.timestamp() * 1000) - 60_000 + number}{said}}}'
    ).encode()


def orders(first: int, count: int) -> list[bytes]:
    """Orders of three products of a company each, one company after the other."""
    events = []
    for order in range(first, first + count):
        company = TEA if order % 2 else TOOLS
        events += [event(10 * order + i, company[(order // 2 + i) % 4], order_id=f"o{order}") for i in range(3)]
    return events


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site_on(tmp_path_factory.mktemp("search") / "lake", NOW) as site:
        site.post(
            *orders(0, 24), *(event(9_000 + i, name, "page_view", session_id="s1") for i, name in enumerate(("cup", "mug")))
        )
        site.post(event(1, "spoon", order_id="o1"), event(2, "cup", order_id="o1"), **site.key(Role.INGEST, "acme"))
        site.refine()
        yield site


def names(answer: dict[str, Any]) -> list[str]:
    return [each["product_id"] for each in answer["data"]]


def test_what_goes_with_the_same_others_is_similar(shop: Site) -> None:
    for company in (TEA, TOOLS):
        found = shop.get(SIMILAR.format(company[0]))
        assert set(names(found)[:3]) == set(company[1:])
        assert all(0 < each["score"] <= 1 for each in found["data"])
        assert (found["orders"], found["sessions"]) == (9, 0)


def test_what_was_in_one_order_or_session_is_counted(shop: Site) -> None:
    found = shop.get(TOGETHER.format("cup"), min_together=1)
    assert found["kind"] == "orders"
    assert {each["product_id"]: each["together"] for each in found["data"]} == {"saucer": 6, "teapot": 6, "tray": 6}
    assert found["data"][0] == {"product_id": "saucer", "together": 6, "share": 0.6667, "of": 9, "share_of_other": 0.6667}
    viewing: dict[str, Any] = {"kind": "sessions", "min_together": 1}
    viewed = shop.get(TOGETHER.format("cup"), **viewing)
    assert (viewed["of"], names(viewed)) == (1, ["mug"])
    assert shop.get(TOGETHER.format("cup"), min_together=7)["data"] == []


def test_a_tenant_finds_its_own_products_alone(shop: Site) -> None:
    theirs = shop.key(Role.READER, "acme")
    assert names(shop.get(TOGETHER.format("cup"), theirs, min_together=1)) == ["spoon"]
    assert names(shop.get(SIMILAR.format("cup"), theirs, min_baskets=1)) in ([], ["spoon"])
    assert "spoon" not in str(shop.get(SIMILAR.format("cup"), min_baskets=1, limit=100))
    assert shop.get("/search/status", theirs)["products"]["products"] == 2
    for path in (SIMILAR, TOGETHER):
        is_problem(shop.client.get(f"/api/v1{path.format('spoon')}"), 404)
        is_problem(shop.client.get(f"/api/v1{path.format('hammer')}", headers=theirs), 404)


def test_few_or_all_can_be_asked_for(shop: Site) -> None:
    assert names(shop.get(SIMILAR.format("teapot"), min_baskets=10)) == ["cup"]
    assert len(names(shop.get(SIMILAR.format("cup"), limit=2))) == 2


def test_an_answer_is_of_the_version_that_it_names_and_new_batches_are_taken(shop: Site) -> None:
    before = shop.client.get(f"/api/v1{TOGETHER.format('saw')}")
    status = shop.get("/search/status")["products"]
    version = shop.parts.catalog.latest.versions["silver.events"]
    assert before.headers["x-lake-versions"] == f"silver.events={version}"
    assert before.json()["silver_version"] == status["silver_version"] == version
    shop.post(event(20_000, "saw", order_id="o500"), event(20_001, "glue", order_id="o500"))
    shop.refine()
    assert shop.get("/search/status")["products"]["behind"] > 0
    after = shop.get(TOGETHER.format("saw"), min_together=1)
    assert "glue" in names(after)
    assert after["silver_version"] > version
    found = shop.get("/search/status")["products"]
    assert (found["behind"], found["built_at"], found["building_of"]) == (0, status["built_at"], status["building_of"])
    past = shop.client.get(f"/api/v1{TOGETHER.format('saw')}", params={"as_of": f"silver.events={version}"})
    assert past.content == before.content
    assert past.headers["x-lake-versions"] == before.headers["x-lake-versions"]


def test_files_that_were_only_gathered_are_not_counted_again(shop: Site) -> None:
    shop.post(event(30_000, "pen", order_id="o900"), event(30_001, "ink", order_id="o900"))
    shop.refine()
    before = shop.get(TOGETHER.format("cup"))
    Maintenance(shop.lake, shop.clock, Limits.of(shop.parts.settings.model_copy(update={"compact_files": 2}))).compact(
        "silver.events"
    )
    shop.post(b"no event, and a batch of its own")
    shop.refine()
    after = shop.get(TOGETHER.format("cup"))
    assert after["silver_version"] > before["silver_version"]
    assert after["data"] == before["data"]


def test_a_job_builds_it_from_the_beginning(shop: Site) -> None:
    before = shop.get(TOGETHER.format("cup"))
    built_at = shop.get("/search/status")["products"]["built_at"]
    shop.clock.advance(NOW - NOW.replace(second=NOW.second - 1))
    works = make_works(shop.parts.settings, shop.lake, shop.clock)
    for dry_run in (True, False):
        for act in works.acts(JobKind.REINDEX, options_of(JobKind.REINDEX, {}), "default", dry_run=dry_run):
            assert act()[0]["action"] == "reindex"
        assert shop.get(TOGETHER.format("cup"))["data"] == before["data"]
        assert (shop.get("/search/status")["products"]["built_at"] == built_at) is dry_run


def test_on_disk_it_answers_the_same_and_a_second_process_keeps_its_own_in_memory(shop: Site) -> None:
    folder = shop.lake.control / "search"
    with site_on(shop.lake.root, NOW, search_index="disk") as other, site_on(shop.lake.root, NOW, search_index="disk") as third:
        for site, backend in ((other, "qdrant-edge in products-0"), (third, "memory")):
            for name in (*TEA, *TOOLS):
                found, same = (each.get(SIMILAR.format(name), min_baskets=2)["data"] for each in (site, shop))
                assert [(each["product_id"], each["score"]) for each in found[:3]] != []
                assert {each["product_id"] for each in found[:3]} == {each["product_id"] for each in same[:3]}
            assert site.get("/search/status")["products"]["backend"] == backend
        assert [each.name for each in folder.iterdir()] == ["products-0"]
    assert list(folder.iterdir()) == []


@pytest.mark.skipif("QDRANT_URL" not in os.environ, reason="`QDRANT_URL` names no server: `make qdrant`")
def test_in_a_server_it_answers_the_same_and_follows(shop: Site) -> None:
    url = os.environ["QDRANT_URL"]
    with site_on(shop.lake.root, NOW, search_url=url) as other, closing(connected(url, None)) as server:
        for name in (*TEA, *TOOLS):
            found, same = (each.get(SIMILAR.format(name), min_baskets=2)["data"] for each in (other, shop))
            assert {each["product_id"] for each in found[:3]} == {each["product_id"] for each in same[:3]}
        assert "server" in other.get("/search/status")["products"]["backend"]
        assert [each.name for each in server.get_collections().collections if shop.lake.id in each.name] != []
        before = other.get(TOGETHER.format("cup"))["silver_version"]
        shop.post(*orders(50, 2))
        shop.refine()
        until(lambda: other.get(TOGETHER.format("cup"))["silver_version"] > before, "the index in the server follows")


def test_it_follows_by_itself_once_it_was_asked_for(tmp_path: Path) -> None:
    with site_on(tmp_path / "lake", NOW, search_every_s=0.01) as site:
        assert "when it is first needed" in site.get("/health")["parts"][-1]["why"]
        is_problem(site.client.get(f"/api/v1{SIMILAR.format('cup')}"), 404)
        site.post(*orders(0, 2))
        site.refine()
        until(lambda: site.get("/search/status")["products"]["products"] == 6, "the index has every product")
        until(lambda: "0 versions behind" in site.get("/health")["parts"][-1]["why"], "health says so")


@pytest.mark.parametrize(
    ("path", "status", "fix"),
    [
        (SIMILAR.format("nothing"), 404, "/kpis/products/top"),
        (SIMILAR.format("cup") + "?limit=0", 422, "limit"),
        (TOGETHER.format("cup") + "?kind=baskets", 422, "'orders' or 'sessions'"),
        (SIMILAR.format("cup") + "?as_of=gold.kpis_1m=1", 400, "silver.events"),
    ],
)
def test_what_cannot_be_asked_says_the_fix(shop: Site, path: str, status: int, fix: str) -> None:
    assert fix in is_problem(shop.client.get(f"/api/v1{path}"), status)["detail"]


def test_a_stretch_finds_those_that_went_like_it_with_their_figures(site: Site) -> None:
    found = site.get("/search/moments", length="30m", limit=3)
    assert len(found["data"]) == 3
    differences = [each["difference"] for each in found["data"]]
    assert differences == sorted(differences)
    for each in (found, *found["data"]):
        minutes = site.get("/kpis/series", step="1m", **{"from": each["start"], "to": each["end"]})["data"]
        for name in ("page_views", "purchases", "active_users"):
            assert each["figures"][name] == sum(minute[name] for minute in minutes)
    ends = [each["end"] for each in found["data"]]
    assert max(ends) <= found["start"]
    assert site.get("/search/moments", at=found["end"], length="30m", limit=3) == found


def test_before_there_was_anything_nothing_is_like_it(site: Site, fresh: Site) -> None:
    for found in (site.get("/search/moments", at="1960-01-01T00:00:00Z"), fresh.get("/search/moments")):
        assert found["data"] == []
        assert set(found["figures"].values()) == {0}


def test_words_find_metrics_endpoints_and_the_queries_of_a_tenant(shop: Site) -> None:
    def found(words: str, headers: dict[str, str] | None = None, kind: str = "endpoint") -> list[str]:
        return [each["name"] for each in shop.get("/search", headers, q=words, kind=kind)["data"]]

    assert found("revenue per order", kind="metric")[0] == "average_order_value"
    assert "GET /api/v1/search/moments" in found("when did it look like this before")
    saved = {"name": "Carts left behind", "sql": "select count(*) from silver.events"}
    assert shop.client.post("/api/v1/queries", json=saved).status_code in (200, 201)
    assert found("carts left behind", kind="query") == ["Carts left behind"]
    assert found("carts left behind", shop.key(Role.READER, "acme"), kind="query") == []
    is_problem(shop.client.get("/api/v1/search", params={"q": ""}), 422)
