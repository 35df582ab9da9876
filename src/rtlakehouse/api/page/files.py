"""Serving the page's files."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI, Request
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from rtlakehouse.api.page.dashboard import DashboardFiles

__all__ = ["PageFiles", "install"]

_HEADERS = {
    # A browser asks each time whether a file is still the same, so that no page mixes two releases.
    "Cache-Control": "no-cache",
    "Content-Security-Policy": "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class PageFiles(StaticFiles):
    """The page's files. Nothing is loaded from elsewhere, and no text can become code: the policy forbids both."""

    def __init__(self) -> None:
        super().__init__(directory=Path(__file__).parent / "static")

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers.update(_HEADERS)
        return response


def install(app: FastAPI) -> None:
    """Serve the page at `/`, what it is made of under `/page/`, and the dashboard at `/dashboard/`."""
    files = PageFiles()

    async def page(request: Request) -> Response:
        return await files.get_response("index.html", request.scope)

    app.add_api_route("/", page, include_in_schema=False)
    app.mount("/page", files)
    app.mount("/dashboard", DashboardFiles())
