"""The pages at `/api/docs`: reference and manual as HTML, made here, so that they need no script and nothing from elsewhere."""

from __future__ import annotations

import html
from functools import cache
from pathlib import Path

from fastapi import FastAPI
from starlette.responses import FileResponse, HTMLResponse, Response

from rtlakehouse.api.reference import manual
from rtlakehouse.api.reference.markdown import reference
from rtlakehouse.errors import NotFoundError

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
<title>{title}: {about}</title>
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
    """Serve the reference of the application's own interface, and the pages of the manual."""

    @cache
    def page(name: str) -> str:
        text = manual.pages()[name] if name else reference(app.openapi())
        about = html.escape(manual.title_of(text) if name else "the HTTP interface")
        return _PAGE.format(title=html.escape(app.title), about=about, body=manual.as_html(text))

    def docs() -> Response:
        return HTMLResponse(page(""), headers=_HEADERS)

    def of_the_manual(name: str) -> Response:
        if name not in manual.pages():
            raise NotFoundError(f"There is no page {name!r}; /api/docs is of the interface, /api/docs/sql.md of SQL.")
        return HTMLResponse(page(name), headers=_HEADERS)

    def style() -> Response:
        return FileResponse(_STYLE, headers=_HEADERS)

    app.add_api_route("/api/docs", docs, include_in_schema=False)
    app.add_api_route("/api/docs/style.css", style, include_in_schema=False)
    app.add_api_route("/api/docs/{name:path}", of_the_manual, include_in_schema=False)
