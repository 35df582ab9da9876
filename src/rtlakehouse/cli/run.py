"""`rtl run` and `rtl api`: one part alone."""

from __future__ import annotations

import signal
import threading
from datetime import timedelta
from typing import Annotated

import structlog
import typer
import uvicorn

from rtlakehouse.api.app import create_app
from rtlakehouse.assembly import make_pipeline
from rtlakehouse.cli.options import LakeOption
from rtlakehouse.clock import SystemClock
from rtlakehouse.engines.base import StepResult
from rtlakehouse.failpoints import arm
from rtlakehouse.observability.logging import configure
from rtlakehouse.settings import load_settings
from rtlakehouse.storage.lake import Lake

__all__ = ["api", "run"]

log = structlog.get_logger(__name__)

# Connections that never end (the live feed) are cut after this when the server stops.
_GRACE_S = 2


def run(lake: LakeOption = None) -> None:
    """Run the engine alone: take bronze to silver, gold and the ledger until stopped.

    Exits within a second, naming the other, where another engine works on the lake.
    """
    settings = load_settings(lake=lake)
    configure(settings, "engine")
    arm(settings.failpoints)
    clock = SystemClock()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    settings.lake.joinpath("_rtl").mkdir(parents=True, exist_ok=True)
    with Lake(settings.lake).lock("engine", clock.now()):
        pipeline = make_pipeline(settings, Lake.create(settings.lake), clock, _log_batch)
        pipeline.recover()
        log.info("the engine runs", lake=str(settings.lake))
        pipeline.run(stop, timedelta(milliseconds=settings.trigger_ms))
    log.info("the engine has stopped")


def _log_batch(result: StepResult) -> None:
    stages = {f"{stage}_ms": round(seconds * 1000) for stage, seconds in result.stage_seconds.items()}
    log.debug("batch", upto=result.upto, received=result.received, accepted=result.accepted, **stages)


def api(
    lake: LakeOption = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on (default: 127.0.0.1).", show_default=False)] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on (default: 8000).", show_default=False)] = None,
) -> None:
    """Run the API alone: take posts, answer questions, serve the page."""
    settings = load_settings(lake=lake, host=host, port=port)
    configure(settings, "api")
    arm(settings.failpoints)
    uvicorn.run(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=_GRACE_S,
    )
