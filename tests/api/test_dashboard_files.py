"""How the dashboard's files are served: every view is a link, assets are kept for good, and the interface keeps its own paths."""

from __future__ import annotations

import asyncio
import gzip
import re
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from rtlakehouse.api import errors
from rtlakehouse.api.page import dashboard

ASSET = "/assets/index-a1b2.js"
# What the first page may load before it shows figures: its own code and the frame's, compressed. What draws charts comes after.
MOST_BYTES = 256 * 1024


@pytest.fixture
def built(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<title>the application</title>", "utf-8")
    (tmp_path / "icon.svg").write_text("<svg/>", "utf-8")
    (tmp_path / ASSET[1:]).write_text("1", "utf-8")
    return tmp_path


def asked(built: Path, path: str, method: str = "GET", **headers: str) -> httpx.Response:
    """Of an application that has one read of its own, and the dashboard."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    errors.install(app)
    dashboard.install(app, built)
    app.add_api_route("/api/v1/read", lambda: {"a": 1})

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://lake") as client:
            return await client.request(method, path, headers=headers)

    return asyncio.run(ask())


@pytest.mark.parametrize("path", ["/", "/quality", "/explain/2026-11-24T10:30:00Z", "/..%2f..%2fsecret", "/apiary"])
def test_every_view_is_a_link_to_the_application(built: Path, path: str) -> None:
    answer = asked(built, path)
    assert (answer.status_code, answer.text) == (200, "<title>the application</title>")
    assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("path", ["/", "/icon.svg", ASSET])
def test_no_file_lets_anything_else_in(built: Path, path: str) -> None:
    answer = asked(built, path)
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'self'"
    assert not policy.keys() & {"script-src", "connect-src", "img-src"}, "looser than default-src"
    assert (policy["require-trusted-types-for"], policy["trusted-types"]) == ("'script'", "'none'")
    assert policy["frame-ancestors"] == "'none'"
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_what_did_not_change_is_not_sent_again(built: Path) -> None:
    again = asked(built, "/", **{"If-None-Match": asked(built, "/").headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert "content-security-policy" in again.headers


def test_assets_are_kept_for_good_and_a_missing_one_is_missing(built: Path) -> None:
    assert "immutable" in asked(built, ASSET).headers["cache-control"]
    assert asked(built, "/assets/index-gone.js").status_code == 404


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/api/v1/gone", 404), ("POST", "/api/v1/read", 405)])
def test_what_the_interface_does_not_have_is_no_page(built: Path, method: str, path: str, status: int) -> None:
    answer = asked(built, path, method)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert asked(built, "/api/v1/read").json() == {"a": 1}


@pytest.mark.parametrize(
    ("before", "now"),
    [("/dashboard", "/"), ("/dashboard/quality?range=7d", "/quality?range=7d"), ("/dashboard//evil.test/x", "/evil.test/x")],
)
def test_links_to_where_the_dashboard_was_lead_to_where_it_is(built: Path, before: str, now: str) -> None:
    answer = asked(built, before)
    assert (answer.status_code, answer.headers["location"]) == (308, now)


def test_where_nothing_was_built_the_answer_says_how(tmp_path: Path) -> None:
    answer = asked(tmp_path / "none", "/")
    assert answer.status_code == 404
    assert "make dashboard" in answer.text


@pytest.mark.skipif(not dashboard.BUILT.is_dir(), reason="The dashboard is not built; run `make dashboard`.")
def test_the_first_page_is_small_enough_for_a_slow_line() -> None:
    assets = dashboard.BUILT / "assets"
    waiting = re.findall(r"/assets/([^\"]+\.js)", (dashboard.BUILT / "index.html").read_text("utf-8"))
    waiting += [path.name for path in assets.glob("Overview-*.js")]
    needed: dict[str, int] = {}
    while waiting:
        name = waiting.pop()
        if name not in needed:
            code = (assets / name).read_text("utf-8")
            needed[name] = len(gzip.compress(code.encode()))
            waiting += re.findall(r"(?:from|import)\s*[\"']\./([^\"']+\.js)", code)
    assert any(name.startswith("Overview-") for name in needed)
    assert sum(needed.values()) < MOST_BYTES, needed
