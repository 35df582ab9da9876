"""`rtl up`: everything on one machine."""

from __future__ import annotations

import signal
import threading
import time
from typing import Annotated

import httpx
import structlog
import typer

from rtlakehouse.cli.options import LakeOption, console
from rtlakehouse.clock import SystemClock
from rtlakehouse.observability.logging import configure
from rtlakehouse.settings import child_environment, load_settings
from rtlakehouse.stack.ports import free_port
from rtlakehouse.stack.supervisor import Part, Supervisor
from rtlakehouse.storage.lake import Lake

__all__ = ["up"]

log = structlog.get_logger(__name__)

_READY_S = 60.0


def up(
    simulator: Annotated[bool, typer.Option("--simulator/--no-simulator", help="Whether simulated shoppers send events.")] = True,
    rate: Annotated[
        float | None, typer.Option(min=1, max=50_000, help="Events a second of the simulator (default: 200).", show_default=False)
    ] = None,
    lake: LakeOption = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on (default: 127.0.0.1).", show_default=False)] = None,
    port: Annotated[
        int | None, typer.Option(help="Port of API and page (default: 8000; the next free one when taken).", show_default=False)
    ] = None,
) -> None:
    """Start everything on this machine: the engine, the API with its page, and the simulator; stop it with Ctrl-C.

    What dies is started again. The lake is kept: the next start goes on where this one ended.
    """
    settings = load_settings(lake=lake, host=host, port=port, simulate_rate=rate)
    configure(settings, "up")
    Lake.create(settings.lake)
    chosen = free_port(settings.host, settings.port)
    if chosen != settings.port:
        console.print(f"Port {settings.port} is taken; using {chosen}.")
    address = f"http://{'127.0.0.1' if settings.host in ('0.0.0.0', '::') else settings.host}:{chosen}"  # noqa: S104 - compared, not bound
    where = ["--lake", str(settings.lake)]
    parts = [Part("engine", ["run", *where]), Part("api", ["api", *where, "--host", settings.host, "--port", str(chosen)])]
    if simulator:
        parts.append(Part("simulator", ["simulate", "--to", address, "--rate", f"{settings.simulate_rate:g}", "--quiet"]))
    supervisor = Supervisor(parts, SystemClock(), child_environment())
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: supervisor.stop())
    supervisor.start()
    threading.Thread(target=_announce, args=(address, str(settings.lake)), daemon=True).start()
    try:
        code = supervisor.watch()
    finally:
        console.print("Stopping.")
        supervisor.close()
    console.print("Stopped. The lake is complete; start again with the same command.")
    if code:
        raise typer.Exit(code)


def _announce(address: str, lake: str) -> None:
    """Print the addresses as soon as they answer."""
    deadline = time.monotonic() + _READY_S
    while time.monotonic() < deadline:
        try:
            httpx.get(f"{address}/api/v1/health/ready", timeout=1).raise_for_status()
        except httpx.HTTPError:
            time.sleep(0.1)
            continue
        console.print(
            f"\n  Page     [bold]{address}/[/bold]\n  API      {address}/api/docs\n  Lake     {lake}\n  Stop     Ctrl-C\n",
            highlight=False,
        )
        return
    log.error("the API does not answer; see the lines above", address=address)
