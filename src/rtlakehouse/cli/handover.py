"""`rtl handover`: a lake from one engine to the other."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from rtlakehouse.cli.options import JsonFlag, LakeOption, console, say_json
from rtlakehouse.cli.recording import record
from rtlakehouse.cli.working import working_on
from rtlakehouse.clock import SystemClock
from rtlakehouse.contract.refine import Limits
from rtlakehouse.control import Action
from rtlakehouse.engines.registry import make_engine
from rtlakehouse.observability.logging import configure
from rtlakehouse.settings import load_settings
from rtlakehouse.storage.assignment import assign, engine_of
from rtlakehouse.storage.rewrite import finish_rewrite

__all__ = ["handover"]


def handover(
    to: Annotated[Literal["embedded", "spark"], typer.Option("--to", help="The engine that gets the lake.", show_default=False)],
    lake: LakeOption = None,
    json: JsonFlag = False,
) -> None:
    """Move a lake to the other engine, with nothing lost or counted twice. Stop its engine first; posts may go on coming in.

    The new engine finishes what the old one left half done, so it does not matter how that one ended.
    """
    settings = load_settings(lake=lake, engine=to)
    configure(settings, "handover")
    clock = SystemClock()
    with working_on(settings, clock) as mended:
        before = engine_of(mended)
        record(settings, Action.ENGINE_HANDOVER, to, before=before)
        finish_rewrite(mended)
        engine = make_engine(to, settings, mended, clock, Limits.of(settings))
        finished = engine.recover()
        assign(mended, to, clock.now())
    events = finished.received if finished else 0
    if json:
        say_json({"from": before, "to": to, "bronze_version": engine.done, "finished_events": events})
    else:
        console.print(f"The lake is the {to} engine's now, from bronze version {engine.done:,} on.", highlight=False)
