"""Serving the dashboard: what `make dashboard` has built from `web/`."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI, Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Match, Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from rtlakehouse.errors import NotFoundError

__all__ = ["BUILT", "DashboardFiles", "install"]

BUILT = Path(__file__).parent / "dist"

_HEADERS = {
    # The hash is that of nothing: style elements may be there while they are empty, and are filled by the script that made them.
    "Content-Security-Policy": "default-src 'self'; style-src 'self' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=';"
    " object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
    " require-trusted-types-for 'script'; trusted-types 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
# The first part of what is no page of the application, also where nothing is found there.
_OTHERS = ("api", "metrics")


class DashboardFiles(StaticFiles):
    """The dashboard's files. A path that is no asset is a page of the application, so that each view is a link.

    Raises NotFoundError, with the fix, where nothing was built.
    """

    def __init__(self, built: Path = BUILT) -> None:
        super().__init__(directory=built, check_dir=False)
        self._index = built / "index.html"

    async def check_config(self) -> None:
        """A directory that is missing is said by `get_response`, with the fix."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        if not self._index.is_file():
            raise NotFoundError("The dashboard is not built; run `make dashboard`, then load this page again.")
        asset = path.startswith("assets/")
        response = await super().get_response(path if asset or path == "icon.svg" else "index.html", scope)
        # The name of an asset is its content's hash.
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if asset else "no-cache"
        response.headers.update(_HEADERS)
        return response


class _Pages(Mount):
    """All that the interface does not answer, whatever other routes there are: what is below `/api` stays its own."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        first = scope["path"].lstrip("/").partition("/")[0]
        return (Match.NONE, {}) if first in _OTHERS else super().matches(scope)


def install(app: FastAPI, built: Path = BUILT) -> None:
    """Serve the dashboard at `/`; the address it had before, `/dashboard/`, leads there."""
    app.add_api_route("/dashboard", _moved, include_in_schema=False)
    app.add_api_route("/dashboard/{view:path}", _moved, include_in_schema=False)
    app.router.routes.append(_Pages("/", DashboardFiles(built), name="dashboard"))


async def _moved(request: Request, view: str = "") -> Response:
    # One slash: with two it would be the address of another host.
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"/{view.lstrip('/')}{query}", 308)
