"""`rtl mirror`: a copy of the tables in an object store."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import structlog
import typer

from rtlakehouse.cli.options import JsonFlag, LakeOption, console, say_json
from rtlakehouse.clock import SystemClock
from rtlakehouse.errors import MirrorError
from rtlakehouse.mirror import Mirror, Mirrored, Objects, require_extra
from rtlakehouse.observability.logging import configure
from rtlakehouse.settings import load_settings
from rtlakehouse.stopping import Stop
from rtlakehouse.storage.lake import Lake

__all__ = ["mirror"]

log = structlog.get_logger(__name__)


def mirror(
    to: Annotated[str, typer.Argument(help="Where to, such as s3://BUCKET/FOLDER.", show_default=False)],
    every: Annotated[
        float | None, typer.Option(min=1, help="Go on, with a pass every so many seconds, until stopped.", show_default=False)
    ] = None,
    lake: LakeOption = None,
    json: JsonFlag = False,
) -> None:
    """Copy every table to an object store, up to the newest complete batch; the next time only what is new.

    It may run beside an engine. Whoever reads Delta tables reads the copy. Who may write
    there, and where it is, is said by the AWS_… variables.
    """
    require_extra()
    settings = load_settings(lake=lake)
    configure(settings, "mirror")
    copy = Mirror(Lake.open(settings.lake), Objects(to), SystemClock())
    if every is None:
        _say(copy.update(), to, json=json)
        return
    stop = Stop().on_signals()
    while not stop.is_set():
        _pass(copy)
        stop.wait(every)


def _pass(copy: Mirror) -> None:
    """A store that is away for a while is tried again."""
    try:
        done = copy.update()
    except MirrorError as error:
        log.error("the mirror is behind", why=str(error))  # noqa: TRY400 - the message says it all
    else:
        log.info("mirrored", entries=done.entries, files=done.files, size_bytes=done.size_bytes)


def _say(done: Mirrored, to: str, *, json: bool) -> None:
    if json:
        say_json(asdict(done))
        return
    copied = f"{done.entries:,} commits, {done.files:,} files, {done.size_bytes / 1e6:,.1f} MB"
    console.print(f"{to} has all of it now; {copied} were copied.", soft_wrap=True, highlight=False)
