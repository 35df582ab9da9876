"""`rtl monitor`: the page for those who operate the system."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from rtlakehouse.cli.options import console
from rtlakehouse.monitor import command, require_extra
from rtlakehouse.settings import load_settings
from rtlakehouse.stack.ports import address_of, free_port

__all__ = ["monitor", "port_of_monitor"]


def monitor(
    api: Annotated[
        str | None, typer.Option(help="Address of the API (default: http://127.0.0.1:8000).", show_default=False)
    ] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on (default: 127.0.0.1).", show_default=False)] = None,
    port: Annotated[
        int | None, typer.Option(help="Port to listen on (default: 8501; the next free one when taken).", show_default=False)
    ] = None,
) -> None:
    """Run the monitor alone: a page with the health of each part, rates, latency, memory, files, ledger and jobs of an API."""
    require_extra()
    settings = load_settings(host=host, monitor_port=port)
    chosen = port_of_monitor(settings.host, settings.monitor_port)
    console.print(f"Monitor {address_of(settings.host, chosen)}/", highlight=False)
    sys.stdout.flush()
    arguments = command(api or address_of("127.0.0.1", settings.port), settings.host, chosen)
    os.execv(arguments[0], arguments)  # noqa: S606 - a fixed argument list


def port_of_monitor(host: str, wanted: int) -> int:
    """The port it is to have, or the next free one; says so where it is another."""
    chosen = free_port(host, wanted)
    if wanted not in (0, chosen):
        console.print(f"Port {wanted} is taken; the monitor uses {chosen}.")
    return chosen
