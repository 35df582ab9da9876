"""`rtl mcp`: a server of the Model Context Protocol, for assistants that call tools."""

from __future__ import annotations

from typing import Annotated

import typer

from rtlakehouse.cli.options import errors
from rtlakehouse.mcp import require_extra
from rtlakehouse.settings import load_settings
from rtlakehouse.stack.ports import address_of

__all__ = ["mcp"]

# Under these the SDK answers to no other name, so that no page of another site can read along.
_GUARDED = ("127.0.0.1", "localhost", "::1")


def mcp(
    api: Annotated[
        str | None, typer.Option(help="Address of the API (default: http://127.0.0.1:8000).", show_default=False)
    ] = None,
    http: Annotated[bool, typer.Option("--http", help="Listen for streamable HTTP, in place of standard input.")] = False,
    host: Annotated[str, typer.Option(help="Of --http: address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Of --http: port to listen on.", min=1, max=65535)] = 8600,
) -> None:
    """Serve metrics, questions, SQL, tables, history and quality to assistants that speak MCP; read-only.

    It asks the API with a key, as any client does: that of RTL_API_KEY, or over HTTP the one that each request brings.
    """
    require_extra()
    from rtlakehouse.mcp.server import PATH, serve_http, serve_stdio

    address = api or address_of("127.0.0.1", load_settings().port)
    if not http:
        serve_stdio(address)
        return
    errors.print(f"MCP {address_of(host, port)}{PATH}", highlight=False)
    serve_http(address, host, port, is_loopback=host in _GUARDED)
