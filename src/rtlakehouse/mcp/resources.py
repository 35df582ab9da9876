"""What may be read without asking: the catalogue of metrics, and the definitions of the tables."""

from __future__ import annotations

import json
from typing import Any

from mcp.server import MCPServer

from rtlakehouse.mcp.lakehouse import Lakehouse

__all__ = ["add_resources"]

_JSON = "application/json"


def add_resources(server: MCPServer[Any], lakehouse: Lakehouse) -> None:
    """Add every resource."""

    async def read(*path: str) -> str:
        return json.dumps(await lakehouse.get(*path), indent=1, ensure_ascii=False)

    @server.resource("rtl://metrics", mime_type=_JSON)
    async def metrics() -> str:
        """Every metric: what it means, how it is computed, its unit, and what it may be told apart by."""
        return await read("metrics-catalog")

    @server.resource("rtl://metrics/{name}", mime_type=_JSON)
    async def metric(name: str) -> str:
        """One metric."""
        return await read("metrics-catalog", name)

    @server.resource("rtl://tables", mime_type=_JSON)
    async def tables() -> str:
        """Every table, with its size and version."""
        return await read("tables")

    @server.resource("rtl://tables/{name}", mime_type=_JSON)
    async def table(name: str) -> str:
        """The columns of one table, such as gold.kpis_1m: types, meanings, and what they are made of."""
        return await read("tables", name, "schema")

    @server.resource("rtl://quality", mime_type=_JSON)
    async def quality() -> str:
        """How far the data can be trusted now, and why."""
        return await read("quality")
