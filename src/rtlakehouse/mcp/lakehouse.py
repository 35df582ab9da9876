"""The API that the tools ask."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import quote

from mcp.server.mcpserver.exceptions import ResourceError, ResourceNotFoundError

from rtlakehouse.client import Answer, AsyncClient
from rtlakehouse.errors import NotFoundError, RtlError
from rtlakehouse.mcp.caller import key_of_caller

__all__ = ["Lakehouse"]

# A model that waits is better told that the server is full, and when to come back.
_RETRY_S = 2


class Lakehouse:
    """An API at an address, asked with the key of whoever calls. Its refusals are errors of the SDK, in the API's own words."""

    def __init__(self, address: str) -> None:
        self._address = address

    async def get(self, *path: str, **parameters: Any) -> dict[str, Any]:
        """The document at a path, with the versions it was made of. Each part of the path is one, whatever is in it."""
        whole = "".join(f"/{quote(part, safe='')}" for part in path)
        return await self._answer(lambda client: client.get(whole, **parameters))

    async def ask(self, path: str, body: Mapping[str, Any], **parameters: Any) -> dict[str, Any]:
        """The answer to a question that goes as a document; members that are None are left out of it."""
        given = {name: value for name, value in body.items() if value is not None}
        return await self._answer(lambda client: client.ask(path, given, **parameters))

    async def _answer(self, asking: Callable[[AsyncClient], Awaitable[Answer]]) -> dict[str, Any]:
        try:
            async with AsyncClient(self._address, key=key_of_caller(), retry_s=_RETRY_S) as client:
                found = await asking(client)
        except NotFoundError as error:
            raise ResourceNotFoundError(str(error)) from error
        except RtlError as error:
            raise ResourceError(str(error)) from error
        return {"answer": found.data, "as_of": found.as_of or None, "versions": found.versions}
