"""Serving the dashboard: what `make dashboard` has built from `web/`."""

from __future__ import annotations

from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

__all__ = ["BUILT", "DashboardFiles"]

BUILT = Path(__file__).parent / "dist"

_HEADERS = {
    # The hash is that of nothing: style elements may be there while they are empty, and are filled by the script that made them.
    "Content-Security-Policy": "default-src 'self'; style-src 'self' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=';"
    " object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
    " require-trusted-types-for 'script'; trusted-types 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class DashboardFiles(StaticFiles):
    """The dashboard's files. A path that is no asset is a page of the application, so that each view is a link.

    Raises a 404, with the fix, where nothing was built.
    """

    def __init__(self, built: Path = BUILT) -> None:
        super().__init__(directory=built, check_dir=False)
        self._index = built / "index.html"

    async def check_config(self) -> None:
        """A directory that is missing is said by `get_response`, with the fix."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        if not self._index.is_file():
            raise HTTPException(404, "The dashboard is not built; run `make dashboard`, then start again.")
        asset = path.startswith("assets/")
        response = await super().get_response(path if asset or path == "icon.svg" else "index.html", scope)
        # The name of an asset is its content's hash.
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if asset else "no-cache"
        response.headers.update(_HEADERS)
        return response
