"""`rtl api`: the API alone."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated

import typer

from rtlakehouse.api.server import serve
from rtlakehouse.cli.first_key import say_first_key
from rtlakehouse.cli.kafka import KafkaOption, SourceOption
from rtlakehouse.cli.options import LakeOption
from rtlakehouse.clock import SystemClock
from rtlakehouse.control import Keys, Store
from rtlakehouse.failpoints import arm
from rtlakehouse.home import require_filled
from rtlakehouse.kafka.extra import require_extra
from rtlakehouse.observability.logging import configure
from rtlakehouse.observability.otlp import start_tracing
from rtlakehouse.settings import load_settings

__all__ = ["api"]


def api(
    lake: LakeOption = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on (default: 127.0.0.1).", show_default=False)] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on (default: 8000).", show_default=False)] = None,
    source: SourceOption = None,
    kafka: KafkaOption = None,
) -> None:
    """Run the API alone: take posts, answer questions, serve the page."""
    settings = load_settings(lake=lake, host=host, port=port, source=source, kafka=kafka)
    if settings.source == "kafka":
        require_extra()
    configure(settings, "api")
    start_tracing(settings, "api")
    arm(settings.failpoints)
    require_filled(settings)
    with closing(Store.open(settings)) as store:
        say_first_key(Keys(store, SystemClock()))
    serve(settings)
