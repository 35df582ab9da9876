"""The server: its tools and resources, over standard input or HTTP."""

from __future__ import annotations

from typing import Any

from mcp.server import MCPServer

from rtlakehouse import __version__
from rtlakehouse.mcp.caller import noting_the_caller
from rtlakehouse.mcp.lakehouse import Lakehouse
from rtlakehouse.mcp.resources import add_resources
from rtlakehouse.mcp.tools import add_tools

__all__ = ["PATH", "serve_http", "serve_stdio"]

PATH = "/mcp"
_INSTRUCTIONS = """\
Live e-commerce KPIs of one shop, from Delta tables. Everything here reads; nothing changes anything.

For a figure, call `ask` with a question in English, or `query_metrics` with names from `list_metrics`. Their metrics are
certified: users, sessions and orders are counted over what is asked. Only for what no metric tells, write SQL and call `run_sql`;
`list_tables` and `describe_table` say what there is. Never add up shares, users or sessions yourself, and never add amounts of
different currencies.

All times are UTC. Each result has `as_of`, the table versions it was computed from: pass it to another tool to have figures of
the same moment, and cite it. Where the badge is `not_sure`, say so. A window that is `open` is still filling.
"""


def _server(api: str, *, is_loopback: bool) -> MCPServer[Any]:
    server: MCPServer[Any] = MCPServer(
        "rtlakehouse",
        title="RT-Lakehouse",
        instructions=_INSTRUCTIONS,
        version=__version__,
        log_level="WARNING",
        middleware=[noting_the_caller(is_loopback=is_loopback)],
    )
    lakehouse = Lakehouse(api)
    add_tools(server, lakehouse)
    add_resources(server, lakehouse)
    return server


def serve_stdio(api: str) -> None:
    """Serve who started the program, until its standard input ends. api: the address of the API."""
    _server(api, is_loopback=True).run("stdio")


def serve_http(api: str, host: str, port: int, *, is_loopback: bool) -> None:
    """Serve streamable HTTP until SIGINT or SIGTERM. Nothing is kept between requests, so each may come with another key."""
    server = _server(api, is_loopback=is_loopback)
    server.run("streamable-http", host=host, port=port, streamable_http_path=PATH, stateless_http=True, json_response=True)
