"""How the dashboard's files are served: every view is a link, assets are kept for good, nothing else is let in."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from rtlakehouse.api.page.dashboard import DashboardFiles


@pytest.fixture
def built(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<title>the application</title>", "utf-8")
    (tmp_path / "assets" / "index-a1b2.js").write_text("1", "utf-8")
    return tmp_path


def answer_of(built: Path, path: str) -> httpx.Response:
    transport = httpx.ASGITransport(Starlette(routes=[Mount("/dashboard", DashboardFiles(built))]))

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=transport, base_url="http://lake") as client:
            return await client.get(path)

    return asyncio.run(ask())


@pytest.mark.parametrize("path", ["/dashboard/", "/dashboard/explain/2026-11-24T10:30:00Z", "/dashboard/..%2f..%2fsecret"])
def test_every_view_is_a_link_to_the_application(built: Path, path: str) -> None:
    answer = answer_of(built, path)
    assert (answer.status_code, answer.text) == (200, "<title>the application</title>")
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["content-security-policy"].startswith("default-src 'self';")
    assert "unsafe" not in answer.headers["content-security-policy"]


def test_assets_are_kept_for_good_and_a_missing_one_is_missing(built: Path) -> None:
    assert "immutable" in answer_of(built, "/dashboard/assets/index-a1b2.js").headers["cache-control"]
    assert answer_of(built, "/dashboard/assets/index-gone.js").status_code == 404


def test_where_nothing_was_built_the_answer_says_how(tmp_path: Path) -> None:
    answer = answer_of(tmp_path / "none", "/dashboard/")
    assert answer.status_code == 404
    assert "make dashboard" in answer.text
