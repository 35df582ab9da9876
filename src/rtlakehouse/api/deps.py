"""What endpoints get: the parts of the running application."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from rtlakehouse.api.answers import Answers
from rtlakehouse.api.events.intake import Intake
from rtlakehouse.api.live.feed import Feed
from rtlakehouse.catalog import Catalog
from rtlakehouse.clock import Clock
from rtlakehouse.contract.refine import Limits
from rtlakehouse.query.workers import Workers
from rtlakehouse.settings import Settings
from rtlakehouse.storage.lake import Lake

__all__ = ["Parts", "PartsOf", "parts_of"]


@dataclass(frozen=True)
class Parts:
    """The running application's parts. gateway: None where another process takes posts for this lake."""

    settings: Settings
    clock: Clock
    lake: Lake
    catalog: Catalog
    answers: Answers
    gateway: Intake | None
    feed: Feed
    limits: Limits
    workers: Workers


async def parts_of(request: Request) -> Parts:
    """Not a plain function: those are run on a thread, which costs more than most answers."""
    parts: Parts = request.app.state.parts
    return parts


PartsOf = Annotated[Parts, Depends(parts_of)]
