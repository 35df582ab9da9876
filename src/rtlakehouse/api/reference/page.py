"""The page at `/api/docs`: the reference as HTML, made here, so that it needs no script and nothing from elsewhere."""

from __future__ import annotations

import html
from functools import cache
from pathlib import Path

from fastapi import FastAPI
from markdown_it import MarkdownIt
from starlette.responses import FileResponse, HTMLResponse, Response

from rtlakehouse.api.reference.markdown import reference

__all__ = ["install"]

_STYLE = Path(__file__).parent / "docs.css"
_HEADERS = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}: the HTTP interface</title>
<link rel="stylesheet" href="/api/docs/style.css">
</head>
<body>
<header><a href="/">{title}</a> <a href="/api/openapi.json">openapi.json</a></header>
<main>
{body}</main>
</body>
</html>
"""


def install(app: FastAPI) -> None:
    """Serve the reference of the application's own interface."""

    @cache
    def page() -> str:
        body = MarkdownIt("commonmark").enable("table").render(reference(app.openapi()))
        return _PAGE.format(title=html.escape(app.title), body=body)

    def docs() -> Response:
        return HTMLResponse(page(), headers=_HEADERS)

    def style() -> Response:
        return FileResponse(_STYLE, headers=_HEADERS)

    app.add_api_route("/api/docs", docs, include_in_schema=False)
    app.add_api_route("/api/docs/style.css", style, include_in_schema=False)
