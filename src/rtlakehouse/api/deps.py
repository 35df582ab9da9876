"""What endpoints get: the parts of the running application."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import Depends, Request

from rtlakehouse.api.access import CallerOf, Keyring
from rtlakehouse.api.answers import Answers
from rtlakehouse.api.events.intake import Intake
from rtlakehouse.api.live.feed import Feed
from rtlakehouse.assistant.model import Model
from rtlakehouse.catalog import Catalog
from rtlakehouse.catalog.appended import Appends
from rtlakehouse.clock import Clock
from rtlakehouse.contract.refine import Limits
from rtlakehouse.control import Store
from rtlakehouse.query.workers import Workers
from rtlakehouse.search.keeper import Keeper
from rtlakehouse.search.products import Follower
from rtlakehouse.search.text import Texts
from rtlakehouse.settings import Settings
from rtlakehouse.storage.lake import Lake

__all__ = ["OpenPartsOf", "Parts", "PartsOf", "parts_of"]


@dataclass(frozen=True)
class Parts:
    """The running application's parts. gateway: None where another process takes posts for this lake. model: None where no
    `llm_url` is set."""

    settings: Settings
    clock: Clock
    lake: Lake
    catalog: Catalog
    appends: Appends
    answers: Answers
    gateway: Intake | None
    feed: Feed
    limits: Limits
    workers: Workers
    store: Store
    keyring: Keyring
    products: Follower
    keeper: Keeper
    texts: Texts
    model: Model | None


async def parts_of(request: Request) -> Parts:
    """Not a plain function: those are run on a thread, which costs more than most answers."""
    parts: Parts = request.app.state.parts
    return parts


async def parts_for(request: Request, caller: CallerOf) -> Parts:
    """The parts, with answers of the caller's tenant alone: no endpoint can forget to narrow them."""
    parts = await parts_of(request)
    return replace(parts, answers=parts.answers.of(caller.tenant_id))


PartsOf = Annotated[Parts, Depends(parts_for)]
# For what anybody may ask: the answers are those of who has no key.
OpenPartsOf = Annotated[Parts, Depends(parts_of)]
