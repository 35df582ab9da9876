"""Pages hold still: all of them are of one version, whatever is committed meanwhile."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pyarrow.compute as pc
import pytest

from api.conftest import SiteMaker
from api.serving import Site
from rtlakehouse.api.formats import rows_of

PATHS = {
    "/windows": "gold.kpis_1m",
    "/ledger": "ops.ledger",
    "/tables/silver.events/rows": "silver.events",
    "/tables/gold.products_1m/rows": "gold.products_1m",
}


def event(name: str, ts_ms: int) -> bytes:
    return (
        f'{{"event_id":"{name}","event_type":"purchase","user_id":"u","product_id":"p","price":2.5,"quantity":1,'
        f'"currency":"EUR","ts":{ts_ms}}}'
    ).encode()


def pages(site: Site, path: str, between: Callable[[], None], **parameters: Any) -> list[list[dict[str, Any]]]:
    """Every page of a question; `between` is called between two of them."""
    found, cursor = [], None
    while True:
        document = site.get(path, **parameters, **({"cursor": cursor} if cursor else {}))
        found.append(document["data"])
        cursor = document["next_cursor"]
        if cursor is None:
            return found
        between()


def texts(rows: list[dict[str, Any]]) -> list[str]:
    """The rows so that they can be compared, without what the table does not have."""
    return [json.dumps({k: v for k, v in row.items() if k not in ("tenant_id", "state")}, sort_keys=True) for row in rows]


@pytest.mark.parametrize("path", PATHS)
def test_the_pages_together_are_the_table_as_it_was_when_they_began(on_copy: SiteMaker, path: str) -> None:
    with on_copy() as site:
        draw = random.Random(11)
        table = site.lake.read(PATHS[path])
        wanted = texts(rows_of(table.filter(pc.equal(table["tenant_id"], "default"))))

        def commit() -> None:
            at = site.clock.now() - timedelta(minutes=draw.randrange(1_000))
            site.post(event(f"n{draw.random()}", round(at.timestamp() * 1000)), b"broken")
            site.refine()

        span = {"from": "2000-01-01T00:00:00Z"} if path == "/windows" else {}
        size = max(2, min(1_000, -(-len(wanted) // 3)))
        found = pages(site, path, commit, limit=size, **span)
        assert len(found) >= 3
        assert all(len(page) == size for page in found[:-1])
        together = texts([row for page in found for row in page])
        assert len(set(together)) == len(together)
        assert sorted(together) == sorted(wanted)


def test_all_pages_judge_windows_by_one_time(on_copy: SiteMaker) -> None:
    with on_copy() as site:
        site.clock.advance(timedelta(hours=1))

        def wait() -> None:
            site.clock.advance(timedelta(hours=1))

        found = pages(site, "/windows", wait, limit=200)
        assert {row["state"] for page in found for row in page} == {"final"}


def test_the_next_page_is_in_a_header_for_forms_without_a_cursor(site: Site) -> None:
    asked = {"Accept": "text/csv"}
    url, lines = "/api/v1/windows?limit=300&from=2000-01-01T00:00:00%2B00:00", []
    while url:
        answer = site.client.get(url, headers=asked)
        lines += answer.text.splitlines()[1:]
        url = answer.links.get("next", {}).get("url", "")
    whole = site.client.get("/api/v1/windows?limit=1000&from=2000-01-01T00:00:00Z", headers=asked).text.splitlines()[1:]
    assert lines[: len(whole)] == whole
    assert len(lines) > 900


def test_an_answer_that_fits_on_one_page_has_no_next(site: Site) -> None:
    answer = site.client.get("/api/v1/ledger?limit=1000")
    assert answer.json()["next_cursor"] is None
    assert "link" not in answer.headers


def cursor_of(site: Site, path: str, **parameters: Any) -> str:
    cursor: str = site.get(path, limit=1, **parameters)["next_cursor"]
    return cursor


def test_a_page_may_have_another_length_than_the_one_before(site: Site) -> None:
    document = site.get("/ledger", limit=5, cursor=cursor_of(site, "/ledger"))
    assert document["data"] == site.get("/ledger", limit=6)["data"][1:]


def test_a_cursor_of_another_question_is_refused(site: Site) -> None:
    cursor = cursor_of(site, "/windows")
    others: list[tuple[str, dict[str, Any]]] = [
        ("/ledger", {}),
        ("/tables/gold.kpis_1m/rows", {}),
        ("/windows", {"from": "2000-01-01T00:00:00Z"}),
        ("/windows", {"as_of": "gold.kpis_1m=3"}),
    ]
    for path, parameters in others:
        problem = site.get(path, status=400, cursor=cursor, **parameters)
        assert "another question" in problem["detail"]


def test_a_cursor_goes_with_the_as_of_that_it_came_with(site: Site) -> None:
    cursor = cursor_of(site, "/windows", as_of="gold.kpis_1m=5")
    with_it = site.get("/windows", limit=1, cursor=cursor, as_of="gold.kpis_1m=5")
    assert site.get("/windows", limit=1, cursor=cursor) == with_it
    assert "another question" in site.get("/windows", status=400, cursor=cursor, as_of="gold.kpis_1m=6")["detail"]


def forged(site: Site, **changes: Any) -> str:
    """A cursor with members replaced."""
    names = ("question", "offset", "versions", "watermark", "as_of")
    padded = cursor_of(site, "/windows")
    members = dict(zip(names, json.loads(base64.urlsafe_b64decode(padded + "=" * (-len(padded) % 4))), strict=True)) | changes
    return base64.urlsafe_b64encode(json.dumps(list(members.values())).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "changes",
    [
        {"offset": -1},
        {"offset": 1 << 63},
        {"offset": 1.5},
        {"versions": ""},
        {"versions": "silver.events=1"},
        {"versions": "gold.kpis_1m=1,silver.events=1"},
        {"versions": "gold.kpis_1m=x"},
        {"watermark": "2026-11-24T10:00:00"},
        {"watermark": "x"},
        {"more": 1},
    ],
    ids=str,
)
def test_a_forged_cursor_is_refused(site: Site, changes: dict[str, Any]) -> None:
    assert site.get("/windows", status=400, cursor=forged(site, **changes))["detail"]


@pytest.mark.parametrize("cursor", ["x", "", "!!!!", "bnVsbA", "W10", "e30", "aaaa" * 500, "é", "bnVsbA=="])
def test_a_garbled_cursor_is_refused(site: Site, cursor: str) -> None:
    assert "not one of ours" in site.get("/windows", status=400, cursor=cursor)["detail"]


def test_a_cursor_of_a_version_never_made_is_a_404(site: Site) -> None:
    assert "no version" in site.get("/windows", status=404, cursor=forged(site, versions="gold.kpis_1m=999999"))["detail"]
